# guest.sh: what a GPU that OVMF's option ROM prepared looks like, and what i915 makes of it;
# with lab.gpu=02 on the command line how far firmware came. Runs in the guest.
. /etc/lab/functions

slot=$(sed -n 's/.*\blab\.gpu=\([0-9a-f]*\).*/\1/p' /proc/cmdline)
word() { od -A n -j "$1" -N 4 -t x4 /lab/config.bin | tr -d ' '; }

[ -d /sys/firmware/efi ] && say "booted by UEFI"
cp "/sys/bus/pci/devices/0000:00:$slot.0/config" /lab/config.bin
say "ASLS $(word 252)"
cat /proc/iomem >/lab/iomem
dd if=/dev/mem of=/lab/found-opregion bs=4096 skip=$((0x$(word 252) / 4096)) count=2 2>/dev/null
if [ "$slot" = 02 ]; then
    say "frame buffer $(cat /sys/class/graphics/fb0/name)"
    console boot
    exit 0
fi
say "loading i915"
load_driver
tell describe describe
say "connectors $(ls -d /sys/class/drm/card*-* 2>/dev/null | wc -l)"
[ ! -e /dev/fb0 ] || console boot
exit 0
