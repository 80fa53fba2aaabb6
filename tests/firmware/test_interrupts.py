#!/usr/bin/env python3
"""test_interrupts.py: the GPU's interrupts in a guest, on this machine's own KVM.

usage: test_interrupts.py BUILD

A boot sector takes vertical blank interrupts by INTx, by MSI, and by INTx again, with the
model assigned over vfio-user. Then the same with the local APIC's page in place of its
registers, with a GPU whose messages can be masked, and with the model killed meanwhile. Exit status 77 (skipped) where there is no
/dev/kvm.
"""

import json
import sys

sys.dont_write_bytecode = True
from kvm_guest import Expectations, Guest, start  # noqa: E402

PHASES = ("INTx 50 ok", "MSI 50 ok", "INTx again 50 ok", "quiet ok")


def check_interrupts(expect, guest, *defines):
    how = f" ({', '.join(defines)})" if defines else ""
    guest.start("interrupts", *defines)
    status = guest.finish()
    lines = guest.text("serial.log").splitlines()
    phases = PHASES + (("MSI unmasked 50 ok",) if "GEN12" in defines else ())
    for phase in phases:
        expect.true(phase + how, phase in lines)
    for line in lines:
        if line not in phases:
            print(f"     the guest said: {line}")
    expect.true("igdvm ends with status 0", status == 0, status)
    if status != 0:
        print(guest.text("igdvm.log"))
        return
    device = json.loads(guest.text("stats.json"))["device"]
    expect.true("set up as often as the guest switched", device["interrupts_set_up"] >= 3,
                device["interrupts_set_up"])
    expect.true("acknowledged through the I/O BAR", device["bars"][4]["trapped_reads"] >= 150,
                device["bars"][4])


def check_killed_model(expect, guest):
    guest.start("interrupts")
    running = guest.wait(lambda: PHASES[0] in guest.text("serial.log"), 60, guest.process)
    expect.true("the guest runs when its model is killed", running)
    guest.model.kill()
    guest.model.wait()
    status = guest.finish(20)
    expect.true("igdvm ends with status 3", status == 3, status)
    errors = [line for line in guest.text("igdvm.log").splitlines() if "error" in line]
    expect.true("and one line", len(errors) == 1, "\n".join(errors))
    expect.true("which names the device and what happened",
                errors and f"vfio-user:{guest.socket}" in errors[0]
                and "server went away" in errors[0])


def main():
    igdvm, folder = start(__doc__, "interrupts")
    expect = Expectations()
    with Guest(igdvm, folder / "x2apic") as guest:
        check_interrupts(expect, guest)
    with Guest(igdvm, folder / "no-x2apic") as guest:
        check_interrupts(expect, guest, "NO_X2APIC")
    with Guest(igdvm, folder / "masked", "alder-lake-s", "upt") as guest:
        check_interrupts(expect, guest, "GEN12")
    with Guest(igdvm, folder / "killed-model") as guest:
        check_killed_model(expect, guest)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
