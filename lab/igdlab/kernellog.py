"""Judges a guest's kernel log: warnings, errors and hangs that no one asked for."""

import re

# Lines that mean something went wrong.
COMPLAINTS = re.compile(r"WARNING: CPU|\*ERROR\*|BUG:|Oops|Call Trace|GPU HANG|"
                        r"i915 .*[Tt]im(?:ed ?)?out|soft lockup|wedged|flip_done")
# Those a hang on purpose causes, after this line.
PURPOSE = "igdvm: hang on purpose"
HANG = re.compile(r"GPU HANG|Resetting|context reset|engine reset|heartbeat")

# What a guest that is slower than its display says, and which is nobody's fault.
TIMING = re.compile(r"Atomic update failure on pipe")


def complaints(text):
    """The lines of a kernel log that are complaints."""
    found, hung = [], False
    for line in text.splitlines():
        hung = hung or PURPOSE in line
        if COMPLAINTS.search(line) and not (hung and HANG.search(line)):
            found.append(line.strip())
    return found


def check(run, checks, allowed=None):
    """Record that kernel.log of a run has no complaints but those `allowed` matches."""
    text = run.text("kernel.log")
    checks.true("the kernel log is complete", text.count("\n") > 100 and "Linux version" in text,
                f"{text.count(chr(10))} lines")
    found = [line for line in complaints(text) if not (allowed and allowed.search(line))]
    checks.true("no WARN, no *ERROR* in the kernel log", not found,
                f"{len(found)} lines; " + " | ".join(found[:4]) if found else "")
