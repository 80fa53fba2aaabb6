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


def open_files(process):
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def ask_with(path, request, *descriptors):
    """The answer to a request with descriptors."""
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(path))
        line = json.dumps(request).encode() + b"\n"
        socket.send_fds(one, [line], descriptors)
        return json.loads(one.makefile("rb").readline())


def check_descriptors(expect, machine, path, disc):
    """Files come open: whoever could read them is not asked again, and no other is taken."""
    insert = {"do": "insert", "drive": "1", "file": str(disc)}
    wrong = "not that of a regular file or a block device"
    read_end, write_end = os.pipe()
    good = os.open(disc, os.O_RDONLY)
    folder = os.open(disc.parent, os.O_RDONLY)
    writable = os.open(disc, os.O_RDWR)
    bare = os.open(disc, os.O_PATH)
    machine.ask(path, "info")
    before = open_files(machine.process)
    for what, descriptors, text in (
            ("none", (), "no descriptor came"), ("two", (good, good), "more than one"),
            ("many", (good,) * 200, "more than one"), ("a pipe", (read_end,), wrong),
            ("a directory", (folder,), wrong), ("one to write", (writable,), wrong),
            ("one without access", (bare,), wrong)):
        answer = ask_with(path, insert, *descriptors)
        expect.true(f"a disc, {what}: refused", not answer["ok"] and answer["status"] == 2
                    and text in answer["error"], answer.get("error"))
    answer = ask_with(path, {"do": "screenshot"}, write_end)
    expect.true("a screenshot into a pipe: refused", answer.get("status") == 2
                and "not that of a regular file" in answer["error"], answer.get("error"))
    machine.ask(path, "info")
    expect.true("nothing stays open", open_files(machine.process) == before)
    expect.true("a disc that comes open is taken", ask_with(path, insert, good)["ok"])
    for fd in (read_end, write_end, good, folder, writable, bare):
        os.close(fd)


def check_other_user(expect, igdvm, folder):
    """A machine of another user gets a disc that user cannot reach."""
    if os.getuid() != 0:
        return
    disc, path = folder / "hidden.iso", folder / "socket"
    disc.write_bytes(bytes(1 << 16))
    disc.chmod(0o600)
    machine = Machine(igdvm, folder, "--control", f"unix:{path}", "--user", "nobody",
                      "--cdrom", "none")
    expect.true("the guest is up", machine.listens())
    done = machine.ask(path, "insert", "1", disc)
    expect.true("a disc its user cannot read is put in by root", done.returncode == 0,
                done.stderr.strip())
    machine.ask(path, "stop")
    expect.true("stop ends it, status 0", machine.process.wait(30) == 0)


def check_named(expect, igdvm, folder):
    name = f"test-{os.getpid()}"
    disc = folder / "disc.iso"
    disc.write_bytes(bytes(1 << 16))
    machine = Machine(igdvm, folder, "--name", name, "--cdrom", disc, "--balloon")
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
                and "a machine of this name runs already" in other.stderr, other.stderr.strip())
    info = json.loads(machine.ask("--json", name, "info").stdout)
    expect.true("info", info["cpus"] == 1 and info["memory_mib"] == 64
                and "piix4-pm" in info["devices"] and info["counters"]["exits"]["total"] > 0)
    check_socket(expect, path)
    check_descriptors(expect, machine, path, disc)
    expect.true("reset", machine.ask(name, "reset").returncode == 0 and machine.listens(2))
    said = machine.ask(name, "info").stdout
    expect.true("it is counted", "  resets: 1\n" in said)
    for words, text in ((("nobody", "info"), "no such machine"), ((name, "dance"), "no such comm"),
                        ((name, "stop", "now"), "1 argument, expected 0"), ((name,), "expected"),
                        (("bad name", "info"), "neither a machine's name")):
        done = machine.ask(*words)
        expect.true(f"{words}: refused", done.returncode in (1, 2) and text in done.stderr,
                    done.stderr.strip())
    for words, status, text in (
            (("eject", "1"), 0, ""), (("eject", "5"), 2, "expected 1 to 4"),
            (("eject", "3"), 2, "optical drive 3: there is 1"),
            (("eject", "1", "now"), 2, "expected force"), (("eject", "1", "force"), 0, ""),
            (("insert", "1", "/nowhere.iso"), 2, "/nowhere.iso"),
            (("insert", "1", "/tmp"), 2, "/tmp: neither a regular file nor a block device"),
            (("balloon", "999G"), 2, "balloon 999G: more than the machine's memory"),
            (("insert", "1", disc), 0, "")):
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
        check_other_user(expect, igdvm, Path(short))
        check_notified(expect, igdvm, Path(short))
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
