# lab-pc.sh: a GPU of every platform in one PC; what igdvm decides for each.
. /lab/input/functions
. /lab/input/cards

bind_igd || exit 1
for card in $CARDS; do
    IGD=$card bind_igd || echo "$card" >>/lab/unbound
done
for name in $NAMES; do
    eval "card=\$CARD_$(echo "$name" | tr 'a-z-' 'A-Z_')"
    for mode in $MODES; do
        # In the short form a mode that auto takes anyway is not asked for as well.
        case $LAB_LONG,$mode," $REFUSED " in
        0,legacy,*" $name "*) ;;
        0,legacy,* | 0,upt,*) continue ;;
        esac
        start_try "$name" "$mode" --device "$card"
        end_try
    done
    say "$name: $(grep -ho 'in [a-z]* mode' "/lab/tries/$name-auto" | head -n 1)"
done
for card in $IGD $CARDS; do
    IGD=$card unbind_igd || echo "$card" >>/lab/not-unbound
done
