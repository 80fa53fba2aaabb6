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
    """[(seed, boot, steps)] from the debug console, steps in units of 256.

    The guest's random writes reach the console, too: a few dots are not its own.
    """
    found = re.split(r"hostile seed ([0-9a-f]{8}) boot ([0-9a-f]{8}): ", text)[1:]
    told = []
    for seed, boot, rest in zip(found[::3], found[1::3], found[2::3], strict=True):
        dots = re.split(r" done\n|SeaBIOS \(version", rest)[0].count(".")
        told.append((int(seed, 16), int(boot, 16), min(dots, STEPS // 256 + 1)))
    return told


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
