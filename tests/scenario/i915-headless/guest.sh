# guest.sh: what i915 makes of a GPU that has no outputs. Runs in the inner guest.
. /etc/lab/functions

say "loading i915"
load_driver
ls /sys/class/drm >/lab/drm-names
tell batches --count 3 batches
cat /sys/kernel/debug/dri/0/i915_wedged >/lab/wedged 2>&1
exit 0
