#!/usr/bin/env python3
"""test_vga.py: the emulated display draws each mode as QEMU's VGA does, with SeaVGABIOS.

usage: test_vga.py BUILD

A boot sector sets modes through the video BIOS and draws into them, on igdvm with this
machine's own KVM and on QEMU's -vga std in software; the pictures are compared.
Exit status 77 (skipped) where there is no /dev/kvm.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kvm_guest import SKIPPED, Expectations, start

from igdlab import binary, png, prepare
from igdlab.qmp import Monitor

HERE = Path(__file__).resolve().parent
LIMIT = 60  # seconds for a mode
BIOS = Path("/usr/share/seabios")

# The modes of vga_modes.S, and the size each is shown in. QEMU leaves the ninth dot out of
# wide cells, and in VBE modes of 4 bits it keeps the chaining of one of 8 bits that was set
# before; a VGA does neither.
WIDE_TEXT, VBE_4 = "text, 40 by 25", "VBE, 4 bits"
MODES = (
    ("text, 80 by 25", (720, 400)), (WIDE_TEXT, (720, 400)),
    ("4 colours", (640, 400)), ("2 colours", (640, 400)),
    ("16 colours, 320 by 200", (640, 400)), ("16 colours, 640 by 350", (640, 350)),
    ("16 colours, 640 by 480", (640, 480)), ("256 colours", (640, 400)),
    ("256 colours in planes", (640, 400)), ("VBE, 8 bits", (640, 480)),
    (VBE_4, (800, 600)), ("VBE, 15 bits", (640, 480)),
    ("VBE, 16 bits", (640, 480)), ("VBE, 24 bits", (640, 480)),
    ("VBE, 32 bits", (640, 480)), ("text again", (720, 400)),
)


def assemble(folder):
    """A disk that begins with the boot sector."""
    disk = folder / "disk.img"
    subprocess.run([os.environ.get("CC", "cc"), "-m16", "-nostdlib", "-static", "-no-pie",
                    "-Wl,--oformat=binary,-Ttext=0x7c00,--build-id=none,-m,elf_i386",
                    "-o", disk, HERE / "vga_modes.S"], check=True)
    disk.write_bytes(disk.read_bytes().ljust(1 << 20, b"\0"))
    return disk


class Guest:
    """A machine whose serial port is a socket, and whose picture can be had."""

    def __init__(self, command, serial, log):
        with open(log, "wb") as output:
            self.process = subprocess.Popen([str(word) for word in command], stdout=output,
                                            stdin=subprocess.DEVNULL, stderr=output)
        self._serial = socket.socket(socket.AF_UNIX)
        self._serial.settimeout(LIMIT)
        end = time.monotonic() + 20
        while True:
            try:
                self._serial.connect(str(serial))
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"no serial port; see {log}") from None
                time.sleep(0.05)

    def next_mode(self):
        """Have the guest draw the next mode; its letter."""
        self._serial.sendall(b"n")
        return self._serial.recv(1).decode()

    def end(self):
        """Let it power off; its exit status."""
        self._serial.sendall(b"n")
        try:
            return self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self._serial.close()


def igdvm_picture(guest, shot, to):
    """What --screenshot gives at SIGUSR1."""
    shot.unlink(missing_ok=True)
    guest.process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + LIMIT
    while not shot.exists() and time.monotonic() < end:
        time.sleep(0.02)
    shot.rename(to)
    return png.read(to)


def check_wide_text(expect, name, ours, theirs):
    """Are the first eight dots of each cell QEMU's, two pixels a dot?"""
    cells = [(column, y) for y in range(theirs.height) for column in range(40)]
    wrong = [(column, y) for column, y in cells
             if ours.rows[y][54 * column:54 * column + 48]
             != theirs.rows[y][48 * column:48 * column + 48]]
    expect.true(f"{name}: the cells are QEMU's, with a ninth dot", not wrong, wrong[:1])


def check_planes(expect, name, picture):
    """The bytes 27, 4E, 6D, 1B in all planes, from the left."""
    bits = "".join(f"{byte:08b}" for byte in (0x27, 0x4e, 0x6d, 0x1b))
    found = "".join("1" if picture.pixel(x, 0) == (255, 255, 255) else "0" for x in range(32))
    expect.true(f"{name}: a bit of each plane makes a pixel", found == bits, found)


def compare(expect, name, size, ours, theirs):
    """Are they the same, and of the right size?"""
    if name in (WIDE_TEXT, VBE_4):
        expect.true(f"{name}: the size", (ours.width, ours.height) == size, ours.width)
        if name == WIDE_TEXT:
            check_wide_text(expect, name, ours, theirs)
        else:
            check_planes(expect, name, ours)
        return
    wrong = [(x, y) for y in range(min(ours.height, theirs.height))
             if ours.rows[y] != theirs.rows[y]
             for x in range(min(ours.width, theirs.width))
             if ours.pixel(x, y) != theirs.pixel(x, y)]
    found = (ours.width, ours.height)
    same = found == size == (theirs.width, theirs.height) and not wrong
    first = (f"; {len(wrong)} pixels differ, first {wrong[0]}: {ours.pixel(*wrong[0])}, QEMU "
             f"{theirs.pixel(*wrong[0])}") if wrong else ""
    expect.true(f"{name}: the picture is QEMU's", same,
                f"{found[0]} by {found[1]}, QEMU {theirs.width} by {theirs.height}{first}")


def main():
    """Entry point."""
    igdvm, folder = start(__doc__, "vga")
    if not (BIOS / "vgabios-stdvga.bin").exists():
        print(f"{BIOS} has no vgabios-stdvga.bin; install seabios")
        return SKIPPED
    expect = Expectations()
    qemu = prepare.qemu()
    with tempfile.TemporaryDirectory(prefix="igdvm-vga-") as name:
        work = Path(name)
        disk, shot = assemble(work), folder / "shot.png"
        # The firmware of both is the distribution's.
        firmware = ["-L", BIOS, "-L", qemu / "firmware"]
        reference = Guest(binary.command(qemu, prepare.QEMU) + [
            *firmware, "-M", "pc", "-accel", "tcg", "-m", "64", "-display", "none", "-nodefaults",
            "-vga", "std", "-drive", f"file={disk},format=raw,if=virtio,readonly=on",
            "-serial", f"unix:{work / 'qemu'},server=on,wait=off",
            "-qmp", f"unix:{work / 'qmp'},server=on,wait=off"], work / "qemu",
            folder / "qemu.log")
        guest = Guest([igdvm, "run", "--memory", "64M", "--display", "vga", "--disk",
                       f"{disk},ro", "--serial", f"unix:{work / 'serial'}", "--no-reboot",
                       "--screenshot", shot], work / "serial", folder / "igdvm.log")
        monitor = Monitor(work / "qmp", reference.process)
        for number, (title, size) in enumerate(MODES):
            letters = guest.next_mode(), reference.next_mode()
            if letters != (chr(ord("a") + number),) * 2:
                expect.true(f"{title}: both guests drew", False, letters)
                break
            file = folder / f"{number:02}-qemu.png"
            ours = igdvm_picture(guest, shot, folder / f"{number:02}.png")
            monitor.execute("screendump", filename=str(file), format="png")
            compare(expect, title, size, ours, png.read(file))
        monitor.close()
        reference.process.kill()
        expect.true("igdvm ends as its guest powers off", guest.end() == 0)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
