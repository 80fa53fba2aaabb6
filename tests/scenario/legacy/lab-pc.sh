# lab-pc.sh: probe the host side, hand the GPU over, boot the guest, take it back.
. /lab/input/functions

say "probing the host side"
probe_host || exit 1
bind_igd || exit 1
make_disk
say "00:02.0 is bound to vfio-pci; starting the guest"
run_linux_guest "lab.reads=100000"
echo $? >/lab/vmm-status
say "the guest ended with status $(cat /lab/vmm-status)"
say "screen guest"
keep_disk

# The device must be usable afterwards: open to the next VMM, or to go back.
[ -e /dev/vfio/vfio ] && ls /dev/vfio >/lab/vfio-after
unbind_igd
echo $? >/lab/unbind-status
/bin/probe host >/lab/host-after.json
