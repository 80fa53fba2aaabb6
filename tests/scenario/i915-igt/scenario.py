"""i915-igt: the basic tests of igt-gpu-tools against the model."""

from igdlab import igt

SUMMARY = "igt-gpu-tools' basic tests: core, kms and gem, without 3D"
TIME_LIMIT = 3600
PLAIN = True
KERNEL = "trixie"  # the tests expect files of debugfs that 6.1 does not have
SHARES = ("igt",)
MONITORS = "hdmi-b:1024x768+800x600+640x480"
MODEL = ("--display-slowdown", "3")
APPEND = "log_buf_len=4M"
MEMORY = "3G"  # some tests use all of the GTT


def prepare_run(run):
    """Put in the package's list, without what is left out for a reason."""
    igt.write_list(run, igt.BASIC, lambda name: not igt.left_out(name))


def check(run, checks):
    """Judge one run."""
    igt.check(run, checks, 50)
