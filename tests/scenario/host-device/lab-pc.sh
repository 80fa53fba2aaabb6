# lab-pc.sh: an NVMe drive, QEMU's `edu` device and a random number generator go to the guest
# beside the GPU; once with MSI-X and a reboot, once with INTx. While the first guest runs, edu
# is made to stray. It and the generator are of one IOMMU group.
. /lab/input/functions

NVME=0000:00:08.0
EDU=0000:00:09.0
RNG=0000:00:09.1
for device in $NVME $EDU; do
    echo vfio-pci >/sys/bus/pci/devices/$device/driver_override
    echo $device >/sys/bus/pci/drivers_probe
    cat /sys/bus/pci/devices/$device/resource >"/lab/resource-${device#0000:}"
done
bind_igd || exit 1

refusal() { # NAME OPTIONS...: one line "NAME STATUS LINES: what was said"
    name=$1
    shift
    timeout 20 igdvm run --serial none --firmware /lab/input/bios.bin "$@" </dev/null >/tmp/said 2>&1
    echo "$name $? $(wc -l </tmp/said): $(tail -n 1 /tmp/said)" >>/lab/refusals
}
refusal gpu --device vfio:00:02.0
refusal twice --device vfio:00:08.0 --device vfio:00:08.0
refusal alone --device vfio:00:08.0,address=17.1
refusal taken --device vfio:00:08.0,address=03
refusal absent --device vfio:00:1e.7
refusal group --device vfio:00:09.0
echo $RNG >/sys/bus/pci/devices/$RNG/driver/unbind
echo vfio-pci >/sys/bus/pci/devices/$RNG/driver_override
echo $RNG >/sys/bus/pci/drivers_probe
for device in $NVME $EDU $RNG; do
    basename "$(readlink /sys/bus/pci/devices/$device/iommu_group)" >>/lab/groups
done

run_guest() { # NAME APPEND OPTIONS...
    name=$1 append=$2
    shift 2
    say "starting the guest, $name"
    igdvm_run --firmware /lab/input/bios.bin --memory 256M --cpus 2 \
        --kernel /lab/input/vmlinuz --initrd /lab/input/host-device-initrd \
        --append "console=ttyS0 quiet panic=-1 $append" --stats=/lab/stats-$name.json \
        --serial file:/lab/guest-serial-$name.log "$@" >/lab/vmm-$name.log 2>&1
    echo "$name $?" >>/lab/statuses
}

# Four bytes from an address that is no memory of the guest's; edu has DMA switched off by
# the guest, which has no driver for it.
stray() {
    until grep -q "igdvm-guest: waiting" /lab/guest-serial-msix.log 2>/dev/null; do sleep 1; done
    printf '\006' | dd of=/sys/bus/pci/devices/$EDU/config bs=1 seek=4 conv=notrunc 2>/dev/null
    edu=$(($(sed -n 1p /sys/bus/pci/devices/$EDU/resource | cut -d ' ' -f 1)))
    for _ in 1 2; do
        devmem $((edu + 0x80)) 64 0x3450000000
        devmem $((edu + 0x88)) 64 0x40000
        devmem $((edu + 0x90)) 64 4
        devmem $((edu + 0x98)) 64 1
        sleep 0.2
    done
}

stray &
run_guest msix "lab.reboot" --device ${IGD#0000:} --mode legacy \
    --device vfio:00:08.0,address=17 --device vfio:00:09.0,address=17.1 \
    --device vfio:00:09.1,address=17.2
wait
run_guest intx "pci=nomsi" --device vfio:00:08.0,rom=none
unbind_igd
