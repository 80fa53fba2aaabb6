# lab-pc.sh: somebody logs in over VNC, and by a keyboard of the lab PC that is handed to
# the guest and taken back.
. /lab/input/functions

# until_true SECONDS COMMAND...: wait until it succeeds, as long as igdvm runs; did it?
vmm=
until_true() {
    left=$(($1 * 2))
    shift
    while [ $left -gt 0 ]; do
        "$@" && return
        [ -z "$vmm" ] || kill -0 $vmm 2>/dev/null || break
        sleep 0.5
        left=$((left - 1))
    done
    say "in vain: $*"
    return 1
}
serial_has() { grep -q "$1" /lab/guest-serial.log 2>/dev/null; }
log_has() { grep -q "$1" /lab/vmm.log; }

# Each program's commands go through a pipe that stays open.
ask_viewer() {
    echo "$*" >&3
    sleep 1
}
# Keys of the lab PC's keyboard, by Linux's numbers: press and release each.
tap() {
    for key; do
        echo "key $key 1" >&4
        echo "key $key 0" >&4
    done
}
shift_tap() {
    echo "key 42 1" >&4
    tap "$1"
    echo "key 42 0" >&4
}
# echo_by_hand KEYS...: the word these keys type, by echo to the guest's serial line.
echo_by_hand() {
    tap 18 46 35 24 57 "$@" 57
    shift_tap 52                 # >
    tap 53 32 18 47 53 20 20 21  # /dev/tty
    shift_tap 31                 # S
    tap 11 28                    # 0, Enter
}
both_ctrl() {
    echo "key 29 1" >&4
    echo "key 97 1" >&4
}
neither_ctrl() {
    echo "key 97 0" >&4
    echo "key 29 0" >&4
}

# Not in a folder of 9p: the sandbox's rules are of inodes, which are new there each time.
mkdir -p /lab/pictures /tmp/shots
mkfifo /tmp/to-hands /tmp/to-viewer
/bin/hands </tmp/to-hands >/lab/hands.log 2>&1 &
exec 4>/tmp/to-hands
until_true 20 test -s /lab/hands.log || exit 1
sleep 2
keyboard=$(sed -n 1p /lab/hands.log) mouse=$(sed -n 2p /lab/hands.log)
say "the lab PC's keyboard is $keyboard, its mouse $mouse"

printf 'sesame.1\n' >/tmp/password
chmod 644 /tmp/password
igdvm run --firmware /lab/input/bios.bin --serial none --vnc unix:/tmp/vnc \
    --vnc-password /tmp/password >/lab/open-password.log 2>&1
echo $? >/lab/open-password.status
chmod 600 /tmp/password

igdvm run --firmware /lab/input/bios.bin --memory 256M --cpus 1 --verbose \
    --kernel /lab/input/vmlinuz --initrd /lab/input/display-initrd \
    --append "quiet console=tty0 panic=-1" --serial file:/lab/guest-serial.log \
    --vnc unix:/tmp/vnc --vnc-password /tmp/password --screenshot /tmp/shots/end.png \
    --evdev "$keyboard" --evdev "$mouse" </dev/null >/lab/vmm.log 2>&1 &
vmm=$!
until_true 200 serial_has "igdvm-guest: ready" || exit 1
say "the guest is ready"

viewer /tmp/vnc sesame.2 </dev/null >/lab/refused.log 2>&1
viewer /tmp/vnc sesame.1 </tmp/to-viewer >/lab/viewer.log 2>&1 &
exec 3>/tmp/to-viewer
until_true 30 grep -q ok /lab/viewer.log
sleep 5
ask_viewer "save /lab/pictures/login.ppm"
ask_viewer 'type root\n'
sleep 4
ask_viewer 'type sEsame-8\n'
until_true 60 serial_has "a shell runs"
sleep 2
ask_viewer "type echo 'Typed by a viewer: {[(<~!@#\$%^&*|?>)]}_+-=;,./' >/dev/ttyS0\\n"
until_true 60 serial_has "Typed by a viewer"
ask_viewer 'type echo $((6*7)) is seen\n'
sleep 3
ask_viewer "save /lab/pictures/shell.ppm"

say "pointers"
ask_viewer 'type pointers\n'
sleep 4
ask_viewer "point 0 0 0"
ask_viewer "point 360 399 1"
ask_viewer "point 360 399 8"
ask_viewer "point 0 0 0"
until_true 30 serial_has "pointer tablet .* 0002 0008 00000001"

say "hands"
# By the lab PC's own keyboard, which its kernel does not hear meanwhile.
cat "$keyboard" >/tmp/host-hears &
echo_by_hand 35 30 49 32 31 # hands
until_true 60 serial_has "^hands"
echo "move 30 12" >&4
echo click >&4
until_true 30 serial_has "pointer Mouse .* 0002 0000 0000001e"
tap 58 # caps lock: the guest lights it, and so does the lab PC's keyboard
sleep 4
echo lights >&4
tap 58
sleep 3
cp /tmp/host-hears /lab/host-heard-while-away
# Both Ctrl keys: it is the lab PC's again.
both_ctrl
until_true 20 log_has "input devices are given back"
neither_ctrl
tap 34 # g
sleep 3
cp /tmp/host-hears /lab/host-heard-after
both_ctrl
neither_ctrl
until_true 20 log_has "input devices are the guest's now"
sleep 1
tap 28
echo_by_hand 30 34 30 23 49 # again
until_true 60 serial_has "^again"
ask_viewer "save /lab/pictures/hands.ppm"
echo "unplug keyboard" >&4
until_true 20 log_has "the guest goes on without this device"

say "the PS/2 devices"
ask_viewer 'type killall hexdump; rmmod virtio_input; echo PS/2 >/dev/ttyS0; pointers\n'
until_true 60 serial_has "^PS/2"
sleep 4
ask_viewer "point 100 100 0"
ask_viewer "point 110 95 0"
until_true 30 serial_has "pointer Mouse .* 0002 0000 0000000a"

say "a mode"
ask_viewer 'type set-mode\n'
sleep 12
# Letters that look alike in the kernel's font and in the VGA BIOS's.
ask_viewer 'type clear; echo then noted; printf "\033[?25l"\n'
sleep 6
ask_viewer "save /lab/pictures/mode.ppm"
sleep 3
kill -USR1 $vmm
until_true 20 test -e /tmp/shots/end.png
cp /tmp/shots/end.png /lab/pictures/signal.png
rm /tmp/shots/end.png
kill $vmm
until_true 90 eval '! kill -0 $vmm 2>/dev/null'
wait $vmm
echo $? >/lab/vmm-status
cp /tmp/shots/end.png /lab/pictures/end.png
exec 3>&- 4>&-
ls /tmp/vnc 2>/lab/socket-after
true
