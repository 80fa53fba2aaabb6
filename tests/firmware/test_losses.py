#!/usr/bin/env python3
"""test_losses.py: what a machine at work can lose, on this machine's own KVM.

usage: test_losses.py BUILD

Its image or its kernel is cut, the server of its disk dies or is stopped, its logs' disk is full, the server of
its GPU or the network of a NIC without a driver dies: it is told of, and the guest goes on where
it can. What else a machine can lose is in test_net.py (a tap), test_display.py (viewers,
igdvm-display), test_data_safety.py (room for writes) and the scenarios net (igdvm-net) and display
(a keyboard). Exit status 77 (skipped) where there is no /dev/kvm.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import LIMIT, Expectations, Guest, start  # noqa: E402

from igdlab import keeper  # noqa: E402  (kvm_guest sets the path)

GOES_ON = 20  # seconds for another line of the guest
ENDS = 40     # seconds for igdvm to end


class Machine:
    """igdvm with a flat guest, usually the one that writes, flushes and reads its disk in
    rounds and tells of each."""

    def __init__(self, igdvm, folder, name, *options, guest=None):
        self.folder = folder / name
        self.folder.mkdir()
        self.serial, self.log = self.folder / "serial.log", self.folder / "igdvm.log"
        boot = self.folder / "boot.img"
        boot.write_bytes(guest or keeper.boot_disk(1, "READS"))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [igdvm, "run", "--memory", "64M", "--disk", f"{boot},ro",
                 "--serial", f"file:{self.serial}", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def wait(self, condition, seconds=LIMIT):
        """Until condition() holds, as long as igdvm runs; does it?"""
        return Guest.wait(condition, seconds, self.process)

    def told(self, word):
        """How many lines of the guest begin with a word."""
        text = self.serial.read_text(errors="replace") if self.serial.exists() else ""
        return text.count(f"{word} ")

    def tells_more(self, word):
        """Does the guest go on to tell this?"""
        so_far = self.told(word)
        return self.wait(lambda: self.told(word) > so_far + 2, GOES_ON)

    def lines(self, words):
        """igdvm's lines with these words."""
        return [line for line in self.log.read_text(errors="replace").splitlines()
                if words in line]

    def child(self, name):
        """The process of this name that igdvm started."""
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            # The kernel keeps 15 characters of a name.
            if Path(f"/proc/{child}/comm").read_text().strip() == name[:15]:
                return int(child)
        raise SystemExit(f"igdvm has no child {name}; see {self.log}")

    def end(self):
        """SIGTERM; the exit status and the seconds it took."""
        begin = time.monotonic()
        self.process.terminate()
        try:
            return self.process.wait(ENDS), time.monotonic() - begin
        except subprocess.TimeoutExpired:
            return None, ENDS


def raw_disk(folder, name):
    """An empty image."""
    path = folder / f"{name}.img"
    with open(path, "wb") as file:
        file.truncate(keeper.IMAGE_BYTES)
    return path


def expect_end(expect, machine):
    status, seconds = machine.end()
    expect.true("igdvm ends at SIGTERM, status 0", status == 0, f"{status} after {seconds:.1f} s")


def try_cut_image(expect, igdvm, folder):
    """There is no room for what the firmware says. Then somebody truncates the
    image: what is not there cannot be read, all else goes on."""
    image = raw_disk(folder, "cut")
    with Machine(igdvm, folder, "cut", "--disk", image, "--debug-console",
                 "file:/dev/full") as machine:
        expect.true("a guest writes, flushes and reads", machine.wait(lambda: machine.told("flushed"))
                    and machine.tells_more("flushed") and not machine.told("unread"))
        os.truncate(image, 0)
        expect.true("its image is cut: reads fail", machine.tells_more("unread"))
        expect.true("writes go on", machine.tells_more("flushed") and not machine.told("failed"))
        time.sleep(1)
        said = machine.lines("failed: Input/output error")
        expect.true("a few lines tell of it", 1 <= len(said) <= 8 and machine.told("unread") > 8,
                    said[:1])
        said = machine.lines("lost from here on: No space left on device")
        expect.true("no room for the firmware's words is told of once", len(said) == 1, said)
        expect_end(expect, machine)


