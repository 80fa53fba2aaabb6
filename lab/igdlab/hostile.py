"""The guest that writes random values everywhere: its disks, and what it said."""

import re
import struct

from . import prepare

STEPS = 30000           # in one boot, after which it resets itself
SCRATCH_BYTES = 1 << 20


def disk(seed, steps=STEPS):
    """Its boot disk; attached read-only, or it would not boot for long."""
    return prepare.flat_disk("hostile", parameters=struct.pack("<II", seed, steps))


def boots(text):
    """[(seed, boot, steps)] from the debug console, steps in units of 256."""
    found = re.findall(r"hostile seed ([0-9a-f]{8}) boot ([0-9a-f]{8}): (.*)", text)
    return [(int(seed, 16), int(boot, 16), dots.count(".")) for seed, boot, dots in found]


def orderly(status, log):
    """Did igdvm end as documented? "" or what is wrong."""
    for sign in ("AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion"):
        if sign in log:
            at = log.index(sign)
            return log[max(0, at - 100):at + 2000]
    if status == 0:
        return ""
    errors = [line for line in log.splitlines() if "igdvm: error" in line]
    if status == 3 and len(errors) == 1 and re.search(
            r"KVM cannot emulate an instruction|the processor refused to enter", errors[0]):
        return ""
    return f"status {status}: {' | '.join(log.splitlines()[-3:])}"
