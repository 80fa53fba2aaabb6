"""i915-headless: an igdvm guest's i915 has no outputs without an OpRegion, and renders.

Without an OpRegion it would assume the usual outputs: what tells it that there are none is
another register on each generation (src/igd/display_fuses.c), so run it with several --gen.
"""

from igdlab import driven, driving_guest, kernellog

SUMMARY = "a guest's i915 in UPT mode without an OpRegion: no outputs, though with a monitor"
TIME_LIMIT = 1200
QUIET_LIMIT = 240
VMMS = ("igdvm",)
SCRIPT = "i915-assigned"
MONITORS = "hdmi-b:1024x768"
BATCHES = 3


def prepare_run(run):
    """The guest's initramfs with its script, and the mode of it."""
    driving_guest.prepare_run(run)
    with open(run.input / "environment", "a", encoding="utf-8") as file:
        file.write("export GUEST_MODE=upt IGDVM_OPTIONS='--opregion off'\n")


def check(run, checks):
    """Judge one run."""
    if not driving_guest.take_results(run, checks):
        return
    checks.contains("igdvm says so", run.text("vmm.log"), "display looks fused off")
    names = run.text("drm-names").split()
    checks.true("the GPU renders", "renderD128" in names, names)
    checks.equal("its outputs", [name for name in names if name.startswith("card0-")], [])
    driven.check_batches(checks, "", run.json("batches"), BATCHES)
    checks.equal("not wedged", run.text("wedged").strip(), "0")
    kernellog.check(run, checks)
