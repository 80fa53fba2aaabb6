# lab-pc.sh: GRUB from a disc, on the pseudo-terminal of the first serial port; it is told
# to start a Linux that lies on the disk, which reads the disc.
. /lab/input/functions

screen=/lab/screen.log
mount_terminals
cp /lab/input/data.iso /lab/input/grub-rescue-cdrom.iso /tmp
igdvm run --firmware /lab/input/bios.bin --memory 256M --cpus 4,cores=2 --cpu x86-64-v1 \
    --disk /tmp/data.iso,ro --cdrom /tmp/grub-rescue-cdrom.iso --cdrom none \
    --serial pty --serial file:/lab/com2.log --serial file:/lab/com3.log \
    --serial file:/lab/com4.log --serial-screen \
    --uuid 00112233-4455-6677-8899-aabbccddeeff --smbios "1.product=Desk PC" \
    --smbios "2.manufacturer=Boards" --smbios "11.value=one" --smbios "11.value=two" \
    --debug-console file:/lab/firmware.log --stats=/lab/stats.json \
    </dev/null >/lab/vmm.log 2>&1 &
vmm=$!
open_terminal /lab/vmm.log $screen || exit 1

if wait_for $screen "for a command-line" 200 && printf c >&3 &&
    wait_for $screen "grub>" 100; then
    say "GRUB is there"
    # One line: what is typed while GRUB reads a file is lost.
    type_keys "linux (hd0)/vmlinuz console=ttyS0 quiet; initrd (hd0)/initrd; boot"
    wait_for $screen "optical: kernel" 200 && say "Linux is there" &&
        wait_for $screen "optical: end" 300
fi
for _ in $(seq 100); do
    kill -0 $vmm 2>/dev/null || break
    sleep 0.1
done
kill $vmm 2>/dev/null
wait $vmm
echo $? >/lab/vmm-status
say "the guest ended with status $(cat /lab/vmm-status)"
kill $reader 2>/dev/null || true # it ends with the guest
