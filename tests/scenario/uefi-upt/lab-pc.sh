# lab-pc.sh: hand the GPU to vfio-pci; OVMF starts Linux beside it in UPT mode, whose i915
# drives it: with the OpRegion, then without. Before that, what cannot be had. In the long
# form OVMF shows its console on the GPU, by the UEFI driver of the model in the ROM.
. /lab/input/functions

bind_igd || exit 1
for mode in legacy upt; do
    igdvm run --firmware /lab/input/OVMF_CODE_4M.fd --device ${IGD#0000:} --mode $mode \
        --rom none --opregion on --serial none </dev/null >/lab/refused-$mode 2>&1
    echo "status $?" >>/lab/refused-$mode
done

# boot NAME SLOT OPTIONS...: what the guest leaves is on NAME.img.
boot() {
    name=$1 slot=$2
    shift 2
    dd if=/dev/zero of=/tmp/disk.img bs=1M count=24 2>/dev/null
    say "OVMF starts Linux: $name"
    : >/lab/guest-serial.log
    igdvm_run --firmware /lab/input/OVMF_CODE_4M.fd --device ${IGD#0000:} --mode upt \
        --display none --memory 512M --cpus 1 --disk /tmp/disk.img \
        --kernel /lab/input/vmlinuz --initrd /lab/input/driving-initrd \
        --append "$GUEST_APPEND log_buf_len=4M lab.gpu=$slot" \
        --serial file:/lab/guest-serial.log "$@" >"/lab/$name.log" 2>&1
    echo $? >"/lab/$name-status"
    say "the guest ended with status $(cat "/lab/$name-status")"
    mv /lab/guest-serial.log "/lab/$name-serial.log"
    cp /tmp/disk.img "/lab/$name.img"
}
boot on 10 --opregion on
boot off 10 --opregion off
[ "$LAB_LONG" != 1 ] || boot primary 02 --address 00:02.0 --rom /lab/input/gop.rom
unbind_igd
echo $? >/lab/unbind-status
