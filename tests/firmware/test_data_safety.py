#!/usr/bin/env python3
"""test_data_safety.py: what a guest flushed outlives its VMM, on this machine's own KVM.

usage: test_data_safety.py BUILD [--kills N] [--seed N]

A guest of our own (lab/guests/keeper.c) writes and flushes its disk; igdvm is killed (-9) at
random moments: in turn with a raw image, one past the page cache and a qcow2 image. After
each kill all that was flushed must be in the image, and qcow2 must check clean. The next
life of the guest goes on with the same image. Then a host without room for a write. Exit
status 77 (skipped) where there is no /dev/kvm.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import Expectations, start  # noqa: E402

from igdlab import keeper  # noqa: E402  (kvm_guest sets the path)

KILLS = 3
BOOT_LIMIT = 120     # seconds until the guest's first round
LONGEST_WRITING = 1  # seconds of writing before a kill
DAEMON_LIMIT = 20    # seconds for the storage daemon to end after igdvm


def command(*words):
    """Run it to its end, whatever that is."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)


class Disk:
    """One image, how it is given to the guest, and what was promised of it."""

    def __init__(self, folder, name, options):
        self.name, self.options = name, options
        self.image = folder / f"{name}.img"
        self.ledger = keeper.Ledger()
        if name == "qcow2":
            command("qemu-img", "create", "-f", "qcow2", self.image, keeper.IMAGE_BYTES)
        else:
            with open(self.image, "wb") as file:
                file.truncate(keeper.IMAGE_BYTES)

    def content(self, scratch):
        """The disk's bytes; or, as text, what is wrong with the image."""
        if self.name != "qcow2":
            return self.image.read_bytes()
        # The daemon ends by itself when igdvm is gone, and lets go of the image then.
        end = time.monotonic() + DAEMON_LIMIT
        while command("qemu-img", "info", self.image).returncode:
            if time.monotonic() > end:
                return f"qemu-storage-daemon has it {DAEMON_LIMIT} s after igdvm's end"
            time.sleep(0.05)
        done = command("qemu-img", "check", self.image)
        if done.returncode:
            return f"qemu-img check: {done.stdout} {done.stderr}"
        command("qemu-img", "convert", "-O", "raw", self.image, scratch / "copy")
        return (scratch / "copy").read_bytes()


def begin(igdvm, disk, folder):
    """Boot the guest with the disk, its rounds after those of its last life."""
    serial, boot = folder / "serial.log", folder / "boot.img"
    serial.unlink(missing_ok=True)
    boot.write_bytes(keeper.boot_disk(disk.ledger.round + 1))
    with open(folder / "igdvm.log", "wb") as log:
        return subprocess.Popen(
            [igdvm, "run", "--memory", "64M", "--disk", f"{boot},ro",
             "--disk", f"{disk.image}{disk.options}", "--serial", f"file:{serial}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def live_and_die(igdvm, disk, folder, seconds):
    """Boot the guest, kill igdvm so long after its first round; rounds, or what went wrong."""
    serial = folder / "serial.log"
    process = begin(igdvm, disk, folder)
    end = time.monotonic() + BOOT_LIMIT
    while not (serial.exists() and serial.stat().st_size) and time.monotonic() < end:
        if process.poll() is not None:
            return (folder / "igdvm.log").read_text()
        time.sleep(0.02)
    time.sleep(seconds)
    process.kill()
    process.wait()
    return disk.ledger.read(serial.read_text())


def kill_once(igdvm, disk, folder, seconds):
    """One life; "" or what is wrong."""
    rounds = live_and_die(igdvm, disk, folder, seconds)
    if not isinstance(rounds, int):
        return rounds
    content = disk.content(folder)
    if isinstance(content, str):
        return content
    return "; ".join(disk.ledger.lost(content)[:5])


class Mount:
    """A small tmpfs; `there` tells whether this user may mount one."""

    def __init__(self, place, size):
        self.place = place
        place.mkdir()
        self.there = command("mount", "-t", "tmpfs", "-o", f"size={size}", "none",
                             place).returncode == 0

    def resize(self, size):
        command("mount", "-o", f"remount,size={size}", self.place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.there:
            command("umount", self.place)


def check_full_host(expect, igdvm, folder):
    """A host without room: the guest waits, and goes on when there is some."""
    with Mount(folder / "small", "1m") as mount:
        if not mount.there:
            print("no tmpfs may be mounted here: a full host is not tried")
            return
        disk = Disk(mount.place, "raw", "")
        serial, log = folder / "serial.log", folder / "igdvm.log"

        def until(condition):
            end = time.monotonic() + BOOT_LIMIT
            while not condition() and time.monotonic() < end:
                time.sleep(0.1)
            return condition()

        process = begin(igdvm, disk, folder)
        expect.true("a full host is told of",
                    until(lambda: log.read_text().count("no room on the host") == 1))
        time.sleep(2.5)
        size = serial.stat().st_size
        mount.resize("8m")
        went_on = until(lambda: serial.stat().st_size > size + 100)
        process.kill()
        process.wait()
        rounds = disk.ledger.read(serial.read_text())
        lost = disk.ledger.lost(disk.image.read_bytes())
        expect.true("when there is room the guest goes on, and nothing is lost",
                    went_on and isinstance(rounds, int) and not lost
                    and log.read_text().count("there is room again") == 1,
                    lost[:3] or f"{rounds} rounds")


def has_direct(folder):
    """Can files in the folder be written past the page cache?"""
    return command("dd", "if=/dev/zero", f"of={folder / 'direct'}", "bs=4096", "count=1",
                   "oflag=direct").returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    sys.argv[1:] = [options.build]
    igdvm, logs = start(__doc__, "data-safety")
    expect = Expectations()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="igdvm-safety-", dir="/var/tmp") as name:
        folder = Path(name)
        disks = [Disk(folder, "raw", "")]
        if shutil.which("qemu-storage-daemon") and shutil.which("qemu-img"):
            disks.append(Disk(folder, "qcow2", ",format=qcow2"))
        if has_direct(folder):
            disks.append(Disk(folder, "direct", ",cache=direct"))
        for number in range(options.kills):
            disk = disks[number % len(disks)]
            wrong = kill_once(igdvm, disk, folder, moments.uniform(0, LONGEST_WRITING))
            if wrong:
                expect.true(f"kill {number + 1}, {disk.name}", False, wrong)
                for path in (disk.image, folder / "serial.log", folder / "igdvm.log"):
                    if path.exists():
                        shutil.copy(path, logs / path.name)
                break
        check_full_host(expect, igdvm, folder)
        for disk in disks:
            expect.true(f"{disk.name}: rounds were flushed", disk.ledger.round > 0
                        or options.kills < len(disks), disk.ledger.round)
    rounds = sum(disk.ledger.round for disk in disks)
    expect.true(f"{options.kills} kills, seed {options.seed}: nothing flushed was lost",
                not expect.failed, f"{rounds} flushes")
    return expect.end(logs)


if __name__ == "__main__":
    sys.exit(main())
