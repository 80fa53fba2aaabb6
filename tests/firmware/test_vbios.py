#!/usr/bin/env python3
"""test_vbios.py: the services of the model's VBIOS, on this machine's own KVM.

usage: test_vbios.py BUILD

Boot sectors use the services of INT 10h, one those for text, one VBE's; what is on the text
screen at the end is compared.
Exit status 77 (skipped) where there is no /dev/kvm.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 180  # seconds

# Lines 1 to 27 and an empty one, of which the last 25 stay: 04 on top. Then rows 0 to 9 go
# up by 5, and 04 to 08 are lost; rows 12 to 15 go down by 2.
EXPECTED = (
    ["09", "0A", "0B", "0C", "0D", ""]
    + [" " * 20 + "AAAAA", "", " " * 32 + "hello", "1E41 0825 5003 0008 0003 1044*"]
    + ["0E", "0F", "", "", "10", "11", "14", "15", "16", "17", "18", "19", "1A", "1B", ""]
)


# What VBE's services said: the controller ("VESA", 64 times 64 KiB, mode 112), a mode that is
# not there, 1024 by 768, setting it without and with its frame buffer, which mode is set, a
# service that is not there, mode 3 again.
EXPECTED_VBE = (
    "0000004F 41534556 00000040 00000112 0000014F 0000004F 000000FB 00001000 00000300 "
    "00000020 0000014F 0000004F 00004118 00004F15 0000004F 00000003")


def assemble(folder, source):
    disk = folder / "disk.img"
    subprocess.run([os.environ.get("CC", "cc"), "-m16", "-nostdlib", "-static", "-no-pie",
                    "-Wl,--oformat=binary,-Ttext=0x7c00,--build-id=none,-m,elf_i386",
                    "-o", disk, HERE / source], check=True)
    disk.write_bytes(disk.read_bytes().ljust(1 << 20, b"\0"))
    return disk


def run_guest(igdvm, folder, disk):
    """The text screen at the end, as lines."""
    socket = folder / "model.socket"
    text = folder / "text"
    model = subprocess.Popen([igdvm, "model", "--gen", "skylake", "--host-regions",
                              "--socket", socket, "--vga-text", text,
                              "--log-level", "warning"])
    try:
        end = time.monotonic() + 10
        while not socket.exists() and model.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        subprocess.run([igdvm, "run", "--device", f"vfio-user:{socket}", "--mode", "legacy",
                        "--memory", "256M", "--disk", disk, "--serial", "none",
                        "--no-reboot", "--quiet"],
                       stdin=subprocess.DEVNULL, timeout=LIMIT, check=False)
        while not text.exists() and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        model.terminate()
        model.wait(10)
    return text.read_text(encoding="ascii").split("\n")[:25]


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("/dev/kvm is not there or not accessible")
        return 77
    build = Path(sys.argv[1]).resolve()
    igdvm = next((path for path in (build / "src/cmd/igdvm", build / "igdvm")
                  if path.exists()), None)
    if igdvm is None:
        print(f"no igdvm in {build}")
        return 2
    with tempfile.TemporaryDirectory(prefix="igdvm-vbios-") as name:
        folder = Path(name)
        lines = run_guest(igdvm, folder, assemble(folder, "text_services.S"))
        (folder / "text").unlink()
        vbe = run_guest(igdvm, folder, assemble(folder, "vbe_services.S"))
    wrong = 0
    said = " ".join(" ".join(vbe[1:]).split())  # below the banner; 80 columns cut words
    if "".join(said.split()) != "".join(EXPECTED_VBE.split()):
        print(f"VBE: {said!r}, expected {EXPECTED_VBE!r}")
        wrong += 1
    for row, (found, expected) in enumerate(zip(lines, EXPECTED)):
        if found != expected:
            print(f"row {row}: {found!r}, expected {expected!r}")
            wrong += 1
    print(f"{wrong} answers are wrong" if wrong else "all rows and answers as expected")
    return 1 if wrong or len(lines) != 25 else 0


if __name__ == "__main__":
    sys.exit(main())
