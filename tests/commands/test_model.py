#!/usr/bin/env python3
"""test_model.py: what `igdvm model` writes and says, for every model and for wrong options.

usage: test_model.py BUILD
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

# Options, exit status, what the one line must contain.
WRONG = (
    (["--gen", "pentium", "--describe"], 2, r"pentium: no such model"),
    (["--gen", "skylake"], 2, r"nothing to do"),
    (["--describe"], 2, r"--gen is missing"),
    (["--gen", "skylake", "--describe", "--gms", "0x100"], 2, r"--gms 0x100: expected"),
    (["--gen", "skylake", "--describe", "--gms", "two"], 2, r"--gms two: expected"),
    (["--gen", "skylake", "--describe", "--gms", "0xff"], 2, r"0xff is a reserved value"),
    (["--gen", "haswell", "--describe", "--gms", "0x11"], 2, r"0x11 is a reserved value"),
    (["--gen", "skylake", "--describe", "--class", "0302"], 2, r"--class 0302: expected"),
    (["--gen", "skylake", "--describe", "--host-regions", "--without", "rom,bar"], 2,
     r"--without rom,bar: expected some of rom, vga"),
    (["--gen", "skylake", "--describe", "--host-regions", "--without", "rom,"], 2,
     r"--without rom,: expected"),
    (["--gen", "skylake", "--describe", "--without", "vga"], 2,
     r"--without needs --host-regions"),
    (["--gen", "skylake", "--socket", "/nowhere/socket", "--screenshot", "/nowhere/x.png"], 2,
     r"--screenshot /nowhere/x.png: No such file"),
    (["--gen", "meteor-lake", "--write-rom", "ROM"], 1,
     r"no VBIOS and no UEFI driver exists for meteor-lake"),
)


# Displays the model does not have, and those without stolen memory behind BAR2.
WITHOUT_GOP = ("bay-trail", "cherryview", "meteor-lake", "arrow-lake", "lunar-lake",
               "panther-lake", "wildcat-lake", "nova-lake-s", "nova-lake-p")


class Checks:
    """Counts what is wrong."""

    def __init__(self, igdvm):
        self.igdvm, self.failed = igdvm, 0

    def run(self, *arguments, **options):
        """Run igdvm model."""
        return subprocess.run([self.igdvm, "model", *arguments], capture_output=True, text=True,
                              check=False, **options)

    def true(self, what, condition):
        """Tell what is wrong."""
        if not condition:
            print(f"wrong: {what}")
            self.failed += 1


def rom_images(rom):
    """Code type, device and the sum of the bytes of each image."""
    at, last = 0, False
    while not last:
        pcir = at + int.from_bytes(rom[at + 0x18:at + 0x1a], "little")
        size = 512 * int.from_bytes(rom[pcir + 0x10:pcir + 0x12], "little")
        yield (rom[pcir + 0x14], int.from_bytes(rom[pcir + 6:pcir + 8], "little"),
               sum(rom[at:at + size]) & 0xff)
        at, last = at + size, rom[pcir + 0x15] & 0x80


def check_model(checks, name, device, folder):
    """One model: its description and the images agree."""
    chip = json.loads(checks.run("--gen", name, "--describe").stdout)
    checks.true(f"{name}: identity", (chip["name"], chip["device"]) == (name, device))
    checks.true(f"{name}: stolen memory", chip["stolen_size"] == 64 << 20)
    checks.true(f"{name}: GTT", chip["gtt_offset"] * 2 == chip["bar0_size"])
    rom, opregion = folder / "rom", folder / "opregion"
    done = checks.run("--gen", name, "--write-opregion", opregion)
    image = opregion.read_bytes()
    checks.true(f"{name}: OpRegion", done.returncode == 0 and
                image.startswith(b"IntelGraphicsMem") and
                image[0x17:0x15:-1] == (b"\x02\x01" if len(image) > 0x2000 else b"\x02\x00"))
    done = checks.run("--gen", name, "--write-rom", rom)
    types = [0] * chip["has_vbios"] + [3] * (name not in WITHOUT_GOP)
    checks.true(f"{name}: ROM or none", (done.returncode == 0) == bool(types))
    if done.returncode == 0:
        images = list(rom_images(rom.read_bytes()))
        checks.true(f"{name}: VBIOS and UEFI driver", [code for code, _, _ in images] == types)
        checks.true(f"{name}: the ROM is for it",
                    {found for _, found, _ in images} == {int(device, 16)})
        checks.true(f"{name}: VBIOS", not chip["has_vbios"] or images[0][2] == 0)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    checks = Checks(runner.find_igdvm(Path(sys.argv[1]).resolve()))
    models = re.findall(r"^  ([a-z-]+) +8086:([0-9a-f]{4}), ", checks.run("--help").stdout, re.M)
    checks.true("--help lists the models", len(models) > 30)
    with tempfile.TemporaryDirectory() as folder:
        for name, device in models:
            check_model(checks, name, device, Path(folder))
        for arguments, status, text in WRONG:
            done = checks.run(*arguments, cwd=folder)
            checks.true(f"{' '.join(arguments)}: {done.returncode}, {done.stderr!r}",
                        done.returncode == status and len(done.stderr.splitlines()) == 1 and
                        re.search(text, done.stderr))
        checks.true("nothing is written where there is no ROM",
                    not (Path(folder) / "ROM").exists())
    other = json.loads(checks.run("--gen", "skylake", "--describe", "--ivd", "--class", "0380",
                                  "--gms", "0xf0").stdout)
    checks.true("options", (other["ggc"], other["class"], other["stolen_size"])
                == (0xf0c3, "0380", 4 << 20))
    print(f"{checks.failed} wrong" if checks.failed else "all as expected")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
