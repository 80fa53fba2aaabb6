#!/usr/bin/env python3
"""test_generations.py: SeaBIOS on this machine's own KVM with a model of every generation.

usage: test_generations.py BUILD

Those that have a VBIOS boot in legacy mode, the others in UPT mode, where SeaBIOS still sets
up OpRegion and stolen memory. Exit status 77 (skipped) where there is no /dev/kvm.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import Expectations, Guest, start  # noqa: E402

HOST_BASE = 0x7b800000
LIMIT = 60  # seconds for one guest

# Other sizes of stolen memory: platform, GMS code, MiB. SeaBIOS places small ones elsewhere.
SIZES = (
    ("sandy-bridge", 0x01, 32), ("haswell", 0x10, 512), ("broadwell", 0x04, 128),
    ("cherryview", 0x01, 32), ("cherryview", 0x11, 8), ("cherryview", 0x16, 28),
    ("cherryview", 0x17, 36), ("cherryview", 0x1d, 60), ("skylake", 0xf0, 4),
    ("skylake", 0xfe, 60), ("tiger-lake", 0xf1, 8),
)


def platforms(igdvm):
    """Names of all models, from --help."""
    text = subprocess.run([igdvm, "model", "--help"], capture_output=True, text=True,
                          check=True).stdout
    return re.findall(r"^  ([a-z-]+) +8086:", text, re.M)


def boot(igdvm, arguments, mode, last_line):
    """Run SeaBIOS until it wrote last_line: its log and igdvm's."""
    with tempfile.TemporaryDirectory(prefix="igdvm-generation-") as name:
        folder = Path(name)
        firmware, socket = folder / "firmware.log", folder / "model.socket"
        with open(folder / "igdvm.log", "wb") as log:
            model = subprocess.Popen([igdvm, "model", *arguments, "--socket", socket,
                                      "--host-regions", "--log-level", "warning"],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            vmm = None
            try:
                Guest.wait(socket.exists, 10, model)
                vmm = subprocess.Popen(
                    [igdvm, "run", "--device", f"vfio-user:{socket}", "--mode", mode,
                     "--address", "00:02.0", "--display", "none",
                     "--memory", "1G", "--serial", "none",
                     "--debug-console", f"file:{firmware}"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                end = time.monotonic() + LIMIT
                while vmm.poll() is None and time.monotonic() < end and not (
                        firmware.exists() and re.search(
                            last_line, firmware.read_text(errors="replace"))):
                    time.sleep(0.05)
            finally:
                for process in (vmm, model):
                    if process and process.poll() is None:
                        process.terminate()
                        process.wait(20)
        text = firmware.read_text(errors="replace") if firmware.exists() else ""
        return text, (folder / "igdvm.log").read_text(errors="replace")


def check(expect, igdvm, name, gms=None):
    """Boot one model and judge what SeaBIOS, the VBIOS and igdvm said."""
    arguments = ["--gen", name] + (["--gms", hex(gms)] if gms is not None else [])
    chip = json.loads(subprocess.run([igdvm, "model", *arguments, "--describe"],
                                     capture_output=True, text=True, check=True).stdout)
    label = name if gms is None else f"{name}, GMS {gms:#04x}"
    mib = chip["stolen_size"] >> 20
    legacy = chip["has_vbios"]
    firmware, log = boot(igdvm, arguments, "legacy" if legacy else "upt",
                         r"igdvm VBIOS: .*\n" if legacy else "Scan for VGA option rom")
    size = 16 if float(chip["generation"]) > 9 else 8
    placed = [f"OpRegion enabled at 0x[0-9a-f]+, size {size}KB"]
    stolen = re.search(r"BDSM enabled at (0x[0-9a-f]+), size (\d+)MB", firmware)
    base = int(stolen.group(1), 16) if stolen else 0
    # From Gen11 on GTT stolen memory is in the block; from Meteor Lake on there is none.
    gtt = chip["gtt_stolen_size"] >> 20 if chip["bdsm_offset"] == 0xc0 else 0
    lmembar = float(chip["generation"]) > 12
    if legacy:
        placed.append(f"igdvm VBIOS: 8086:{chip['device'].upper()} GGC {chip['ggc']:04X} "
                      f"stolen {mib} MB at {base:08X} GTT 1024 ok")
    wrong = [text for text in placed if not re.search(text, firmware)]
    if lmembar and stolen or not lmembar and (not stolen or int(stolen.group(2)) != mib + gtt):
        wrong.append(f"stolen memory of {mib + gtt} MiB")
    if not lmembar and f"stolen memory at {base:#x}" not in log:
        wrong.append("igdvm's line on stolen memory")
    if not lmembar and mib + gtt >= 32 and base != HOST_BASE:
        wrong.append("stolen memory at the host's own address")
    expect.true(f"{label}, {'legacy' if legacy else 'UPT'} mode: {mib} MiB at {base:#x}",
                not wrong, "; ".join(f"no {text}" for text in wrong))
    return firmware + log if wrong else ""


def main():
    """Entry point."""
    igdvm, folder = start(__doc__, "generations")
    expect = Expectations()
    names = platforms(igdvm)
    expect.true("the models have names", len(names) > 30, len(names))
    for name, gms in [(name, None) for name in names] + [(one[0], one[1]) for one in SIZES]:
        logs = check(expect, igdvm, name, gms)
        if logs:
            (folder / f"{name}-{gms}.log").write_text(logs)
    for name, gms, mib in SIZES:
        told = subprocess.run([igdvm, "model", "--gen", name, "--gms", str(gms), "--describe"],
                              capture_output=True, text=True, check=True).stdout
        expect.true(f"{name}: GMS {gms:#04x} is {mib} MiB",
                    json.loads(told)["stolen_size"] == mib << 20)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
