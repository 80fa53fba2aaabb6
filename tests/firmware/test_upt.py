#!/usr/bin/env python3
"""test_upt.py: UPT mode on this machine's own KVM, the model over vfio-user.

usage: test_upt.py BUILD

The emulated display is the guest's primary one; a boot sector looks at the GPU beside it,
twice: the OpRegion is in place whoever puts it there, also after a reset, or is not at all.
Exit status 77 (skipped) where there is no /dev/kvm.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from kvm_guest import Expectations, Guest, start

HERE = Path(__file__).resolve().parent
PIPES = 0x50200000  # A, B, C in DFSM
LIMIT = 180  # seconds


def assemble(folder):
    """A disk that begins with the boot sector."""
    disk = folder / "disk.img"
    subprocess.run([os.environ.get("CC", "cc"), "-m16", "-nostdlib", "-static", "-no-pie",
                    "-Wl,--oformat=binary,-Ttext=0x7c00,--build-id=none,-m,elf_i386",
                    "-o", disk, HERE / "upt.S"], check=True)
    disk.write_bytes(disk.read_bytes().ljust(1 << 20, b"\0"))
    return disk


def boot(igdvm, folder, class_code, *options):
    """Run it; (exit status, lines of the guest, the firmware's log, igdvm's log)."""
    folder.mkdir()
    with tempfile.TemporaryDirectory(prefix="igdvm-upt-") as name:
        work = Path(name)
        socket = work / "model"
        with open(folder / "igdvm.log", "wb") as log:
            model = subprocess.Popen(
                [igdvm, "model", "--gen", "skylake", "--class", class_code, "--host-regions",
                 "--socket", socket, "--log-level", "warning"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                Guest.wait(socket.exists, 10, model)
                status = subprocess.run(
                    [igdvm, "run", "--device", f"vfio-user:{socket}", "--mode", "upt",
                     "--memory", "256M", "--disk", f"{assemble(work)},ro",
                     "--serial", f"file:{folder / 'serial.log'}",
                     "--debug-console", f"file:{folder / 'firmware.log'}", *options],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=LIMIT,
                    check=False).returncode
            finally:
                model.terminate()
                model.wait(10)
    texts = [(folder / name).read_text(errors="replace")
             for name in ("serial.log", "firmware.log", "igdvm.log")]
    return status, texts[0].splitlines(), texts[1], texts[2]


def reserved(firmware, address):
    """Does the last memory map of the firmware keep this address from the guest's RAM?"""
    ranges = re.findall(r"^ +\d+: ([0-9a-f]{16}) - ([0-9a-f]{16}) = 2", firmware, re.MULTILINE)
    return any(int(first, 16) <= address < int(end, 16) for first, end in ranges)


def check(expect, igdvm, folder, class_code, opregion):
    """One kind of GPU, with the OpRegion or without."""
    name = f"class {class_code}, OpRegion {opregion}"
    status, lines, firmware, log = boot(igdvm, folder / f"{class_code}-{opregion}", class_code,
                                        "--opregion", opregion)
    expect.true(f"{name}: the guest looked twice", status == 0 and len(lines) == 2, lines)
    expect.true(f"{name}: igdvm says so", f"OpRegion {opregion}: as asked" in log)
    expect.true(f"{name}: the emulated display is the primary one",
                "Using 00:02.0 for primary VGA" in firmware and "Start SeaVGABIOS" in firmware)
    for line in lines:
        words = line.split()
        expect.true(f"{name}: the GPU is at 00:10.0",
                    words[0] == "19128086" and words[1].startswith(class_code), line)
        # GGC: 8 MiB of GTT (bits 7:6), no stolen memory (bits 15:8); BDSM is 0.
        expect.true(f"{name}: the guest sees no stolen memory",
                    int(words[2], 16) & 0xffc0 == 0x00c0 and int(words[3], 16) == 0, line)
        asls, dfsm = int(words[4], 16), int(words[5], 16)
        expect.true(f"{name}: pipes that are fused off",
                    dfsm & PIPES == (PIPES if opregion == "off" else 0), line)
        if opregion == "off":
            expect.true(f"{name}: there is none", asls == 0, line)
        else:
            expect.true(f"{name}: it is at {asls:#x}, in reserved memory",
                        words[6:] == ["IntelGraphicsMem"] and reserved(firmware, asls), line)
    if opregion == "on":
        by_firmware = "OpRegion enabled at" in firmware
        expect.true(f"{name}: {'SeaBIOS' if by_firmware else 'igdvm'} put it there",
                    by_firmware == (class_code == "0300")
                    and by_firmware != ("put there by igdvm" in log))


def main():
    """Entry point."""
    igdvm, folder = start(__doc__, "upt")
    expect = Expectations()
    for class_code, opregion in (("0300", "on"), ("0300", "off"), ("0380", "on")):
        check(expect, igdvm, folder, class_code, opregion)
    status, _, _, log = boot(igdvm, folder / "taken", "0300", "--address", "00:02.0")
    expect.true("the display's place is refused", status == 2 and "--display none" in log, log)
    status, lines, _, log = boot(igdvm, folder / "auto", "0300", "--display", "none")
    expect.true("auto says what it took, and why",
                status == 0 and "OpRegion on: it is not known whether a monitor" in log, log)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
