#!/usr/bin/env python3
"""test_ending.py: signals end a machine, on this machine's own KVM.

usage: test_ending.py BUILD

A guest that powers off at its power button, one that does not, and firmware, which has
none; then SIGTERM at 30 moments from exec to a guest that waits, with one server of the GPU
for all of them. Exit status 77 (skipped) where there is no /dev/kvm.
"""

import random
import signal
import sys
import time

sys.dont_write_bytecode = True
from kvm_guest import LIMIT, Expectations, Guest, start  # noqa: E402

READY = "guest: listens"
PRESSED = "guest: power button pressed"
MOMENTS = 30
LONGEST = 4  # seconds to one of them, however slow this computer is now


def send(guest, number, seconds=20):
    """Send a signal; how long igdvm took to end, its status and what it said."""
    begin = time.monotonic()
    guest.process.send_signal(number)
    status = guest.finish(seconds)
    return time.monotonic() - begin, status, guest.text("igdvm.log")


def boot(expect, guest, what, *defines, options=()):
    guest.start("button", *defines, options=options)
    ready = guest.wait(lambda: READY in guest.text("serial.log"), LIMIT, guest.process)
    expect.true(f"{what}: the guest listens", ready)


def check_guests(expect, guest):
    boot(expect, guest, "SIGTERM")
    took, status, said = send(guest, signal.SIGTERM)
    expect.true("SIGTERM presses its power button", PRESSED in guest.text("serial.log"))
    expect.true("it powers off, status 0", status == 0 and "asked the guest" in said,
                f"{status} after {took:.1f} s")

    boot(expect, guest, "SIGHUP", "DEAF", options=("--stop-timeout", "6"))
    took, status, said = send(guest, signal.SIGHUP)
    expect.true("SIGHUP presses its power button", PRESSED in guest.text("serial.log"))
    expect.true("it is stopped when its time is over", status == 0 and 6 <= took < 12
                and said.count("within 6 s") == 1, f"{status} after {took:.1f} s")

    boot(expect, guest, "two signals", "DEAF")
    guest.process.send_signal(signal.SIGTERM)
    guest.wait(lambda: PRESSED in guest.text("serial.log"), 10, guest.process)
    took, status, said = send(guest, signal.SIGTERM)
    expect.true("the second stops it at once", status == 0 and took < 2,
                f"{status} after {took:.1f} s")

    for what, number, options in (("SIGINT", signal.SIGINT, ()),
                                  ("--stop-timeout 0", signal.SIGTERM, ("--stop-timeout", "0"))):
        boot(expect, guest, what, options=options)
        took, status, said = send(guest, number)
        expect.true("stops it at once", status == 0 and took < 2
                    and PRESSED not in guest.text("serial.log"), f"{status} after {took:.1f} s")

    guest.run()
    guest.wait(lambda: "No bootable device" in guest.text("firmware.log"), LIMIT, guest.process)
    took, status, said = send(guest, signal.SIGTERM)
    expect.true("SIGTERM stops firmware, which has no button, at once", status == 0 and took < 2
                and "does not listen" in said, f"{status} after {took:.1f} s")


def check_moments(expect, guest):
    """SIGTERM at any moment: status 0, and the GPU's server takes the next client."""
    begin = time.monotonic()
    boot(expect, guest, "to take the time")
    whole = min((time.monotonic() - begin) * 1.2, LONGEST)
    expect.true("ends", send(guest, signal.SIGTERM)[1] == 0)
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    bad = []
    for number in range(MOMENTS):
        # A third of them before there is a guest: that is the shortest part.
        after = moments.uniform(0, 0.05 if number % 3 == 0 else whole)
        guest.start("button")
        time.sleep(after)
        _, status, said = send(guest, signal.SIGTERM)
        # Until main() has taken the signal over, the kernel ends the program by it.
        if status != 0 and not (status == -signal.SIGTERM and not said and after < 0.01):
            bad.append(f"{status} {after:.3f} s after the start: {said}")
    expect.true(f"SIGTERM at {MOMENTS} moments of the first {whole:.1f} s ends with status 0", not bad,
                "\n".join([f"seed {seed}", *bad]))
    boot(expect, guest, "afterwards, with the same server")
    expect.true("ends", send(guest, signal.SIGTERM)[1] == 0)


def main():
    igdvm, folder = start(__doc__, "ending")
    expect = Expectations()
    with Guest(igdvm, folder / "guests") as guest:
        check_guests(expect, guest)
    with Guest(igdvm, folder / "moments") as guest:
        check_moments(expect, guest)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
