#!/usr/bin/env python3
"""test_control.py: a running machine, watched and ended by `igdvm ctl`, on this machine's
own KVM.

usage: test_control.py BUILD

Exit status 77 (skipped) where there is no /dev/kvm.
"""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import LIMIT, Expectations, Guest, start  # noqa: E402

from igdlab import prepare  # noqa: E402  (kvm_guest sets the path)

CLIENTS = 16
LINES = (
    (b"nonsense\n", False),
    (b"[1]\n", False),
    (b'{"do": 3}\n', False),
    (b'{"do": "dance"}\n', False),
    (b'{"do": "info", "id": {"any": [1, 2]}}\n', True),
)


class Machine:
    """igdvm with the guest that powers off at its button, and what it is asked."""

    def __init__(self, igdvm, folder, *options):
        self.igdvm, self.folder = igdvm, folder
        self.serial, self.log = folder / "serial.log", folder / "igdvm.log"
        self.serial.unlink(missing_ok=True)
        disk = folder / "disk.img"
        disk.write_bytes(prepare.flat_guest("button").read_bytes().ljust(1 << 20, b"\0"))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [igdvm, "run", "--memory", "64M", "--disk", disk,
                 "--serial", f"file:{self.serial}", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def listens(self, times=1):
        """Until the guest has come up so often; did it?"""
        return Guest.wait(lambda: self.serial.exists() and
                          self.serial.read_text().count("guest: listens") == times, LIMIT,
                          self.process)

    def ask(self, *words):
        return subprocess.run([self.igdvm, "ctl", *words], capture_output=True, text=True,
                              check=False)


def check_socket(expect, path):
    """What programs may send, and how much of it."""
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(path))
        answers = one.makefile("rb")
        for line, good in LINES:
            one.sendall(line)
            answer = json.loads(answers.readline())
            expect.true(f"{line}: {'done' if good else 'refused'}", answer["ok"] == good
                        and answer.get("status") == (None if good else 2), answer.get("error"))
        expect.true("the id comes back", answer["id"] == {"any": [1, 2]})
        with contextlib.ExitStack() as stack:
            others = []
            for _ in range(CLIENTS + 4):
                others.append(stack.enter_context(socket.socket(socket.AF_UNIX)))
                with contextlib.suppress(ConnectionError):
                    others[-1].connect(str(path))
                    others[-1].settimeout(10)
                    others[-1].sendall(b'{"do": "info"}\n')
            served = 0
            for other in others:
                with contextlib.suppress(ConnectionError):
                    served += bool(other.recv(1 << 16))
            expect.true(f"{CLIENTS} clients are answered at once, others let go",
                        served == CLIENTS - 1, served)
        one.sendall(b'{"do": "info"}\n')
        expect.true("the first still is", json.loads(answers.readline())["ok"])
        with contextlib.suppress(ConnectionError):
            one.sendall(b"x" * 5000)
            expect.true("an endless line ends the connection", answers.read() == b"")


def check_named(expect, igdvm, folder):
    name = f"test-{os.getpid()}"
    disc = folder / "disc.iso"
    disc.write_bytes(bytes(1 << 16))
    machine = Machine(igdvm, folder, "--name", name, "--cdrom", disc)
    expect.true("the guest is up", machine.listens())
    listed = json.loads(machine.ask("--json", "list").stdout)
    own = [one for one in listed if one.get("name") == name]
    expect.true("the machine is listed", len(own) == 1
                and own[0]["process"] == machine.process.pid)
    path = Path(own[0]["socket"])
    expect.true("its socket is its owner's alone", stat.S_IMODE(path.stat().st_mode) == 0o600)
    other = subprocess.run([igdvm, "run", "--name", name, "--memory", "64M", "--serial", "none"],
                           capture_output=True, text=True, check=False)
    expect.true("a second of that name is refused", other.returncode == 2
                and "another server is listening" in other.stderr, other.stderr.strip())
    info = json.loads(machine.ask("--json", name, "info").stdout)
    expect.true("info", info["cpus"] == 1 and info["memory_mib"] == 64
                and "piix4-pm" in info["devices"] and info["counters"]["exits"]["total"] > 0)
    check_socket(expect, path)
    expect.true("reset", machine.ask(name, "reset").returncode == 0 and machine.listens(2))
    said = machine.ask(name, "info").stdout
    expect.true("it is counted", "  resets: 1\n" in said)
    for words, text in ((("nobody", "info"), "no such machine"), ((name, "dance"), "no such comm"),
                        ((name, "stop", "now"), "1 arguments, expected 0"), ((name,), "expected"),
                        (("bad name", "info"), "neither a machine's name")):
        done = machine.ask(*words)
        expect.true(f"{words}: refused", done.returncode in (1, 2) and text in done.stderr,
                    done.stderr.strip())
    for words, status, text in (
            (("eject", "1"), 0, ""), (("eject", "5"), 2, "expected 1 to 4"),
            (("eject", "3"), 2, "optical drive 3: there are 1"),
            (("eject", "1", "now"), 2, "expected force"), (("eject", "1", "force"), 0, ""),
            (("insert", "1", "/nowhere.iso"), 2, "/nowhere.iso"), (("insert", "1", disc), 0, "")):
        done = machine.ask(name, *words)
        expect.true(f"{words}", done.returncode == status and text in done.stderr,
                    done.stderr.strip())
    expect.true("powerdown", machine.ask(name, "powerdown").returncode == 0)
    expect.true("the guest powers off, status 0", machine.process.wait(30) == 0)
    expect.true("no socket is left", not path.exists())
    expect.true("nobody is listed", name not in machine.ask("list").stdout)


def check_path(expect, igdvm, folder):
    path = folder / "socket"
    machine = Machine(igdvm, folder, "--control", f"unix:{path}")
    machine.listens()
    machine.process.kill()
    machine.process.wait()
    expect.true("a killed machine leaves its socket", path.exists())
    done = machine.ask(path, "info")
    expect.true("where nobody is", done.returncode == 1, done.stderr.strip())
    machine = Machine(igdvm, folder, "--control", f"unix:{path}")
    machine.listens()
    expect.true("the next one takes its place", machine.ask(path, "stop").returncode == 0)
    expect.true("stop ends it, status 0", machine.process.wait(30) == 0)
    expect.true("no socket is left", not path.exists())
    file = folder / "file"
    file.write_text("kept")
    machine = Machine(igdvm, folder, "--control", f"unix:{file}")
    expect.true("a file is not replaced", machine.process.wait(30) == 2
                and file.read_text() == "kept", machine.log.read_text().strip())


def check_notified(expect, igdvm, folder):
    """The service manager hears of the guest once it runs, and of nothing else."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.settimeout(LIMIT)
        os.environ["NOTIFY_SOCKET"] = str(folder / "notify")
        machine = Machine(igdvm, folder, "--control", f"unix:{folder / 'socket'}")
        del os.environ["NOTIFY_SOCKET"]
        expect.true("the service manager is told", manager.recv(100) == b"READY=1\n")
        machine.process.send_signal(signal.SIGINT)
        expect.true("it ends", machine.process.wait(30) == 0)
        manager.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            expect.true("once", not manager.recv(100))


def main():
    igdvm, folder = start(__doc__, "control")
    expect = Expectations()
    with tempfile.TemporaryDirectory(prefix="igdvm-control-") as short:
        check_named(expect, igdvm, Path(short))
        check_path(expect, igdvm, Path(short))
        check_notified(expect, igdvm, Path(short))
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
