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
# nc closes its half of a connection when its input ends, and then its peer ends before it has
# sent all. This input never does.
mkfifo /tmp/never
exec 9<>/tmp/never

told() { grep -q "igdvm-guest: $2" "/lab/$1-serial.log" 2>/dev/null; }

# wait_for NAME WORDS: until the guest told them; fails when igdvm ended before.
wait_for() {
    until told "$1" "$2"; do
        kill -0 $vmm 2>/dev/null || return 1
        sleep 0.2
    done
}

# start NAME NET APPEND [OPTION...]: boot a guest with --net NET; a file from it goes to
# /tmp/taken.
start() {
    name=$1 net=$2 append=$3
    shift 3
    say "$name: starting a guest"
    rm -f /tmp/taken
    nc -l -p 7001 >/tmp/taken <&9 &
    taker=$!
    igdvm run --firmware /lab/input/bios.bin --memory 192M --cpus ${CPUS:-1} --serial \
        "file:/lab/$name-serial.log" --kernel /lab/input/vmlinuz --initrd /lab/input/net-initrd \
        --append "console=ttyS0 quiet panic=-1 lab.blocks=$BLOCKS lab.pull=1 $append" \
        --net "$net" --stats="/lab/$name-stats.json" "$@" >"/lab/$name-vmm.log" 2>&1 &
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
}

resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$vmm/status"; }

# balloon NAME: igdvm's memory (KiB) when the guest used much, and some time after.
balloon() {
    wait_for "$1" filled || return 1
    full=$(resident)
    for _ in $(seq 100); do
        now=$(resident)
        [ "$now" -lt $((full - 40960)) ] && break
        sleep 0.2
    done
    echo "$full $now" >"/lab/$1-resident"
}

end() {
    wait $vmm
    echo $? >"/lab/$1-status"
    kill $taker 2>/dev/null
    say "$1: ended with status $(cat "/lab/$1-status")"
}

# tap NAME KEYS APPEND [OPTION...]: a tap interface, deleted in the end.
tap() {
    name=$1 keys=$2 append=$3
    shift 3
    start "$name" "tap,ifname=lab0,mac=02:00:00:00:00:07$keys" \
        "lab.net=$GUEST/24 lab.peer=$HOST $append" "$@"
    until ip addr add $HOST/24 dev lab0 2>/dev/null; do
        kill -0 $vmm 2>/dev/null || break
        sleep 0.1
    done
    exchange "$name" $GUEST 7002 && { [ "$name" != tap ] || balloon "$name"; } &&
        wait_for "$name" "pull now" && ip link del lab0
    end "$name"
}

tap tap ,vhost=off lab.more=1 --console file:/lab/tap-hvc0.log --balloon
tap vhost "" "" # by itself, as vhost-net is there

start user user,hostfwd=tcp:7102-:7002 "lab.net=dhcp lab.peer=10.0.2.2"
if exchange user 127.0.0.1 7102 && wait_for user "pull now"; then
    for process in /proc/[0-9]*; do
        [ "$(cat "$process/comm" 2>/dev/null)" = igdvm-net ] || continue
        grep Uid: "$process/status" >/lab/user-rights
        kill -9 "${process#/proc/}"
    done
fi
end user
