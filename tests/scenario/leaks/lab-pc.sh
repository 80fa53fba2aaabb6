# lab-pc.sh: a guest that reads all it can of each GPU, and what the host has there.
. /lab/input/functions
. /lab/input/cards

# look NAME DISK MODE: the guest's serial line in /lab/looks/NAME.
look() {
    cp "/lab/input/$2" /tmp/leaks.img
    # So little RAM that stolen memory cannot be at the host's own address; alone at
    # 00:02.0 in UPT mode too, where the guest looks and firmware places stolen memory.
    if [ "$LAB_VMM" = igdvm ]; then
        igdvm run --firmware /lab/input/bios.bin --device "$IGD" --mode "$3" \
            --display none --address 00:02.0 \
            --memory 144M --disk /tmp/leaks.img --serial "file:/lab/looks/$1" \
            --debug-console none >"/lab/looks/$1.vmm" 2>&1
    else
        QEMU_LEGACY=auto
        run_qemu -m 144 -smp 1 -serial "file:/lab/looks/$1" \
            -chardev null,id=dbg -drive file=/tmp/leaks.img,if=none,id=disk,format=raw \
            >"/lab/looks/$1.vmm" 2>&1
    fi
    echo $? >"/lab/looks/$1.status"
    say "$1: $(grep -c '^leak' "/lab/looks/$1") hits, $(tail -n 1 "/lab/looks/$1")"
}

mkdir -p /lab/looks
say "probing the host side"
probe_host || exit 1
for name in $NAMES; do
    eval "card=\$CARD_$(echo "$name" | tr 'a-z-' 'A-Z_')"
    asls=$(dd if="/sys/bus/pci/devices/$card/config" bs=1 skip=252 count=4 2>/dev/null |
        hexdump -e '1/4 "0x%08x"')
    echo "$name $asls" >>/lab/asls
done
bind_igd || exit 1
for card in $CARDS; do
    IGD=$card bind_igd || echo "$card" >>/lab/unbound
done
main=$IGD
look "$LAB_GENERATION" main.img "$LAB_MAIN_MODE"
for name in $NAMES; do
    eval "IGD=\$CARD_$(echo "$name" | tr 'a-z-' 'A-Z_')"
    look "$name" "$name.img" auto
done
IGD=$main unbind_igd
echo $? >/lab/unbind-status
