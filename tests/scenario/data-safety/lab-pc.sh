# lab-pc.sh: a Linux guest writes files by fio to ext4 and flushes them; its VMM is killed
# (-9) at a random moment, and the next guest verifies what was flushed, $LAB_KILLS times.
# /lab/serial-N.log and /lab/disk-N.img are what the Nth guest said and left.
. /lab/input/functions

# What a guest's log adds to the files kept: "NAME NUMBER" lines, the newest last.
kept() {
    cat /lab/serial-*.log 2>/dev/null | tr -d '\r' | awk '
        /^safety: writing / { delete number[$3]; if ($4 >= next_one) next_one = $4 + 1 }
        /^safety: flushed / { number[$3] = $4 }
        END {
            list = ""
            for (name in number) list = list "," name ":" number[name]
            print "safety.next=" next_one + 0, "safety.verify=" (list ? substr(list, 2) : "none")
        }'
}

cp /lab/input/data.img /tmp/data.img
for life in $(seq -w "$LAB_KILLS"); do
    igdvm run --firmware /lab/input/bios.bin --memory 256M --cpus 1 \
        --kernel /lab/input/vmlinuz --initrd /lab/input/safety-initrd \
        --append "$GUEST_APPEND $(kept)" --disk /tmp/data.img --disk /lab/input/fio.img,ro \
        --serial "file:/tmp/serial.log" </dev/null >"/lab/vmm-$life.log" 2>&1 &
    vmm=$!
    for _ in $(seq 240); do
        grep -q "safety: flushed" /tmp/serial.log 2>/dev/null && break
        kill -0 $vmm 2>/dev/null || exit 1
        sleep 1
    done
    tenths=$(($(od -An -N1 -tu1 /dev/urandom) % 100))
    sleep $((tenths / 10)).$((tenths % 10))
    kill -9 $vmm
    wait $vmm
    cp /tmp/serial.log "/lab/serial-$life.log"
    rm /tmp/serial.log
    cp /tmp/data.img "/lab/disk-$life.img"
    say "life $life: $(grep -c "safety: flushed" "/lab/serial-$life.log") flushed," \
        "$(grep -c "safety: verified" "/lab/serial-$life.log") verified"
done
