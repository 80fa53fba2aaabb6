"""libigd's tables of platforms and devices, for the scripts beside this file."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SOURCES = ("scripts/print_devices.c", "src/igd/platform.c", "src/igd/devices.c")
PLATFORM = ("name", "title", "generation", "ggc", "bdsm", "vbios", "blocked", "bar0", "gtt",
            "pte", "slices", "fuse", "source", "note")
DEVICE = ("id", "platform", "status", "source", "note")


def load():
    """(platforms, devices): lists of dictionaries, in the tables' order."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "print-devices"
        compiled = subprocess.run(
            [os.environ.get("CC", "cc"), "-std=gnu17", "-D_GNU_SOURCE", "-Isrc", "-o", program,
             *SOURCES], cwd=TOP, capture_output=True, text=True, check=False)
        if compiled.returncode:
            sys.exit(f"{SOURCES[0]} does not compile:\n{compiled.stderr}")
        text = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    platforms, devices = [], []
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind == "platform":
            platforms.append(dict(zip(PLATFORM, fields, strict=True)))
        else:
            devices.append(dict(zip(DEVICE, fields, strict=True)))
    return platforms, devices
