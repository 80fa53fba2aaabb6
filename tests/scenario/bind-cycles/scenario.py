"""bind-cycles: the GPU goes from i915 to vfio-pci and back, with failures at every write."""

from igdlab import bind_cycles

SUMMARY = "igdvm bind and unbind, many times, failing and killed at every write"
TIME_LIMIT, LONG_TIME_LIMIT = 1800, 14400
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-host",)  # beside igdvm, in the lab PC
MODULES = ("i915",)

# i915 has removed the VGA console, so its own console could not be given back.
CONSOLE = bind_cycles.Console("i915", "console (M) frame buffer device: 1",
                              (f"unbind {bind_cycles.GPU} from i915",), 4,
                              monitors=["HDMI-A-1"],
                              opregion="OpRegion on: a monitor is plugged in")


def prepare_run(run):
    """What the script needs."""
    bind_cycles.prepare_run(run, CONSOLE)


def check(run, checks):
    """Judge one run."""
    bind_cycles.check(run, checks, CONSOLE)
