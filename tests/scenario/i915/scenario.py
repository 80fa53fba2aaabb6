"""i915: an unmodified Debian kernel's i915 drives the model, in a plain VM."""

import json

from igdlab import driven, kernellog, monitors

SUMMARY = "Debian's i915 drives the model: console, flips, batches, hot-plug, suspend"
TIME_LIMIT = 300
PLAIN = True
MONITORS = "hdmi-b:1024x768+800x600+640x480"
# Software emulation is slow; but i915 waits no more than 100 ms for a vertical blank.
MODEL = ("--display-slowdown", "2")
APPEND = "log_buf_len=4M no_console_suspend"

FLIPS, BATCHES = 30, 20


def environment(run):
    """What the guest's script is told."""
    pluggable = next((monitor for monitor in monitors.parse(run.monitors)
                      if monitor.pluggable), None)
    return {"LAB_PLUGGABLE": pluggable.port if pluggable else "",
            "LAB_PLUGGED_CONNECTOR": pluggable.connector if pluggable else ""}


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    plugged = monitors.parse(run.monitors)
    driven.check_connectors(checks, "", run.json("describe"), plugged)
    driven.check_console(run, checks, "boot", plugged)
    driven.check_pictures(run, checks, plugged)
    driven.check_flips(checks, "", run.json("flips"), plugged, FLIPS)
    driven.check_batches(checks, "", run.json("batches"), BATCHES)
    driven.check_blits(run, checks)
    _check_power(run, checks, plugged)
    _check_plugs(run, checks, plugged)
    _check_suspend(run, checks, plugged)
    _check_rebind(run, checks, plugged)
    _check_hang(run, checks)
    kernellog.check(run, checks)


def _check_power(run, checks, plugged):
    checks.true("displays off and on (DPMS)", run.json("power").get("good"),
                run.json("power"))
    for monitor in plugged:
        image = driven.read_picture(run, checks, f"dark-{monitor.port}")
        if image:
            checks.true(f"{monitor.port}: dark while off",
                        not any(any(row) for row in image.rows))


def _check_plugs(run, checks, plugged):
    if not any(monitor.pluggable for monitor in plugged):
        return
    checks.equal("unplugged: the kernel was told", run.text("state-unplugged").strip(),
                 "disconnected")
    checks.equal("plugged in: the kernel was told", run.text("state-plugged").strip(),
                 "connected")
    driven.check_connectors(checks, "plugged in again: ", run.json("describe-replugged"), plugged)


def _check_suspend(run, checks, plugged):
    checks.equal("devices suspended and resumed", run.text("suspend-devices").strip(), "0")
    driven.check_console(run, checks, "suspended", plugged)
    checks.equal("suspended and resumed", run.text("suspend-mem").strip(), "0")
    driven.check_batches(checks, "resumed: ", run.json("batches-suspended"), 2)


def _check_rebind(run, checks, plugged):
    checks.equal("i915 let go of it", run.text("unbind").strip(), "0")
    checks.equal("i915 took it back", run.text("bind").strip(), "0")
    driven.check_console(run, checks, "rebound", plugged)
    driven.check_flips(checks, "rebound: ", run.json("flips-rebound"), plugged, 5)
    driven.check_batches(checks, "rebound: ", run.json("batches-rebound"), 2)


def _check_hang(run, checks):
    told = run.json("hang")
    for name, found in told.get("engines", {}).items():
        checks.true(f"{name}: a hang is found, and it works again",
                    found.get("wait") == "ended" and found.get("batch_active", 0) > 0
                    and found.get("works_after"), json.dumps(found))
    checks.true("an engine was hung", told.get("engines"))
    checks.equal("not wedged", run.text("wedged").strip(), "0")
