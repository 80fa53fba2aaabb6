"""i915-igt-display: what igt-gpu-tools has the display show, by the checksums of the pictures."""

import re

from igdlab import igt

SUMMARY = "igt-gpu-tools' tests of colours, formats, planes, cursors and rotation"
TIME_LIMIT = 7200
PLAIN = True
GUEST = "i915-igt"
KERNEL = "trixie"
SHARES = ("igt",)
MONITORS = "hdmi-b:1024x768+800x600+640x480"
# A console would be drawn again after each test; with the exact aperture that takes long.
APPEND = "log_buf_len=4M nosoftlockup fbcon=map:1"
CPU = "Skylake-Client,-erms"  # else Linux clears its console byte by byte there
# Of these i915 tells when what the CPU drew through the aperture has to be in memory.
APERTURE_LATE = ("ice-lake", "tiger-lake", "alder-lake-s", "alder-lake-n")

SHOWN = re.compile(
    r"kms_color@|kms_plane@(?!pixel-format-4-|.*ccs|.*clamping|.*-suspend)|"
    r"kms_plane_alpha_blend@|kms_plane_cursor@|kms_universal_plane@|kms_panel_fitting@|"
    r"kms_rotation_crc@(?!.*-4-tiled)|kms_cursor_crc@cursor-(?:alpha|dpms|size-change|"
    r"(?:onscreen|offscreen|random)-(?:64x64|256x85))")


def model_options(run):
    """The aperture; frames as long as their mode says, for kms_rotation_crc waits 50 ms for one."""
    return () if run.generation in APERTURE_LATE else ("--aperture", "exact")


def environment(run):
    """What the guest's script is told."""
    return {"LAB_TEST_SECONDS": 1200}


def prepare_run(run):
    """Put in the names of the tests."""
    igt.write_list(run, igt.FULL, SHOWN.search)


def check(run, checks):
    """Judge one run."""
    igt.check(run, checks, 50)
