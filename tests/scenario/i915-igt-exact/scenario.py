"""i915-igt-exact: the tests of igt-gpu-tools that need every access to the aperture translated."""

from igdlab import igt

SUMMARY = "igt-gpu-tools' tests of mappings through the GTT, with the exact aperture"
TIME_LIMIT = 1200
PLAIN = True
GUEST = "i915-igt"
KERNEL = "trixie"
SHARES = ("igt",)
MONITORS = "hdmi-b:1024x768+800x600+640x480"
MODEL = ("--display-slowdown", "3", "--aperture", "exact")
# Without a console, whose clearing byte by byte takes minutes here.
APPEND = "log_buf_len=4M drm_kms_helper.fbdev_emulation=0"


def prepare_run(run):
    """Put in the names of the tests."""
    igt.write_list(run, igt.BASIC, igt.is_exact)


def check(run, checks):
    """Judge one run."""
    igt.check(run, checks, 2)
