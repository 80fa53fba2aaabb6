# lab-pc.sh: Debian from its disk with the emulated display, and the GPU beside it: with the
# OpRegion, then without. Somebody logs in on the serial port; then the power button is
# pressed by igdvm ctl, the second time by a signal.
. /lab/input/functions

mkfifo /tmp/keys
exec 3<>/tmp/keys # open for writing as long as this runs

# wait_said WORDS SECONDS: until the guest said it on its serial port.
wait_said() {
    for _ in $(seq "$2"); do
        grep -aqF "$1" /lab/guest-serial.log && return
        kill -0 $vmm 2>/dev/null || break
        sleep 1
    done
    say "the guest did not say '$1'"
    return 1
}

# type LINE: a terminal takes a line at a time.
type() {
    printf '%s\n' "$1" >&3
    sleep 0.2
}

# log_in NAME: with a picture of the emulated display before.
log_in() {
    wait_said "login:" 900 || return
    say "$1: the login is there"
    sleep 5
    rm -f /lab/screen.png
    kill -USR1 $vmm
    for _ in $(seq 30); do
        [ -e /lab/screen.png ] && break
        sleep 1
    done
    cp /lab/screen.png "/lab/screen-$1-login.png"
    type "" # the first prompt may have words of the kernel's in it
    wait_said "igdvm-guest login:" 60 || return
    type root
    wait_said "Password:" 60 || return
    type lab
    wait_said "root@" 120 || return
    type "stty -echo"
    type "cat >/tmp/look <<'END'"
    while read -r line; do
        type "$line"
    done </lab/input/guest.sh
    type END
    type "sh /tmp/look"
    wait_said "@end" 300
}

# press_button HOW: ask the guest to power off.
press_button() {
    case $1 in
    ctl) igdvm ctl /tmp/control powerdown && return ;;
    signal) kill -TERM $vmm && return ;;
    esac
    kill -KILL $vmm
}

# boot NAME OPREGION HOW: until it is powered off in that way.
boot() {
    say "$1: Debian boots from its disk"
    : >/lab/guest-serial.log
    # Not igdvm_run: signals must reach igdvm, not a shell around it.
    igdvm run --vfio-backend "$LAB_VFIO_BACKEND" --firmware /lab/input/bios.bin \
        --device ${IGD#0000:} --mode upt --opregion "$2" --memory 768M \
        --disk /dev/vda --serial stdio --screenshot /lab/screen.png \
        --control unix:/tmp/control --stop-timeout 600 \
        --debug-console "file:/lab/$1-firmware.log" \
        --stats="/lab/$1-stats.json" <&3 >>/lab/guest-serial.log 2>"/lab/$1-vmm.log" &
    vmm=$!
    log_in "$1"
    press_button "$3"
    wait $vmm
    echo $? >"/lab/$1-status"
    mv /lab/guest-serial.log "/lab/$1-serial.log"
    say "$1: igdvm ended with status $(cat "/lab/$1-status")"
}

bind_igd || exit 1
boot on on ctl
boot off off signal
unbind_igd
echo $? >/lab/unbind-status
