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
# Frames are as long as the mode says: kms_rotation_crc waits 50 ms for a flip, and no more.
APPEND = "log_buf_len=4M fbcon=map:1"  # a console would be drawn again after each test

SHOWN = re.compile(
    r"kms_color@|kms_plane@(?!pixel-format-4-|.*ccs|.*clamping|.*-suspend)|"
    r"kms_plane_alpha_blend@|kms_plane_cursor@|kms_universal_plane@|kms_panel_fitting@|"
    r"kms_rotation_crc@(?!.*-4-tiled)|kms_cursor_crc@cursor-(?:alpha|dpms|size-change|"
    r"(?:onscreen|offscreen|random)-(?:64x64|256x85))")


def environment(run):
    """What the guest's script is told."""
    return {"LAB_TEST_SECONDS": 1200}


def prepare_run(run):
    """Put in the names of the tests."""
    igt.write_list(run, igt.FULL, SHOWN.search)


def check(run, checks):
    """Judge one run."""
    igt.check(run, checks, 50)
