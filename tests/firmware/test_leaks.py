#!/usr/bin/env python3
"""test_leaks.py: a guest with a GPU of each platform finds no address of its host.

usage: test_leaks.py BUILD [--all]

A flat guest on this machine's own KVM reads all of config space, of the registers those pages
that hold addresses and a sample of the others, and a sample of the GTT; with --all every
register and the whole GTT (about 20 minutes). Exit status 77 (skipped) where there is no /dev/kvm.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import Expectations, Guest, start  # noqa: E402

from igdlab import leaks, model  # noqa: E402  (kvm_guest sets the path)

# Where the model's host has stolen memory, and its OpRegion; no identifier is near.
BDSM, OPREGION, OPREGION_SIZE = 0x6b800000, 0x7b7fd000, 0x4000
SAMPLE = 1024  # stride through the registers and the GTT
LIMIT = 1800   # seconds for one guest
AT_A_TIME = 2


def look(igdvm, name, stride):
    """Run the guest: (what it said, igdvm's status, its words)."""
    chip = model.describe(igdvm, name)
    windows = [(first, last) for _, first, last
               in leaks.ranges(BDSM, chip, OPREGION, OPREGION_SIZE)]
    with tempfile.TemporaryDirectory(prefix="igdvm-leaks-") as text:
        folder = Path(text)
        socket, disk, serial = folder / "model", folder / "disk", folder / "serial"
        disk.write_bytes(leaks.disk(stride, windows, stride))
        with open(folder / "log", "wb") as log:
            server = subprocess.Popen(
                [igdvm, "model", "--gen", name, "--socket", socket, "--host-regions",
                 "--bdsm", hex(BDSM), "--log-level", "warning"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                Guest.wait(socket.exists, 20, server)
                # So little RAM that stolen memory cannot be at the host's address. In
                # UPT mode, too, the GPU is where the guest looks.
                status = subprocess.run(
                    [igdvm, "run", "--device", f"vfio-user:{socket}", "--memory", "144M",
                     "--address", "00:02.0", "--display", "none", "--disk", disk,
                     "--serial", f"file:{serial}"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=LIMIT,
                    check=False).returncode
            except subprocess.TimeoutExpired:
                status = None
            finally:
                server.terminate()
                server.wait(20)
        return (chip, leaks.Told.from_text(serial.read_text() if serial.exists() else ""),
                status, (folder / "log").read_text(errors="replace"))


def judge(expect, name, stride, outcome):
    """What must be so for one platform."""
    chip, told, status, log = outcome
    shown = told.leaks(leaks.ranges(BDSM, chip, OPREGION, OPREGION_SIZE))
    expect.true(f"{name}: igdvm ends with status 0", status == 0, status or "")
    expect.true(f"{name}: it read all it should", told.read >= leaks.least_read(chip, stride, stride)
                and told.bar0_size == chip["bar0_size"] and len(told.config) == 64
                and told.has_io == (float(chip["generation"]) <= 12), told.read)
    expect.true(f"{name}: GGC is the host's",
                told.registers.get(0x108040, 0) & 0xffff == chip["ggc"])
    expect.true(f"{name}: no address of the host's", told.read and not shown,
                json.dumps(shown) if shown else "")
    if not told.read:
        print(log)


def main():
    """Entry point."""
    everything = "--all" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--all"]
    igdvm, folder = start(__doc__, "leaks")
    stride = leaks.EVERYTHING if everything else SAMPLE
    expect = Expectations()
    names = model.generations(igdvm)
    expect.true("the models have names", len(names) > 30, len(names))
    leaks.disk(stride, [], stride)  # compiled once, before there are threads
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = pool.map(lambda name: look(igdvm, name, stride), names)
        for name, outcome in zip(names, outcomes, strict=True):
            judge(expect, name, stride, outcome)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
