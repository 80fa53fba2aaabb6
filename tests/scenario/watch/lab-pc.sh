# lab-pc.sh: a device that strays, and what igdvm watch says of the IOMMU's faults. QEMU's
# vfio-user client takes no DMA by message, so the model cannot stray past the IOMMU; QEMU's
# own `edu` device can. vfio-pci has it and nobody has opened it: it may reach nothing.
. /lab/input/functions

EDU=0000:00:08.0
rmmod vfio_pci
insmod /modules/vfio-pci.ko disable_idle_d3=1 # in D3 it would be bus master no more
echo vfio-pci >/sys/bus/pci/devices/$EDU/driver_override
echo $EDU >/sys/bus/pci/drivers_probe
printf '\006' | dd of=/sys/bus/pci/devices/$EDU/config bs=1 seek=4 conv=notrunc 2>/dev/null

register() { # OFFSET: 32 bits of the GPU's config space
    dd if=/sys/bus/pci/devices/$IGD/config bs=1 skip=$1 count=4 2>/dev/null |
        hexdump -e '1/4 "%u"'
}
bar() { # DEVICE: where its first BAR is
    sed -n 1p /sys/bus/pci/devices/$1/resource | cut -d ' ' -f 1
}
edu=$(($(bar $EDU)))
bdsm=$(($(register 92) & 0xfff00000))
asls=$(($(register 252)))
vga=$(($(bar 0000:00:05.0)))
printf 'stolen 0x%x\nopregion 0x%x\nother-bar 0x%x\nunknown 0x%x\n' $bdsm $asls $vga \
    0x2340000 >/lab/places

igdvm watch --device ${EDU#0000:} --json --seconds 110 >/lab/events.json 2>/lab/watch.log &
watch=$!
igdvm watch --device ${EDU#0000:} --seconds 110 >/lab/events.txt 2>&1 &
sleep 3

stray() { # ADDRESS TIMES: four bytes from there, about five times a second
    say "straying to $(printf 0x%x $1), $2 times"
    times=0
    while [ $times -lt $2 ]; do
        devmem $((edu + 0x80)) 64 $1      # from
        devmem $((edu + 0x88)) 64 0x40000 # to its buffer
        devmem $((edu + 0x90)) 64 4
        devmem $((edu + 0x98)) 64 1 # go
        sleep 0.2
        times=$((times + 1))
    done
    sleep 12
}

stray $bdsm 2
stray $((bdsm + 0x1000)) 55
stray $asls 2
stray $vga 2
stray 0x2340000 2
wait $watch
echo $? >/lab/watch-status
