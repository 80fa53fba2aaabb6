#!/usr/bin/env python3
"""test_sandbox.py: what is left to a running machine, on this machine's own KVM.

usage: test_sandbox.py BUILD

Every thread of igdvm, with the model assigned and a disk, has a filter and no capabilities, and
so have the programs beside it; a call that one of them may not make ends it with a line. The
guest resets and powers off all the same. Exit status 77 (skipped) where there is no
/dev/kvm.
"""

import json
import os
import re
import signal
import socket
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import strange_call  # noqa: E402
from kvm_guest import LIMIT, Expectations, Guest, start  # noqa: E402
from test_control import Machine  # noqa: E402

READY = "guest: listens"
HELPERS = {"display": "igdvm-display", "network": "igdvm-net"}
NOBODY = 65534
WEB_SOCKET = (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
              b"Sec-WebSocket-Protocol: binary\r\nOrigin: http://x\r\n\r\n")


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


class Plain(Machine):
    """A machine without a GPU to assign, but with programs beside it."""

    def __init__(self, igdvm, folder):
        self.stats = folder / "stats.json"
        super().__init__(igdvm, folder, "--cpus", "2", "--display", "vga", "--vnc",
                         f"unix:{folder}/vnc", "--net", "user,rom=none", f"--stats={self.stats}")

    def helpers(self):
        """{kind of thread: process} of the programs beside igdvm."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        children = [int(word) for task in tasks.iterdir()
                    for word in (task / "children").read_text().split()]
        names = {one: Path(f"/proc/{one}/comm").read_text().strip() for one in children}
        return {kind: one for one, name in names.items() for kind, program in HELPERS.items()
                if name == program[:15]}

    def thread(self, kind):
        """A thread of that kind."""
        if kind in HELPERS:
            return self.helpers()[kind]
        name = {"vCPU": "vcpu0", "main": "igdvm"}[kind]
        return next(int(task.name) for task in Path(f"/proc/{self.process.pid}/task").iterdir()
                    if (task / "comm").read_text().strip() == name)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def check_helpers(expect, igdvm, folder):
    machine = Plain(igdvm, folder)
    expect.true("programs beside: the guest is up", machine.listens(), machine.log.read_text())
    found = machine.helpers()
    expect.true("a display and a network", set(found) == set(HELPERS), found)
    for kind, process in found.items():
        status = dict(re.split(r":\s*", line, maxsplit=1) for line in
                      Path(f"/proc/{process}/status").read_text().splitlines())
        expect.true(f"{kind}: a filter, no capabilities, no new privileges, not root",
                    status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
                    and int(status["CapEff"], 16) == 0 and status["Uid"].split()[1] != "0")
    with socket.socket(socket.AF_UNIX) as browser:
        browser.connect(str(folder / "vnc"))
        browser.sendall(WEB_SOCKET)
        browser.settimeout(10)
        answer = browser.recv(1 << 12)
    expect.true("a viewer in a browser is answered, with a hash the filter leaves room for",
                answer.startswith(b"HTTP/1.1 101") and machine.helpers() == found, answer)
    expect.true("it powers off, status 0", machine.end() == 0)
    expect.true("the viewers' socket is gone", not (folder / "vnc").exists())
    sandbox = json.loads(machine.stats.read_text())["sandbox"]
    told = {one["program"]: one for one in sandbox.get("helpers", [])}
    expect.true("--stats tells of them", set(told) == set(HELPERS.values()) and all(
        one["filter"] and one["no_new_privileges"] and one["capabilities"] == 0
        and one["user"] == (os.getuid() or NOBODY) for one in told.values()), told)


def check_forbidden(expect, igdvm, folder):
    """Each thread is made to call what it never does."""
    for kind in (*HELPERS, "vCPU", "main"):
        machine = Plain(igdvm, folder)
        expect.true(f"a {kind} thread: the guest is up", machine.listens())
        try:
            strange_call.make(machine.thread(kind))
        except PermissionError:
            print(f"a {kind} thread: this user may not look into it")
            machine.end()
            continue
        line = f"sandbox: a {kind} thread made the system call execve (59), which it may not"
        told = Guest.wait(lambda line=line, log=machine.log: line in log.read_text(), 10,
                          machine.process)
        expect.true(f"{kind}: a call it may not make ends it with a line", told,
                    machine.log.read_text())
        if kind in HELPERS:
            expect.true("the guest goes on, and powers off", machine.end() == 0)
        else:
            expect.true("igdvm ends, status 3", machine.process.wait(30) == 3)


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
    with tempfile.TemporaryDirectory(prefix="igdvm-sandbox-") as short:
        Path(short).chmod(0o755)
        check_helpers(expect, igdvm, Path(short))
        check_forbidden(expect, igdvm, Path(short))
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
