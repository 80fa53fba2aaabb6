#!/usr/bin/env python3
"""test_optical.py: SeaBIOS boots a disc on this machine's own KVM.

usage: test_optical.py BUILD

A boot sector on the disc writes to the serial port, resets the machine, and powers it off
at the second boot. Exit status 77 (skipped) where there is no /dev/kvm.
"""

import subprocess
import sys

sys.dont_write_bytecode = True
from kvm_guest import LIMIT, Expectations, start  # noqa: E402

from igdlab import iso9660, prepare  # noqa: E402  (kvm_guest sets the path)

# What it is for, discs and disks, options, lines of the firmware's in their order, boots.
RUNS = (
    ("default", ("--disk", "@empty", "--cdrom", "@disc"), (),
     ("Booting from Hard Disk", "not a bootable disk", "Booting from DVD/CD"), 2),
    ("chosen", ("--disk", "@disk", "--cdrom", "none", "--cdrom", "@disc"),
     ("--boot", "cdrom2,disk"), ("Booting from DVD/CD",), 2),
    ("ejected", ("--disk", "@disk", "--cdrom", "none"), ("--boot", "cdrom,disk"),
     ("Booting from DVD/CD", "Booting from Hard Disk"), 1),
)


def guest(last):
    """The boot sector that powers off at its last boot."""
    return prepare.flat_guest("reboot", f"LAST={last}").read_bytes()


def check(expect, igdvm, folder, run):
    name, media, options, lines, boots = run
    files = {"@empty": bytes(1 << 20), "@disk": guest(1).ljust(1 << 20, b"\0"),
             "@disc": iso9660.image({"BOOT.BIN": guest(2)})}
    words = []
    for word in media:
        path = folder / f"{name}-{word[1:]}"
        if word in files:
            path.write_bytes(files[word])
        words.append(path if word in files else word)
    serial, log = folder / f"{name}-serial.log", folder / f"{name}-firmware.log"
    done = subprocess.run(
        [igdvm, "run", "--memory", "64M", *words, *options, "--serial", f"file:{serial}",
         "--boot-retry", "never", "--debug-console", f"file:{log}"],
        capture_output=True, text=True, timeout=LIMIT, check=False)
    expect.true(f"{name}: the guest powered off", done.returncode == 0, done.stderr.strip())
    firmware, at = log.read_text(errors="replace"), 0
    for line in lines:
        at = firmware.find(line, at)
        expect.true(f"{name}: {line}", at >= 0)
    said = [line for line in serial.read_text().splitlines() if line.startswith("boot ")]
    expect.true(f"{name}: boots", len(said) == boots and said[-1].endswith("power off"), said)


def main():
    igdvm, folder = start(__doc__, "optical")
    expect = Expectations()
    for run in RUNS:
        check(expect, igdvm, folder, run)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
