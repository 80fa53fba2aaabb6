"""i915-igt-exact: igt-gpu-tools' tests that need the exact aperture or display clock."""

from igdlab import igt

SUMMARY = "igt-gpu-tools' tests that need the exact aperture or display clock"
TIME_LIMIT = 1200
PLAIN = True
GUEST = "i915-igt"
KERNEL = "trixie"
SHARES = ("igt",)
MONITORS = "hdmi-b:1280x720@24"  # slow, so that no slowdown is needed
MODEL = ("--aperture", "exact", "--display-clock", "exact")
# Each access takes 20 microseconds; a console would be drawn again after each test.
APPEND = "log_buf_len=4M nosoftlockup fbcon=map:1"
CPU = "Skylake-Client,-erms"  # else Linux clears its console byte by byte


def prepare_run(run):
    """Put in the names of the tests."""
    igt.write_list(run, igt.BASIC, igt.is_exact)


def check(run, checks):
    """Judge one run."""
    igt.check(run, checks, 2, must="gem_tiled")
