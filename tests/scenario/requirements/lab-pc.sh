# lab-pc.sh: what legacy mode needs is taken away, one thing at a time and several at once.
. /lab/input/functions
. /lab/input/cards

# serve OPTIONS...: a model inside the lab PC that poses as vfio-pci.
serve() {
    rm -f /tmp/model
    igdvm model --gen skylake --socket /tmp/model --host-regions "$@" \
        </dev/null >>/lab/inner-model.log 2>&1 &
    model=$!
    while [ ! -S /tmp/model ] && kill -0 $model; do sleep 0.1; done
}
end_serve() { kill $model && wait $model; }

probe_host || exit 1
say "binding the cards"
poke "$CARD_NO_OPREGION" 0xfc '\0\0\0\0'
poke "$CARD_BAD_OPREGION" 0xfc '\0\0\120\0'
dd if=/sys/bus/pci/devices/$IGD/config bs=1 skip=252 count=4 2>/dev/null |
    dd of="/sys/bus/pci/devices/$CARD_CLASS_0380/config" bs=1 seek=252 conv=notrunc 2>/dev/null
bind_igd || exit 1
for card in $CARDS; do
    IGD=$card bind_igd || echo "$card" >>/lab/unbound
done
good="--device 00:02.0"

# What the device or the host lacks.
for name in $NAMES; do
    eval "card=\$CARD_$(echo "$name" | tr 'a-z-' 'A-Z_')"
    try "$name" --device "$card"
done
# Linux takes the video BIOS at C0000 for the ROM of each of them. A host that UEFI booted
# has none there: open that memory for writing (PAM1 of the host bridge), and spoil it.
shadow() { printf "$1" | dd of=/dev/mem bs=1 seek=786432 conv=notrunc 2>/dev/null; }
poke 0000:00:00.0 0x91 '\063'
shadow '\0\0'
try no-shadow-rom $good
try no-rom --device "$CARD_NO_ROM"
try rom-file $good --rom /lab/input/good.rom
shadow '\125\252'
BEFORE="/bin/probe old-kernel" try old-kernel --device "$CARD_NO_OPREGION"
BEFORE="/bin/probe old-kernel" try old-kernel-good $good

# What the user asked for.
try address $good --address 00:05.0
try lpc-place $good --address 00:1f.0
try root-bus $good --address 01:02.0
try rom-bar $good --rom none
try display $good --display vga
try opregion-off $good --opregion off
try rom-uefi $good --rom /lab/input/uefi.rom
try guest-ram $good --memory 100M
try firmware-uefi $good --firmware /lab/input/uefi.bin
try firmware-old $good --firmware /lab/input/old-bios.bin
try several $good --address 00:05.0 --rom none --memory 100M \
    --firmware /lab/input/old-bios.bin
try all-met $good
try rom-damaged $good --rom /lab/input/damaged.rom

# One region at a time, by a model that poses as vfio-pci.
for region in rom vga opregion host-bridge lpc-bridge; do
    serve --without $region
    try "without-$region" --device vfio-user:/tmp/model
    end_serve
done

# The kernel's own switch.
for card in $IGD $CARDS; do
    IGD=$card unbind_igd
done
rmmod vfio_pci && insmod /modules/vfio-pci.ko disable_vga=1 || exit 1
bind_igd || exit 1
try disable-vga $good
unbind_igd
echo $? >/lab/unbind-status
/bin/probe host >/lab/host-after.json