def small_kernel(size):
    """A bzImage whose setup code says so on COM1 and resets the machine; size bytes follow it."""
    code = bytes.fromhex("0e 1f be c0 00"  # DS: this segment; what to say
                         "ac 84 c0 74 06 ba f8 03 ee eb f5"  # each byte to COM1
                         "ba f9 0c b0 06 ee f4 eb fd")  # reset by port 0xcf9
    setup = bytearray(5 * 512)
    setup[0x1f1] = 4
    setup[0x1f4:0x1f8] = (size // 16).to_bytes(4, "little")
    setup[0x1fe:0x206] = b"\x55\xaa\xeb\x7eHdrS"
    setup[0x206:0x208] = (0x202).to_bytes(2, "little")
    setup[0x211] = 1
    setup[0x280:0x280 + len(code)] = code
    setup[0x2c0:0x2cb] = b"kernel up\r\n"
    return bytes(setup) + bytes(size)


def try_cut_kernel(expect, igdvm, folder):
    """The file is read again at each start of the guest."""
    path = folder / "kernel.img"
    path.write_bytes(small_kernel(1 << 16))
    with Machine(igdvm, folder, "kernel", "--kernel", str(path)) as machine:
        expect.true("a kernel starts the guest", machine.wait(lambda: machine.told("kernel")))
        os.truncate(path, 8192)
        expect.true("igdvm tells that its file was cut", machine.wait(
            lambda: machine.lines(f"{path}: was cut short")))
        so_far = machine.told("kernel")
        expect.true("the guest goes on", machine.wait(lambda: machine.told("kernel") > so_far))
        expect.true("once", len(machine.lines("cut short")) == 1, machine.lines("cut short"))
        expect_end(expect, machine)


def make_qcow2(folder, name):
    image = folder / f"{name}.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, str(keeper.IMAGE_BYTES)],
                   check=True)
    return f"{image},format=qcow2"


def try_dead_server(expect, igdvm, folder):
    """The storage daemon is killed: reads and writes fail, the guest goes on."""
    with Machine(igdvm, folder, "dead", "--disk", make_qcow2(folder, "dead")) as machine:
        expect.true("a guest works on a server's disk", machine.wait(lambda: machine.told("flushed")))
        os.kill(machine.child("qemu-storage-daemon"), signal.SIGKILL)
        expect.true("its server is killed: its requests fail, it goes on",
                    machine.tells_more("failed") and machine.tells_more("unread"))
        said = machine.lines("its server went away")
        expect.true("one line tells of it", len(said) == 1 and len(machine.lines("failed:")) == 0,
                    said)
        expect_end(expect, machine)


def try_stopped_server(expect, igdvm, folder):
    """The storage daemon is stopped: the guest waits; at the end it goes on, so that nothing is
    lost."""
    with Machine(igdvm, folder, "stopped", "--disk", make_qcow2(folder, "stopped")) as machine:
        expect.true("a guest works on a server's disk", machine.wait(lambda: machine.told("flushed")))
        daemon = machine.child("qemu-storage-daemon")
        os.kill(daemon, signal.SIGSTOP)
        time.sleep(1)
        so_far = machine.told("flushed")
        time.sleep(1)
        expect.true("its server stops: the guest waits", machine.told("flushed") == so_far
                    and machine.process.poll() is None)
        os.kill(daemon, signal.SIGCONT)
        expect.true("it continues: so does the guest", machine.tells_more("flushed"))
        os.kill(daemon, signal.SIGSTOP)
        time.sleep(0.5)
        expect_end(expect, machine)
        said = machine.lines("does not answer")
        expect.true("and so does the server, which has done everything",
                    not Path(f"/proc/{daemon}").exists() and not said, said)


def try_dead_network(expect, igdvm, folder):
    """The program for user networking is killed, which no driver of the guest notices."""
    with Machine(igdvm, folder, "network", "--disk", raw_disk(folder, "network"),
                 "--net", "user,rom=none") as machine:
        expect.true("a guest works that has no driver for its NIC",
                    machine.wait(lambda: machine.told("flushed")))
        os.kill(machine.child("igdvm-net"), signal.SIGKILL)
        machine.wait(lambda: machine.lines("is gone"), GOES_ON)
        expect.true("its network is killed: it goes on", machine.tells_more("flushed"))
        said = machine.lines("is gone")
        expect.true("one line tells of it", len(said) == 1 and "user network" in said[0], said)
        expect_end(expect, machine)


def try_dead_gpu(expect, igdvm, folder):
    """The server of the GPU is killed: nothing can stand for it, so igdvm ends and says why."""
    with Guest(igdvm, folder / "gpu") as guest:
        guest.start("button")
        expect.true("a guest has a GPU", guest.wait(
            lambda: "guest: listens" in guest.text("serial.log"), LIMIT, guest.process))
        guest.model.kill()
        guest.model.wait()
        status = guest.finish(ENDS)
        said = [line for line in guest.text("igdvm.log").splitlines() if "went away" in line]
        expect.true("its server is killed: igdvm ends with status 3 and says why",
                    status == 3 and len(said) == 1, said)


class Told(list):
    """What one try expected and found, for main to tell."""

    def true(self, *expectation):
        self.append(expectation)


def main():
    igdvm, folder = start(__doc__, "losses")
    expect = Expectations()
    tries = [try_cut_image, try_cut_kernel, try_dead_gpu]
    if (igdvm.parent / "igdvm-net").exists():
        tries.append(try_dead_network)
    if shutil.which("qemu-storage-daemon") and shutil.which("qemu-img"):
        tries += [try_dead_server, try_stopped_server]

    def told(one):
        found = Told()
        one(found, igdvm, folder)
        return found

    with ThreadPoolExecutor(len(tries)) as pool:
        for found in pool.map(told, tries):
            for expectation in found:
                expect.true(*expectation)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
