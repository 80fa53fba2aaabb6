# lab-pc.sh: more vCPUs than the lab PC has CPUs; igdvm's own samples tell what grows.
. /lab/input/functions
dd if=/dev/zero of=/tmp/disk.img bs=512 count=8 2>/dev/null
igdvm run --firmware /lab/input/bios.bin --memory 6G --cpus 4,sockets=2 \
    --kernel /lab/input/vmlinuz --initrd /lab/input/load-initrd \
    --append "console=ttyS0 quiet panic=-1 load.reboots=$LAB_REBOOTS load.seconds=$LAB_SECONDS" \
    --disk /tmp/disk.img --serial file:/lab/guest-serial.log \
    --debug-console file:/lab/firmware.log --stats=/lab/stats.json </dev/null >/lab/vmm.log 2>&1 &
vmm=$!
seen=0
while kill -0 $vmm 2>/dev/null; do
    boots=$(grep -c '^load: boot' /lab/guest-serial.log 2>/dev/null)
    [ "${boots:-0}" -gt $seen ] && seen=$boots && say "boot $seen"
    sleep 1
done
wait $vmm
echo $? >/lab/vmm-status
