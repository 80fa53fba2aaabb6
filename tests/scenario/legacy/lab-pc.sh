# lab-pc.sh: probe the host side, hand the GPU over, boot the guest, take it back.
. /lab/input/functions

say "probing the host side"
probe_host || exit 1

# What igdvm says before the GPU is handed over, and when a file is missing.
refusal() { # NAME OPTIONS...: one line "NAME STATUS LINES: what was said"
    name=$1
    shift
    igdvm run --serial none "$@" </dev/null >/tmp/said 2>&1
    echo "$name $? $(wc -l </tmp/said): $(head -n 1 /tmp/said)" >>/lab/refusals
}
if [ "$LAB_VMM" = igdvm ]; then
    refusal absent --device 00:09.0
    refusal unbound --device 00:02.0 --mode legacy
fi
bind_igd || exit 1
if [ "$LAB_VMM" = igdvm ]; then
    refusal firmware --device 00:02.0 --firmware /lab/input/no-bios
    refusal kernel --device 00:02.0 --firmware /lab/input/bios.bin --kernel /lab/input/no
    refusal disk --device 00:02.0 --firmware /lab/input/bios.bin --disk /lab/input/no
    refusal address --device 00:02.0 --firmware /lab/input/bios.bin --mode legacy \
        --address 00:05.0
    [ ! -e /dev/iommu ] || mv /dev/iommu /dev/iommu.away
    refusal iommufd --device 00:02.0 --firmware /lab/input/bios.bin --vfio-backend iommufd
    [ ! -e /dev/iommu.away ] || mv /dev/iommu.away /dev/iommu

    # While the guest has it, nobody else gets the device.
    (
        until grep -q "is up" /lab/guest-serial.log 2>/dev/null; do sleep 1; done
        refusal busy --device 00:02.0 --firmware /lab/input/bios.bin --kernel /lab/input/no \
            --vfio-backend "$LAB_VFIO_BACKEND"
    ) &
fi
make_disk
say "00:02.0 is bound to vfio-pci; starting the guest"
run_linux_guest "lab.reads=100000"
echo $? >/lab/vmm-status
wait
say "the guest ended with status $(cat /lab/vmm-status)"
say "screen guest"
keep_disk

# The device must be usable afterwards: open to the next VMM, or to go back.
[ -e /dev/vfio/vfio ] && ls /dev/vfio >/lab/vfio-after
unbind_igd
echo $? >/lab/unbind-status
/bin/probe host >/lab/host-after.json
