#!/usr/bin/env python3
"""test_leftovers.py: an igdvm with every program beside it, ended at any moment, leaves
nothing, on this machine's own KVM.

usage: test_leftovers.py BUILD [--moments N] [--seed N]

A machine with a qcow2 disk, a tap, user networking, viewers and a control socket is sent
SIGTERM or killed (-9) at random moments from its exec to a guest that works, as another user, and
when all programs beside it were stopped; then no process of it may be there, no socket, no tap and
no file in /tmp. In a network and a /tmp of its own.
Exit status 77 (skipped) where there is no /dev/kvm or that is not allowed.
"""

import argparse
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import SKIPPED, Expectations, start  # noqa: E402

from igdlab import keeper  # noqa: E402  (kvm_guest sets the path)

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MOMENTS = 4
PATIENCE = 20     # seconds for igdvm to end
AFTERMATH = 5     # seconds for what it started to end
LONGEST = 4       # seconds to a moment, however slow this computer is now


def own_place():
    """Leave this computer's network and /tmp for empty ones; False when that is not allowed."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        return False
    quiet = {"capture_output": True, "check": False}
    return subprocess.run(["mount", "--make-rprivate", "/"], **quiet).returncode == 0 and \
        subprocess.run(["mount", "-t", "tmpfs", "none", "/tmp"], **quiet).returncode == 0


# Those beside a machine of this test; the kernel keeps 15 characters of a name.
PROGRAMS = {"igdvm-net", "igdvm-display", "qemu-storage-da"}


def processes():
    """{process: its name} of those in our network, which only they and we are in; zombies are
    not."""
    ours, found = os.readlink("/proc/self/ns/net"), {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(place / "ns/net") != ours:
                continue
            name, _, rest = (place / "stat").read_text().partition("(")[2].rpartition(") ")
        except OSError:
            continue
        if int(place.name) != os.getpid() and rest.split()[0] != "Z":
            found[int(place.name)] = name
    return found


def until(condition, seconds):
    """Wait until condition() is true; its last value."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return value


