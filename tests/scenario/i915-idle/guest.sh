# guest.sh: leaves the modelled display alone, then changes little and much of it.
. /etc/lab/functions

cost() { # NAME: what the model has used and counted so far
    ask cpu >"/lab/cpu-$1"
    ask info >"/lab/info-$1.json"
}

quiet() { # NAME: 20 seconds in which nothing changes
    say "quiet: $1"
    cost "$1-before"
    sleep 20
    cost "$1-after"
}

changes() { # NAME FILE: write a file to the screen 20 times, another content each time
    say "changes: $1"
    cost "$1-before"
    i=0
    while [ $i -lt 10 ]; do
        cat "$2-a" >/dev/fb0
        sleep 0.2
        cat "$2-b" >/dev/fb0
        sleep 0.2
        i=$((i + 1))
    done
    sleep 1
    cost "$1-after"
}

load_driver
wait_for '[ -e /dev/fb0 ]'
printf '\033[2J\033[H\033[?25lnothing moves' >/dev/tty1
dd if=/dev/urandom of=/tmp/little-a bs=256 count=1 2>/dev/null
dd if=/dev/urandom of=/tmp/little-b bs=256 count=1 2>/dev/null
dd if=/dev/urandom of=/tmp/much-a bs=4096 count=768 2>/dev/null
dd if=/dev/urandom of=/tmp/much-b bs=4096 count=768 2>/dev/null
sleep 8 # i915 turns the interrupt off 5 s after it was last wanted
quiet idle
ask viewer on >/lab/ask-viewer
sleep 2
quiet viewed
changes little /tmp/little
changes much /tmp/much
ask viewer off >/lab/viewer
exit 0
