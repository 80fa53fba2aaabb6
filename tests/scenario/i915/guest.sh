# guest.sh: Debian's i915 drives the model; each step leaves what it saw in /lab.
. /etc/lab/functions

mark="igdvm: the console of $LAB_GENERATION, read back from the picture. 0123456789 {|}~"

say "loading i915"
cut -d ' ' -f 1 /proc/uptime >/lab/uptime-before
load_driver
cut -d ' ' -f 1 /proc/uptime >/lab/uptime-after
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -e /dev/fb0 ] && break
    sleep 0.5
done
tell describe describe

say "console"
printf '\033[2J\033[H%s\n' "$mark" >/dev/tty1
i=0
while [ $i -lt 12 ]; do
    echo "line $i: The quick brown fox jumps over the lazy dog; ABCDEFGHIJKLMNOPQRSTUVWXYZ" >/dev/tty1
    i=$((i + 1))
done
printf '\033[?25l' >/dev/tty1
sleep 0.5
tell font --file /lab/font.bin font
cp /dev/vcs1 /lab/console.text
stty size </dev/tty1 >/lab/console.size
ask screenshot console >/lab/ask-console

tell show --cursor --during "sleep 0.3; ask screenshot picture >/lab/ask-picture" show
tell flips --count 30 flips
tell batches --count 20 batches
tell blits blits
tell power --during "sleep 0.3; ask screenshot dark >/lab/ask-dark" power

say "hang"
for file in /sys/class/drm/card0/engine/*/heartbeat_interval_ms; do
    echo 200 >"$file"
done
tell hang --count 1 hang
cat /sys/kernel/debug/dri/0/i915_wedged >/lab/wedged 2>&1

dmesg >/lab/kernel-before.log
grep i915 /proc/interrupts >/lab/interrupts
cat /sys/kernel/debug/dri/0/i915_display_info >/lab/display-info 2>&1
