"""i915-plug: no monitor at first; then one, and another one with other modes."""

from igdlab import driven, kernellog, monitors

SUMMARY = "i915 starts without a monitor; one is plugged in, then another one"
TIME_LIMIT = 300
PLAIN = True
MONITORS = "hdmi-b:none"
MODEL = ("--display-slowdown", "2")
APPEND = "log_buf_len=4M"

FIRST, SECOND = "1024x768+640x480", "1280x720+800x600"


def environment(run):
    """What the guest's script is told."""
    port = run.monitors.partition(":")[0]
    monitor = monitors.parse(f"{port}:{FIRST}")[0]
    return {"LAB_PORT": port, "LAB_CONNECTOR": monitor.connector, "LAB_FIRST": FIRST,
            "LAB_SECOND": SECOND}


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    port = run.monitors.partition(":")[0]
    first, second = (monitors.parse(f"{port}:{modes}") for modes in (FIRST, SECOND))
    driven.check_connectors(checks, "none: ", run.json("describe-none"), [])
    driven.check_connectors(checks, "first: ", run.json("describe-first"), first)
    driven.check_console(run, checks, "first", first)
    checks.equal("unplugged: the kernel was told", run.text("state-unplugged").strip(),
                 "disconnected")
    driven.check_batches(checks, "without a monitor: ", run.json("batches"), 2)
    driven.check_connectors(checks, "second: ", run.json("describe-second"), second)
    driven.check_pictures(run, checks, second)
    kernellog.check(run, checks)
