# guest.sh: what i915 does with the GPU it was given. Runs in the inner guest.
. /etc/lab/functions

say "loading i915"
load_driver
tell describe describe
console boot
tell show --cursor --during "sleep 0.3; pictures picture" show
tell flips --count 10 flips
tell batches --count 3 batches
tell blits blits
cat /sys/kernel/debug/dri/0/i915_wedged >/lab/wedged 2>&1
grep i915 /proc/interrupts >/lab/interrupts
exit 0
