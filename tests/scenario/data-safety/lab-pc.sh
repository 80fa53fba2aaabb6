# lab-pc.sh: a Linux guest writes files by fio to ext4 and flushes them; its VMM is killed
# (-9) at a random moment, and the next guest verifies what was flushed, $LAB_KILLS times:
# in turn with a raw disk, one past the page cache and one of qcow2. /lab/serial-KIND-N.log
# is what the guest of the Nth life said, /lab/image-KIND-N.log what its image is like; an
# image that is not in order stays as /lab/disk-KIND-N.img.
. /lab/input/functions

tool() {
    program=$1
    shift
    /tools/lib/ld-linux-x86-64.so.2 --library-path /tools/lib "/tools/bin/$program" "$@"
}

# What a guest's log adds to the files kept: "NAME NUMBER" lines, the newest last.
kept() {
    cat "/lab/serial-$1"-*.log 2>/dev/null | tr -d '\r' | awk '
        /^safety: writing / { delete number[$3]; if ($4 >= next_one) next_one = $4 + 1 }
        /^safety: flushed / { number[$3] = $4 }
        END {
            list = ""
            for (name in number) list = list "," name ":" number[name]
            print "safety.next=" next_one + 0, "safety.verify=" (list ? substr(list, 2) : "none")
        }'
}

# live KIND N: one life of a guest, until igdvm is killed.
live() {
    case $1 in
    raw) disk=/data/raw.img ;;
    direct) disk=/data/direct.img,cache=direct ;;
    qcow2) disk=/data/disk.qcow2,format=qcow2 ;;
    esac
    igdvm run --firmware /lab/input/bios.bin --memory 256M --cpus 1 \
        --kernel /tmp/vmlinuz --initrd /tmp/initrd --append "$GUEST_APPEND $(kept "$1")" \
        --disk "$disk" --disk /dev/vda,ro \
        --serial file:/tmp/serial.log </dev/null >"/lab/vmm-$1-$2.log" 2>&1 &
    vmm=$!
    # The first of a kind leaves something to verify.
    sign=writing
    ls "/lab/serial-$1"-*.log >/dev/null 2>&1 || sign=flushed
    for _ in $(seq 1200); do
        grep -q "safety: $sign" /tmp/serial.log 2>/dev/null && break
        kill -0 $vmm 2>/dev/null || exit 1
        sleep 0.2
    done
    tenths=$(($(od -An -N2 -tu2 /dev/urandom) % 60))
    sleep $((tenths / 10)).$((tenths % 10))
    kill -9 $vmm
    wait $vmm
    mv /tmp/serial.log "/lab/serial-$1-$2.log"
}

# judge KIND: is a copy of the image in order once its journal is replayed? The last line
# tells, after what the programs said.
judge() {
    image=/data/copy.img
    case $1 in
    qcow2)
        # The storage daemon ends by itself when igdvm is gone, and lets go of the image.
        for _ in $(seq 100); do
            tool qemu-img check /data/disk.qcow2 >/tmp/said 2>&1 && break
            grep -q "lock" /tmp/said || break
            sleep 0.2
        done
        cat /tmp/said
        tool qemu-img check /data/disk.qcow2 || { echo "image: qcow2 is not in order"; return; }
        tool qemu-img convert -O raw /data/disk.qcow2 $image || { echo "image: unreadable"; return; }
        ;;
    *) cp "/data/$1.img" $image ;;
    esac
    # The first replays the journal; what else it mends is looked at later.
    tool e2fsck -fy $image
    if tool e2fsck -fn $image; then
        echo "image: clean"
    else
        echo "image: not clean"
    fi
}

mkdir /tools /data
mount -t ext4 -o ro /dev/vda /tools && mount -t ext4 /dev/vdb /data || exit
printf '#!/bin/sh\nexec /tools/lib/ld-linux-x86-64.so.2 --library-path /tools/lib %s "$@"\n' \
    /tools/bin/qemu-storage-daemon >/bin/qemu-storage-daemon
chmod +x /bin/qemu-storage-daemon
cp /lab/input/vmlinuz /tmp/vmlinuz
cp /lab/input/safety-initrd /tmp/initrd
cp /data/raw.img /data/direct.img
tool qemu-img convert -O qcow2 /data/raw.img /data/disk.qcow2 || exit

for life in $(seq -w "$LAB_KILLS"); do
    case $((${life#"${life%%[!0]*}"} % 3)) in
    1) kind=raw ;;
    2) kind=direct ;;
    0) kind=qcow2 ;;
    esac
    live "$kind" "$life"
    judge "$kind" >"/lab/image-$kind-$life.log" 2>&1
    [ "$(tail -n 1 "/lab/image-$kind-$life.log")" = "image: clean" ] ||
        cp /data/copy.img "/lab/disk-$kind-$life.img"
    say "life $life, $kind: $(grep -c "safety: flushed" "/lab/serial-$kind-$life.log") flushed," \
        "$(grep -c "safety: verified" "/lab/serial-$kind-$life.log") verified," \
        "$(tail -n 1 "/lab/image-$kind-$life.log")"
done
