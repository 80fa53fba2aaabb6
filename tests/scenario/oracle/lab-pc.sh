# lab-pc.sh: the same Linux guest with each GPU, on igdvm and on QEMU.
. /lab/input/functions
. /lab/input/cards

# One processor, and the kernel where it was linked to: what is seen is the same each time.
GUEST_CPUS=1
GUEST_APPEND="$GUEST_APPEND nokaslr"

see() { # NAME
    for LAB_VMM in igdvm qemu; do
        make_disk
        run_linux_guest ""
        echo $? >"/lab/$1-$LAB_VMM.status"
        dd if=/tmp/disk.img of="/lab/$1-$LAB_VMM.raw" bs=1M skip=1 2>/dev/null
        for log in guest-serial.log guest-firmware.log vmm.log; do
            mv "/lab/$log" "/lab/$1-$LAB_VMM-$log"
        done
        say "$1 on $LAB_VMM: status $(cat "/lab/$1-$LAB_VMM.status")"
    done
}

bind_igd || exit 1
for card in $CARDS; do
    IGD=$card bind_igd || exit 1
done
see "$LAB_GENERATION"
# UPT mode alone, at the place QEMU gives it.
IGDVM_OPTIONS="--display none --address 00:02.0"
for name in $NAMES; do
    eval "IGD=\$CARD_$(echo "$name" | tr 'a-z-' 'A-Z_')"
    GUEST_MODE=auto QEMU_LEGACY=auto
    see "$name"
done
