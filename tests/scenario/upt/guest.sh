A=@
for c in /sys/class/drm/card*-*; do echo "${A}connector ${c##*/} $(cat $c/status) $(head -n 1 $c/modes)"; done
for f in /sys/class/graphics/fb[0-9]; do echo "${A}fb ${f##*/} $(cat $f/name)"; done
for d in /sys/bus/pci/devices/*; do echo "${A}pci ${d##*/} $(cat $d/vendor) $(cat $d/device) $(cat $d/class) $(basename "$(readlink $d/driver)")"; done
echo "${A}nodes $(ls /dev/dri | tr '\n' ' ')"
dmesg | grep -iE 'i915|bochs|vgaarb' | sed "s/^/${A}log /"
echo "${A}button $(ls /sys/bus/acpi/drivers/button | grep PWRBN)"
echo "${A}mended $(dmesg | grep -cE 'EXT4.*(recover|orphan)')"
n=$(grep -l i915 /sys/class/graphics/fb[0-9]/name | tr -dc 0-9)
[ -z "$n" ] || perl -e 'open F, "+<", "/dev/fb0"; $m = pack "LL", 1, $ARGV[0]; ioctl F, 0x4610, $m or print "con2fbmap: $!\n"' $n
printf '\033[2J\033[H\033[?25l%s\n' "this console is on the GPU's monitor" >/dev/tty1
sleep 2
G=igdvm-
[ -z "$n" ] || { echo "${G}guest: ask screenshot on-monitor hdmi-b"; sleep 10; }
echo "${A}cells $(base64 -w 0 /dev/vcsa1)"
perl -e 'open T, "<", "/dev/tty1"; $d = "\0" x 65536; $o = pack "L5x4P", 1, 0, 64, 32, 512, $d; ioctl T, 0x4b72, $o or print "font: $!\n"; ($w, $h, $c) = (unpack "L5", $o)[2 .. 4]; print "\@size $w $h\n", substr $d, 0, int(($w + 7) / 8) * 32 * $c' >/tmp/font
echo "${A}font $(sed 1d /tmp/font | base64 -w 0)"
head -n 1 /tmp/font
journalctl --follow --lines 0 --unit systemd-logind & # what comes of the power button
sleep 2
echo "${A}end"
