# lab-pc.sh: a guest that writes random values to all it can reach, through the real
# vfio-pci; then the host's device is looked at again, and a Linux guest gets it.
. /lab/input/functions

# fight SEED SECONDS: one life of igdvm; ended when the time is over or the guest is stuck.
fight() {
    cp "/lab/input/hostile-$1.img" /tmp/boot.img
    dd if=/dev/zero of=/tmp/scratch.img bs=1M count=1 2>/dev/null
    igdvm run --firmware /lab/input/bios.bin --device ${IGD#0000:} --mode legacy \
        --memory 256M --cpus 1 --disk /tmp/boot.img,ro --disk /tmp/scratch.img \
        --serial none --debug-console "file:/tmp/console" --stats="/lab/fights/$1.json" \
        </dev/null >"/lab/fights/$1.log" 2>&1 &
    vmm=$!
    quiet=0 size=0 left=$2
    while [ "$left" -gt 0 ] && [ $quiet -lt 60 ] && kill -0 $vmm 2>/dev/null; do
        sleep 1
        left=$((left - 1))
        now=$(wc -c </tmp/console)
        quiet=$((quiet + 1))
        [ "$now" = "$size" ] || quiet=0
        size=$now
    done
    kill $vmm 2>/dev/null
    for _ in $(seq 60); do
        kill -0 $vmm 2>/dev/null || break
        sleep 1
    done
    if kill -9 $vmm 2>/dev/null; then echo "did not end" >>"/lab/fights/$1.log"; fi
    wait $vmm
    echo $? >"/lab/fights/$1.status"
    cp /tmp/console "/lab/fights/$1.console"
    say "seed $1: status $(cat "/lab/fights/$1.status")," \
        "$(tr -cd . <"/lab/fights/$1.console" | wc -c) x 256 steps"
}

mkdir -p /lab/fights
probe_host || exit 1
bind_igd || exit 1
end=$(($(date +%s) + LAB_SECONDS))
for seed in $LAB_SEEDS; do
    left=$((end - $(date +%s)))
    [ $left -gt 0 ] || break
    fight "$seed" $left
done

# Still the host's: back and forth, and with a guest that means well.
unbind_igd
echo $? >/lab/unbind-status
/bin/probe host >/lab/host-after.json
bind_igd || exit 1
make_disk
GUEST_CPUS=1 run_linux_guest ""
echo $? >/lab/vmm-status
keep_disk
unbind_igd
