# lab-pc.sh: Linux guests with a NIC, one after the other: files both ways, then the
# backend is taken away. What each side saw of the files is in NAME-sums.
. /lab/input/functions

HOST=10.77.0.1 GUEST=10.77.0.2 BLOCKS=32
modprobe_device() { # a device file the kernel made no node for
    [ -e "$1" ] || mknod "$1" c "$2" "$3"
}
mkdir -p /dev/net
modprobe_device /dev/net/tun 10 200
modprobe_device /dev/vhost-net 10 238
ip link set lo up

told() { grep -q "igdvm-guest: $2" "/lab/$1-serial.log" 2>/dev/null; }

# wait_for NAME WORDS: until the guest told them; fails when igdvm ended before.
wait_for() {
    until told "$1" "$2"; do
        kill -0 $vmm 2>/dev/null || return 1
        sleep 0.2
    done
}

# start NAME NET APPEND: boot a guest with --net NET; a file from it goes to /tmp/taken.
start() {
    say "$1: starting a guest"
    rm -f /tmp/taken
    nc -l -p 7001 >/tmp/taken &
    taker=$!
    igdvm run --firmware /lab/input/bios.bin --memory 192M --cpus ${CPUS:-1} --serial \
        "file:/lab/$1-serial.log" --kernel /lab/input/vmlinuz --initrd /lab/input/net-initrd \
        --append "console=ttyS0 quiet panic=-1 lab.blocks=$BLOCKS lab.pull=1 $3" \
        --net "$2" --stats="/lab/$1-stats.json" >"/lab/$1-vmm.log" 2>&1 &
    vmm=$!
}

# exchange NAME ADDRESS PORT: the files, and what both sides saw.
exchange() {
    wait_for "$1" listening || return 1
    wait $taker
    dd if=/dev/urandom of=/tmp/send bs=64k count=$BLOCKS 2>/dev/null
    # The guest says so just before it listens.
    until nc -w 10 "$2" "$3" </tmp/send >/dev/null; do sleep 0.5; done
    wait_for "$1" received || return 1
    echo "$(sha256sum </tmp/taken | cut -d ' ' -f 1) $(sha256sum </tmp/send | cut -d ' ' -f 1)" \
        >"/lab/$1-sums"
    wait_for "$1" "pull now"
}

end() {
    wait $vmm
    echo $? >"/lab/$1-status"
    kill $taker 2>/dev/null
    say "$1: ended with status $(cat "/lab/$1-status")"
}

# tap NAME OPTIONS: a tap interface, deleted in the end.
tap() {
    start "$1" "tap,ifname=lab0,mac=02:00:00:00:00:07$2" "lab.net=$GUEST/24 lab.peer=$HOST"
    until ip addr add $HOST/24 dev lab0 2>/dev/null; do
        kill -0 $vmm 2>/dev/null || break
        sleep 0.1
    done
    exchange "$1" $GUEST 7002 && ip link del lab0
    end "$1"
}

tap tap ,vhost=off
tap vhost ,vhost=on

start user user,hostfwd=tcp:7102-:7002 "lab.net=dhcp lab.peer=10.0.2.2"
if exchange user 127.0.0.1 7102; then
    for process in /proc/[0-9]*; do
        [ "$(cat "$process/comm" 2>/dev/null)" = igdvm-net ] || continue
        grep Uid: "$process/status" >/lab/user-rights
        kill -9 "${process#/proc/}"
    done
fi
end user
