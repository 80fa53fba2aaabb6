# lab-pc.sh: OVMF starts GRUB from a disk, that Linux, which reboots once; in the long form
# then iPXE from a disc, with the variables the first guest left.
. /lab/input/functions

cp /lab/input/esp.disk /tmp
say "GRUB from the EFI system partition of a disk"
igdvm run --firmware /lab/input/OVMF_CODE_4M.fd,vars=/lab/variables --memory 512M --cpus 2 \
    --disk /tmp/esp.disk --display vga --smbios 1.product=Desk \
    --serial file:/lab/disk-serial.log --stats=/lab/stats.json </dev/null >/lab/disk.log 2>&1
echo $? >/lab/disk-status
say "ended with status $(cat /lab/disk-status)"
[ "$LAB_LONG" = 1 ] || exit 0

mount_terminals
cp /lab/input/ipxe.iso /tmp
igdvm run --firmware /lab/input/OVMF_CODE_4M.fd,vars=/lab/variables --memory 128M \
    --cdrom /tmp/ipxe.iso --serial pty </dev/null >/lab/disc.log 2>&1 &
vmm=$!
open_terminal /lab/disc.log /lab/disc.screen || exit 1
wait_for /lab/disc.screen "Ctrl-B" 100 && printf '\002' >&3 &&
    wait_for /lab/disc.screen "iPXE>" 30 && type_keys 'echo at-${buildarch}-${platform}-' &&
    wait_for /lab/disc.screen "at-x86_64-efi-" 30
kill $vmm
wait $vmm
echo $? >/lab/disc-status
kill $reader 2>/dev/null || true
say "iPXE from a disc: ended with status $(cat /lab/disc-status)"
