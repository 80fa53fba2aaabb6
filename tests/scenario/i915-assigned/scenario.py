"""i915-assigned: an igdvm guest's i915 drives the GPU it was given in legacy mode."""

from igdlab import driven, driving_guest, kernellog, monitors

SUMMARY = "a guest's i915 drives the GPU through vfio-pci, in legacy mode: picture, batches"
TIME_LIMIT = 1200
QUIET_LIMIT = 240
VMMS = ("igdvm", "qemu")
MONITORS = "hdmi-b:1024x768+800x600+640x480"
MODEL = ("--display-slowdown", "10")  # two software emulations, one inside the other
FLIPS, BATCHES = 10, 3


def prepare_run(run):
    """Put in the guest's initramfs with its script."""
    driving_guest.prepare_run(run)


def check(run, checks):
    """Judge one run."""
    if not driving_guest.take_results(run, checks):
        return
    plugged = monitors.parse(run.monitors)
    driven.check_connectors(checks, "", run.json("describe"), plugged)
    driven.check_console(run, checks, "boot", plugged)
    driven.check_pictures(run, checks, plugged)
    driven.check_flips(checks, "", run.json("flips"), plugged, FLIPS)
    driven.check_batches(checks, "", run.json("batches"), BATCHES)
    driven.check_blits(run, checks)
    checks.equal("not wedged", run.text("wedged").strip(), "0")
    kernellog.check(run, checks)
