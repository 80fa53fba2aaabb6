# lab-pc.sh: hand the GPU to vfio-pci; an igdvm guest's i915 drives it.
. /lab/input/functions

bind_igd || exit 1
dd if=/dev/zero of=/tmp/disk.img bs=1M count=24 2>/dev/null
say "00:02.0 is bound to vfio-pci; starting the guest"
run_linux_guest "log_buf_len=4M" --memory 512M --cpus 1 --initrd /lab/input/driving-initrd
echo $? >/lab/vmm-status
say "the guest ended with status $(cat /lab/vmm-status)"
keep_disk
unbind_igd
echo $? >/lab/unbind-status
