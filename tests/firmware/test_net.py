#!/usr/bin/env python3
"""test_net.py: a virtio NIC on a tap, on this machine's own KVM: a guest that pings.

usage: test_net.py BUILD

In a network of its own, so that nothing of this computer's is touched. Exit status 77
(skipped) where there is no /dev/kvm or no such network; the scenario net of the lab has a
Linux guest on a tap, and more.
"""

import ctypes
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import kvm_guest  # noqa: E402

from igdlab import prepare  # noqa: E402  (kvm_guest set the path)

CLONE_NEWNET = 0x40000000
COUNT = 32   # frames of each pattern
PATTERNS = 5
LIMIT = 90   # seconds for one guest
NIC = "tap,ifname=lab0,mac=02:00:00:00:00:07,rom=none"


def own_network():
    """Leave this computer's network for an empty one; False when that is not allowed."""
    return ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0


class Guest:
    """igdvm with the guest that pings on a tap, which has the address it pings."""

    def __init__(self, igdvm, folder, image, net):
        folder.mkdir()
        self.serial, self.log = folder / "serial.log", folder / "igdvm.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [igdvm, "run", "--memory", "256M", "--disk", f"{image},ro", "--no-reboot",
                 "--serial", f"file:{self.serial}", "--net", net],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.wait(lambda: subprocess.run(
            ["ip", "addr", "add", "10.77.0.1/24", "dev", "lab0"], capture_output=True,
            check=False).returncode == 0, 20)

    def wait(self, condition, seconds=LIMIT):
        """Until condition() holds, as long as igdvm runs; does it?"""
        return kvm_guest.Guest.wait(condition, seconds, self.process)

    def lines(self):
        """What the guest told so far, whole lines."""
        text = self.serial.read_text(errors="replace") if self.serial.exists() else ""
        return [line for line in text.replace("\r", "").split("\n")[:-1] if line]

    def said(self):
        """What igdvm said."""
        return self.log.read_text(errors="replace")

    def end(self):
        """End igdvm; its exit status."""
        self.process.terminate()
        self.process.terminate()
        return self.process.wait(20)


def try_pings(expect, igdvm, folder, image):
    """All patterns, on a tap with several queues; the guest compares the answers."""
    guest = Guest(igdvm, folder / "pings", image, f"{NIC},queues=2")
    guest.wait(lambda: len(guest.lines()) == PATTERNS)
    try:
        guest.process.wait(10)
    except subprocess.TimeoutExpired:
        pass
    lines = guest.lines()
    expect.true("the patterns' times", len(lines) == PATTERNS
                and all(re.fullmatch("[0-9a-f]{16}", line) for line in lines), lines)
    expect.true("the guest reset the PC, which ended igdvm",
                guest.process.poll() == 0, guest.process.poll())
    if guest.process.poll() is None:
        guest.end()


def try_deletion(expect, igdvm, folder, image):
    """The tap is deleted while frames are on their way."""
    guest = Guest(igdvm, folder / "deletion", image, NIC)
    expect.true("the guest pings", guest.wait(lambda: len(guest.lines()) >= 1), guest.lines())
    subprocess.run(["ip", "link", "del", "lab0"], check=True)
    guest.wait(lambda: "is gone" in guest.said(), 10)
    time.sleep(0.5)
    said = [line for line in guest.said().splitlines() if "is gone" in line]
    expect.true("one line tells that the tap is gone", len(said) == 1 and "tap lab0" in said[0],
                said)
    expect.true("igdvm goes on", guest.process.poll() is None, guest.process.poll())
    expect.true("and ends in order", guest.end() == 0, guest.said()[-200:])


def main():
    igdvm, folder = kvm_guest.start(__doc__, "net")
    image = folder / "pings.img"
    image.write_bytes(prepare.flat_guest("pings", f"COUNT={COUNT}").read_bytes()
                      .ljust(prepare.FLAT_BYTES, b"\0"))
    if not own_network():
        print("no network namespace to be had (not root): the scenario net covers the same")
        return kvm_guest.SKIPPED
    expect = kvm_guest.Expectations()
    try_pings(expect, igdvm, folder, image)
    # Enough of them that some are on their way.
    image.write_bytes(prepare.flat_guest("pings").read_bytes()
                      .ljust(prepare.FLAT_BYTES, b"\0"))
    try_deletion(expect, igdvm, folder, image)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
