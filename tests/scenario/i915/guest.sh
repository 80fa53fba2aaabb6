# guest.sh: Debian's i915 drives the model; each step leaves what it saw in /lab.
# LAB_PORTS: the ports with a monitor; LAB_PLUGGABLE: one of them that can be
# unplugged, LAB_PLUGGED_CONNECTOR its name.
. /etc/lab/functions

# What the kernel knows of the monitor that is unplugged, without asking it.
state() { cat "/sys/class/drm/card0-$LAB_PLUGGED_CONNECTOR/status"; }

say "loading i915"
cut -d ' ' -f 1 /proc/uptime >/lab/uptime-before
load_driver
cut -d ' ' -f 1 /proc/uptime >/lab/uptime-after
tell describe describe
console boot

tell show --cursor --during "sleep 0.3; pictures picture" show
tell flips --count 30 flips
tell batches --count 20 batches
tell blits blits
tell power --during "sleep 0.3; pictures dark" power

if [ "$LAB_PLUGGABLE" ]; then
    say "unplug and replug"
    ask unplug "$LAB_PLUGGABLE" >/lab/ask-unplug
    wait_for '[ "$(state)" = disconnected ]'
    state >/lab/state-unplugged
    ask plug "$LAB_PLUGGABLE" >/lab/ask-plug
    wait_for '[ "$(state)" = connected ]'
    state >/lab/state-plugged
    tell describe-replugged describe
fi

say "suspend and resume, devices only"
echo 1 >/sys/module/suspend/parameters/pm_test_delay
echo devices >/sys/power/pm_test
suspend freeze
echo $? >/lab/suspend-devices
echo none >/sys/power/pm_test
console suspended

say "suspend and resume"
echo deep >/sys/power/mem_sleep
ask wake >/lab/ask-wake
suspend mem
echo $? >/lab/suspend-mem
tell batches-suspended --count 2 batches

say "unbind and rebind"
for file in /sys/class/vtconsole/vtcon*; do
    grep -q "frame buffer" "$file/name" && echo 0 >"$file/bind"
done
echo $IGD >/sys/bus/pci/drivers/i915/unbind
[ ! -e /sys/bus/pci/devices/$IGD/driver ]
echo $? >/lab/unbind
echo $IGD >/sys/bus/pci/drivers/i915/bind
echo $? >/lab/bind
for file in /sys/class/vtconsole/vtcon*; do
    grep -q "frame buffer" "$file/name" && echo 1 >"$file/bind"
done
console rebound
tell flips-rebound --count 5 flips
tell batches-rebound --count 2 batches

say "hang and recovery"
echo "igdvm: hang on purpose" >/dev/kmsg
for file in /sys/class/drm/card0/engine/*/heartbeat_interval_ms; do
    echo 200 >"$file"
done
tell hang --count 1 hang
cat /sys/kernel/debug/dri/0/i915_wedged >/lab/wedged 2>&1
ask info >/lab/model-info.json
grep i915 /proc/interrupts >/lab/interrupts
exit 0
