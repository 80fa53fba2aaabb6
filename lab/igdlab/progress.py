"""Progress lines on standard error: "lab: [  12 s] text"."""

import sys
import time

_start = time.monotonic()


def say(text):
    """Print one progress line with the seconds since the start."""
    print(f"lab: [{time.monotonic() - _start:4.0f} s] {text}", file=sys.stderr, flush=True)
