# guest.sh: i915 without a monitor; then one is plugged in, and another one in its place.
. /etc/lab/functions

state() { cat "/sys/class/drm/card0-$LAB_CONNECTOR/status"; }

plug() { # NAME MODES
    say "plug: $1"
    ask plug "$LAB_PORT:$2" >"/lab/ask-plug-$1"
    wait_for '[ "$(state)" = connected ]'
    # A client that has the GPU open while the console gets it for the first time can leave
    # the console dark.
    wait_for '[ -e /dev/fb0 ]'
    sleep 1
    tell "describe-$1" describe
}

load_driver
tell describe-none describe
plug first "$LAB_FIRST"
LAB_PORTS=$LAB_PORT
export LAB_PORTS
console first
ask unplug "$LAB_PORT" >/lab/ask-unplug
wait_for '[ "$(state)" = disconnected ]'
state >/lab/state-unplugged
tell batches --count 2 batches
plug second "$LAB_SECOND"
tell show --cursor --during "sleep 0.3; pictures picture" show
exit 0
