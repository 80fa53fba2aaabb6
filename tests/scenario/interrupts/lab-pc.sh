# lab-pc.sh: a flat guest that takes the GPU's interrupts by INTx, by MSI, and by INTx again.
. /lab/input/functions

probe_host || exit 1
bind_igd || exit 1
watch_coherency
say "the flat guest takes interrupts"
cp /lab/input/interrupts.img /tmp/flat.img
run_flat_guest /tmp/flat.img
echo $? >/lab/flat-status
keep_coherency /lab/kvm-coherency
say "it ended with status $(cat /lab/flat-status): $(tr '\n' ',' </lab/flat-serial.log)"
unbind_igd
echo $? >/lab/unbind-status
