"""i915-idle: what a display at 60 Hz costs when nothing, little and much changes."""

import json

from igdlab import kernellog

SUMMARY = "what the model costs at 60 Hz: nothing changes, with and without a VNC viewer"
TIME_LIMIT = 300
PLAIN = True
VNC = True
MONITORS = "hdmi-b:1024x768"
APPEND = "log_buf_len=4M"

TICKS = 100  # of /proc/PID/stat, a second
MOST_IDLE = 0.02
PHASES = ("idle", "viewed", "little", "much")


def figures(run):
    """{phase: {"seconds", "ticks", "share", and how far each counter went}}."""
    found = {}
    for phase in PHASES:
        told = [run.text(f"cpu-{phase}-{when}").split() for when in ("before", "after")]
        if not all(told) or "error:" in told[0] + told[1]:
            continue
        ticks = int(told[1][0]) - int(told[0][0])
        seconds = float(told[1][1]) - float(told[0][1])
        counters = [run.json(f"info-{phase}-{when}").get("counters", {})
                    for when in ("before", "after")]
        found[phase] = {"seconds": round(seconds, 2), "ticks": ticks,
                        "share": round(ticks / TICKS / seconds, 5),
                        **{name: value - counters[0].get(name, 0)
                           for name, value in counters[1].items()}}
    return found


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    found = figures(run)
    (run.folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n")
    if not checks.equal("phases", list(found), list(PHASES)):
        return
    for phase in ("idle", "viewed"):
        one = found[phase]
        checks.true(f"{phase}: less than {MOST_IDLE:.0%} of a core", one["share"] < MOST_IDLE,
                    f"{one['share']:.2%}: {one['ticks']} ticks in {one['seconds']} s")
    viewer = json.loads(run.text("viewer") or "{}")
    checks.true("a viewer was told of the changes", viewer.get("updates", 0) >= 20, viewer)
    little, much = (found[phase].get("converted_bytes", 0) for phase in ("little", "much"))
    checks.true("a little change costs little of a great one's conversion",
                0 < little < much / 20, f"{little} and {much} bytes")
    kernellog.check(run, checks, kernellog.TIMING)
