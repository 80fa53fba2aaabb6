# lab-pc.sh: a GPU of every platform in one PC; what igdvm decides for each.
. /lab/input/functions
. /lab/input/cards

bind_igd || exit 1
for card in $CARDS; do
    IGD=$card bind_igd || echo "$card" >>/lab/unbound
done
for name in $NAMES; do
    eval "card=\$CARD_$(echo "$name" | tr 'a-z-' 'A-Z_')"
    try "$name" --device "$card"
    start_try "$name" upt --device "$card"
    end_try
done
for card in $IGD $CARDS; do
    IGD=$card unbind_igd || echo "$card" >>/lab/not-unbound
done