class Machine:
    """The igdvm that is ended, with all it may have."""

    def __init__(self, igdvm, folder):
        self.igdvm, self.log = igdvm, folder / "igdvm.log"
        self.serial = folder / "serial.log"
        # In /tmp, for short names.
        self.control, self.viewers = Path("/tmp/control"), Path("/tmp/viewers")
        self.boot, self.image = folder / "boot.img", folder / "disk.qcow2"
        self.boot.write_bytes(keeper.boot_disk(1))
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", self.image,
                        str(keeper.IMAGE_BYTES)], check=True)
        self.process = None

    def start(self, *options):
        self.serial.unlink(missing_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.igdvm, "run", "--memory", "64M", "--disk", f"{self.boot},ro",
                 "--disk", f"{self.image},format=qcow2", "--net", "tap,ifname=lab0,rom=none",
                 "--net", "user,rom=none", "--vnc", f"unix:{self.viewers}",
                 "--control", f"unix:{self.control}", "--serial", f"file:{self.serial}",
                 *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def said(self):
        return self.log.read_text(errors="replace")

    def works(self):
        """Has the guest flushed something?"""
        return self.serial.exists() and "flushed" in self.serial.read_text(errors="replace")

    def end(self, number):
        """Send a signal; the exit status, None when it does not end by itself."""
        self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def leftovers(self, killed):
        """What is there still, as soon as it is as little as it becomes. A killed igdvm cannot
        remove its sockets, and the image stays locked until the storage daemon ended."""
        left = {self.control.name, self.viewers.name} if killed else set()

        def found():
            files = {path.name for path in Path("/tmp").iterdir()} - left
            return [*processes().values(), *sorted(files),
                    *(["lab0"] if Path("/sys/class/net/lab0").exists() else [])]

        until(lambda: not found(), AFTERMATH)
        there = found()
        for path in (self.control, self.viewers):
            path.unlink(missing_ok=True)
        return there


def complain(status, number, after, said):
    """What is wrong with how it ended, or ""."""
    if number == signal.SIGKILL:
        return "" if status == -number else f"status {status}"
    # Until main() has taken the signal over, the kernel ends the program by it.
    if status == -number and not said and after < 0.05:
        return ""
    return "" if status == 0 else f"status {status}"


def try_moments(expect, machine, count, seed):
    begin = time.monotonic()
    machine.start()
    expect.true("the guest works", until(machine.works, 120), machine.said())
    whole = min((time.monotonic() - begin) * 1.2, LONGEST)
    expect.true("it ends at SIGTERM", machine.end(signal.SIGTERM) == 0, machine.said())
    expect.true("and leaves nothing", not machine.leftovers(False))
    moments, bad = random.Random(seed), []
    for turn in range(count):
        number = signal.SIGKILL if turn % 4 == 3 else signal.SIGTERM
        # Half of them before there is a guest: there most is made and started.
        after = moments.uniform(0, 0.15 if turn % 2 else whole)
        machine.start()
        time.sleep(after)
        status = machine.end(number)
        said = machine.said()
        wrong = complain(status, number, after, said)
        there = machine.leftovers(number == signal.SIGKILL)
        if wrong or there:
            bad.append(f"{signal.Signals(number).name} {after:.3f} s after the start: {wrong} "
                       f"left: {there}; said: {said}")
    expect.true(f"ended at {count} moments of {whole:.1f} s, seed {seed}: nothing is left", not bad,
                "\n".join(bad))


def stop_programs(expect, machine):
    """Stop all that is beside a machine; what it says of that, and when they go on."""
    def told(words):
        return [line for line in machine.said().splitlines() if words in line]

    beside = {process: name for process, name in processes().items() if name in PROGRAMS}
    for number, words in ((signal.SIGSTOP, "was stopped"), (signal.SIGCONT, "goes on"),
                          (signal.SIGSTOP, "was stopped")):
        so_far = len(told(words))
        for process in beside:
            os.kill(process, number)
        until(lambda: len(told(words)) >= so_far + len(beside), 10)
        said = told(words)[so_far:]
        expect.true(f"{len(beside)} programs: one line each that it {words}",
                    set(beside.values()) == PROGRAMS and len(said) == len(beside)
                    and all(f"(process {process})" in "".join(said) for process in beside), said)


def try_other_user(expect, machine):
    """As another user igdvm may neither end what it started as root, nor remove sockets here."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        machine.start("--user", "nobody")
        expect.true("a machine of user nobody runs", until(machine.control.exists, 20),
                    machine.said())
        status = machine.end(number)
        wrong = complain(status, number, LONGEST, machine.said())
        there = machine.leftovers(True)
        expect.true(f"{signal.Signals(number).name}: nothing is left", not wrong and not there,
                    f"{wrong} left: {there}" if wrong or there else "")


def try_stopped(expect, machine):
    """What was stopped does not outlive igdvm, nor keep it from ending."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        machine.start()
        expect.true("a machine runs", until(machine.control.exists, 20), machine.said())
        stop_programs(expect, machine)
        status = machine.end(number)
        wrong = complain(status, number, LONGEST, machine.said())
        there = machine.leftovers(number == signal.SIGKILL)
        expect.true(f"{signal.Signals(number).name} then: nothing is left", not wrong and not there,
                    f"{wrong} left: {there}" if wrong or there else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    sys.argv[1:] = [options.build]
    igdvm, folder = start(__doc__, "leftovers")
    for program in ("igdvm-display", "igdvm-net"):
        if not (igdvm.parent / program).exists():
            print(f"built without {program}")
            return SKIPPED
    for program in ("qemu-img", "qemu-storage-daemon"):
        if not shutil.which(program):
            print(f"{program} is not installed")
            return SKIPPED
    if not own_place():
        print("no namespaces to be had (not root)")
        return SKIPPED
    expect, machine = Expectations(), Machine(igdvm, folder)
    try_moments(expect, machine, options.moments, options.seed)
    try_other_user(expect, machine)
    try_stopped(expect, machine)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
