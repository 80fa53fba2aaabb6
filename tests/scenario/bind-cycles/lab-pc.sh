# lab-pc.sh: hand the GPU over and take it back, many times, with failures and kills at
# every write; what is compared is the state of drivers, overrides and consoles. The
# scenarios bind-cycles-firmware, bind-cycles-vga and bind-cycles-efi run it, too.
. /lab/input/functions
. /lab/input/cycles

state() { # what has to be as it was
    for device in /sys/bus/pci/devices/*; do
        driver=$(readlink $device/driver)
        echo "${device##*/} driver=${driver##*/} override=$(cat $device/driver_override)"
    done
    for console in /sys/class/vtconsole/*; do
        echo "console $(cat $console/name): $(cat $console/bind)"
    done | sort
    for device in /sys/bus/platform/devices/*framebuffer*; do
        [ -e $device ] || continue
        driver=$(readlink $device/driver)
        echo "${device##*/} driver=${driver##*/}"
    done
    cat /proc/fb
    ls /run/igdvm 2>/dev/null
}

compare() { # NAME: is the state as before?
    state >/tmp/after
    if cmp -s /tmp/before /tmp/after; then
        echo "$1 same" >>/lab/outcomes
    else
        echo "$1 DIFFERENT" >>/lab/outcomes
        { echo "== $1"; diff /tmp/before /tmp/after; } >>/lab/differences
    fi
}

# A modprobe for what the plan may ask for, in place of busybox's.
rm -f /bin/modprobe
cat >/bin/modprobe <<'END'
#!/bin/sh
case "$1" in
-r) rmmod "$(echo $2 | tr - _)" ;;
*) grep -q "^$(echo $1 | tr - _) " /proc/modules || insmod /modules/$1.ko ;;
esac
END
chmod 755 /bin/modprobe

# The picture, as the model shows it and as the frame buffer has it: text, and something
# that is surely there. A cursor that blinks would come between the two.
take_picture() {
    echo 0 >/sys/class/graphics/fbcon/cursor_blink
    echo "a line on the console" >/dev/tty1
    dd if=/dev/urandom of=/dev/fb0 bs=64k count=16 seek=16 2>/dev/null
    sleep 1
    mkdir -p /lab/asks
    echo "screenshot $1" >/lab/asks/one
    mv /lab/asks/one /lab/asks/one.ask
    for _ in $(seq 100); do
        [ ! -e /lab/asks/one.answer ] || break
        sleep 0.1
    done
    cp /dev/fb0 "/lab/frame-buffer-$1"
}

sleep 1 # the frame buffer's console takes over a moment after its driver
state >/tmp/before
cp /tmp/before /lab/before
[ ! -e /dev/fb0 ] || take_picture before
igdvm status --json >/lab/status-before.json
igdvm doctor --json >/lab/doctor.json
igdvm bind --dry-run --json >/lab/plan.json

say "$CYCLES cycles"
cycle=0
while [ $cycle -lt $CYCLES ]; do
    igdvm bind --json >/lab/bind.json 2>>/lab/errors || echo "cycle $cycle: bind failed" >>/lab/errors
    driver=$(readlink /sys/bus/pci/devices/$IGD/driver)
    [ "${driver##*/}" = vfio-pci ] || echo "cycle $cycle: driver ${driver##*/}" >>/lab/errors
    if [ $cycle -eq 0 ]; then
        state >/lab/during
        igdvm status --json >/lab/status-during.json
    fi
    igdvm unbind --json >/lab/unbind.json 2>>/lab/errors || echo "cycle $cycle: unbind failed" >>/lab/errors
    if [ $cycle -eq 0 ]; then
        state >/lab/after
        cp /lab/unbind.json /lab/unbind-first.json
        # What this kernel has removed cannot come back.
        [ $KEEPS = yes ] || cp /lab/after /tmp/before
    fi
    compare "cycle-$cycle"
    cycle=$((cycle + 1))
done

[ ! -e /dev/fb0 ] || take_picture after

# A guest resets the GPU, and with it the mode that the firmware set: after the picture.
igdvm bind >/dev/null 2>>/lab/errors
start_try opregion upt --device ${IGD#0000:} --opregion auto
end_try
igdvm unbind >/dev/null 2>>/lab/errors

# Every write in turn goes wrong, until one that never comes.
for way in $WAYS; do
    at=1
    while [ $at -lt 100 ]; do
        say "write $at: $way"
        FAULT_AT=$at FAULT_WAY=$way LD_PRELOAD=/lab/input/fault.so \
            igdvm bind --timeout 120 >/tmp/bind 2>&1
        status=$?
        echo "bind $way $at: status $status: $(tail -n 1 /tmp/bind)" >>/lab/faults
        [ $status -ne 0 ] || break
        igdvm unbind --timeout 120 >/tmp/unbind 2>&1 ||
            echo "unbind after $way $at: $(tail -n 1 /tmp/unbind)" >>/lab/errors
        compare "bind-$way-$at"
        at=$((at + STRIDE))
    done
    [ $status -ne 0 ] || igdvm unbind >/dev/null 2>&1
    compare "after-$way"
    at=1
    while [ $at -lt 100 ]; do
        say "write $at of unbind: $way"
        igdvm bind >/tmp/bind 2>&1 || break
        FAULT_AT=$at FAULT_WAY=$way LD_PRELOAD=/lab/input/fault.so \
            igdvm unbind --timeout 120 >/tmp/unbind 2>&1
        status=$?
        echo "unbind $way $at: status $status: $(tail -n 1 /tmp/unbind)" >>/lab/faults
        igdvm unbind --timeout 120 >/tmp/unbind 2>&1 ||
            echo "second unbind after $way $at: $(tail -n 1 /tmp/unbind)" >>/lab/errors
        compare "unbind-$way-$at"
        [ $status -ne 0 ] || break
        at=$((at + STRIDE))
    done
done
