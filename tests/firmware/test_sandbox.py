#!/usr/bin/env python3
"""test_sandbox.py: what is left to a running machine, on this machine's own KVM.

usage: test_sandbox.py BUILD

Every thread of igdvm, with the model assigned and a disk, has a filter and no capabilities;
the guest resets and powers off all the same. Exit status 77 (skipped) where there is no
/dev/kvm.
"""

import json
import os
import re
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import LIMIT, Expectations, Guest, start  # noqa: E402

READY = "guest: listens"


def threads(process):
    """{name of a thread: its status as the kernel tells it} for all of a process."""
    found = {}
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found[(task / "comm").read_text().strip()] = dict(
            re.split(r":\s*", line, maxsplit=1) for line in lines)
    return found


def boot(expect, guest, what, *options):
    guest.start("button", cpus=2, options=options)
    ready = guest.wait(lambda: READY in guest.text("serial.log"), LIMIT, guest.process)
    expect.true(f"{what}: the guest is up", ready, "" if ready else guest.text("igdvm.log"))


def end(expect, guest):
    guest.process.send_signal(signal.SIGTERM)
    status = guest.finish(30)
    expect.true("it powers off, status 0", status == 0, guest.text("igdvm.log")
                if status else status)
    return json.loads(guest.text("stats.json"))["sandbox"] if status == 0 else {}


def check_on(expect, guest):
    boot(expect, guest, "on")
    found = threads(guest.process)
    expect.true("a main thread and two vCPUs", {"igdvm", "vcpu0", "vcpu1"} <= set(found),
                ", ".join(sorted(found)))
    for name, status in found.items():
        expect.true(f"{name}: a filter, no capabilities, no new privileges",
                    status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
                    and all(int(status[key], 16) == 0 for key in ("CapEff", "CapPrm", "CapInh")))
    told = end(expect, guest)
    expect.true("--stats tells of it", told.get("mode") == "on" and told["capabilities"] == 0
                and told["user"] == os.getuid() and told["open_files"]["kvm-vm"] == 1
                and told["system_calls"]["disk"] < told["system_calls"]["vCPU"], told)


def check_off(expect, guest):
    boot(expect, guest, "off", "--sandbox", "off")
    for name in ("igdvm", "vcpu0"):
        expect.true(f"{name}: no filter", threads(guest.process)[name]["Seccomp"] == "0")
    expect.true("--stats tells of it", end(expect, guest) == {"mode": "off"})


def check_user(expect, guest):
    if os.getuid() != 0:
        return
    boot(expect, guest, "another user", "--user", "nobody")
    for name, status in threads(guest.process).items():
        expect.true(f"{name}: is nobody", set(status["Uid"].split()) == {"65534"}
                    and status["Groups"] == "", status["Uid"])
    end(expect, guest)


def main():
    igdvm, folder = start(__doc__, "sandbox")
    expect = Expectations()
    with Guest(igdvm, folder / "guests") as guest:
        check_on(expect, guest)
        check_off(expect, guest)
        check_user(expect, guest)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
