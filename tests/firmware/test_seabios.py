#!/usr/bin/env python3
"""test_seabios.py: SeaBIOS on this machine's own KVM, the model assigned over vfio-user.

usage: test_seabios.py BUILD

Needs a /dev/kvm that runs firmware, but no Linux guest: a boot sector that resets the
machine in each possible way stands for the operating system. Exit status 77 (skipped)
where there is no such /dev/kvm.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "lab"))

from igdlab import prepare, runner  # noqa: E402  (the path must be set first)

REBOOTS = 20
LIMIT = 120  # seconds for everything


def skip(why):
    print(why)
    sys.exit(77)


class Expectations:
    def __init__(self):
        self.failed = 0

    def true(self, what, condition, found=""):
        print(f"{'ok  ' if condition else 'FAIL'} {what}{': ' + str(found) if found else ''}")
        self.failed += not condition


def wait_for(path, process, seconds=10):
    end = time.monotonic() + seconds
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"the model made no socket {path}")
        time.sleep(0.02)


def run_guest(igdvm, folder, arguments):
    """Serve the model, run igdvm on it, end the model; returns igdvm's exit status."""
    socket = folder / "model.socket"
    model = subprocess.Popen([igdvm, "model", "--gen", "skylake", "--socket", socket,
                              "--host-regions", "--vga-text", folder / "vga.txt"],
                             stdout=open(folder / "model.log", "wb"),
                             stderr=subprocess.STDOUT)
    try:
        wait_for(socket, model)
        with open(folder / "igdvm.log", "wb") as log:
            status = subprocess.run([igdvm, "run", "--device", f"vfio-user:{socket}",
                                     *arguments], stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT, timeout=LIMIT,
                                    check=False).returncode
        end = time.monotonic() + 5
        while not (folder / "vga.txt").exists() and time.monotonic() < end:
            time.sleep(0.05)
        return status
    finally:
        model.terminate()
        model.wait(10)


def check(expect, folder, status):
    log = (folder / "igdvm.log").read_text(errors="replace")
    firmware = (folder / "firmware.log").read_text(errors="replace")
    serial = (folder / "serial.log").read_text(errors="replace")
    stats = json.loads((folder / "stats.json").read_text())

    expect.true("igdvm ends with status 0", status == 0, status)
    expect.true("legacy mode", "in legacy mode" in log)
    opregion = re.search(r"Intel IGD OpRegion enabled at (0x[0-9a-f]+), size (\d+)KB", firmware)
    expect.true("SeaBIOS set the OpRegion", opregion, opregion and opregion.group(0))
    stolen = re.search(r"Intel IGD BDSM enabled at (0x[0-9a-f]+), size (\d+)MB", firmware)
    expect.true("SeaBIOS set stolen memory", stolen, stolen and stolen.group(0))
    if stolen:
        base = int(stolen.group(1), 16)
        expect.true("stolen memory is at the host's address", base == 0x7b800000, hex(base))
        expect.true("and the log says so", "the host's own address" in log)
        banner = f"igdvm VBIOS: 8086:1912 GGC 02C1 stolen 64 MB at {base:08X} GTT 1024 ok"
        expect.true("the VBIOS ran", banner in firmware, banner)
        text = (folder / "vga.txt")
        expect.true("and drew its line through the VGA ranges",
                    text.exists() and banner in text.read_text(errors="replace"))
    boots = serial.count("boot ")
    expect.true(f"{REBOOTS} resets and power-off", boots == REBOOTS + 1, boots)
    expect.true("counted by --stats", stats["resets"] == REBOOTS, stats["resets"])
    early, late = stats["samples"][2], stats["samples"][-1]
    for what in ("fds", "slots"):
        expect.true(f"no growth of {what}", late[what] <= early[what],
                    f"{early[what]} -> {late[what]}")
    expect.true("no growth of resident memory",
                late["resident_kib"] <= early["resident_kib"] + 1024,
                f"{early['resident_kib']} -> {late['resident_kib']} KiB")
    bar0 = stats["device"]["bars"][0]
    expect.true("one page of BAR0's mappable part is trapped",
                bar0["mapped_pages"] > 0, bar0)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        skip("/dev/kvm is not there or not accessible; the lab covers the same")
    build = Path(sys.argv[1]).resolve()
    igdvm = runner.find_igdvm(build)
    expect = Expectations()
    folder = build / "seabios"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="igdvm-firmware-") as sockets:
        disk = folder / "disk.img"
        sector = prepare.flat_guest("reboot", "NO_TRIPLE_FAULT").read_bytes()
        disk.write_bytes(sector.ljust(1 << 20, b"\0"))
        work = Path(sockets)
        status = run_guest(igdvm, work, [
            "--mode", "legacy", "--memory", "256M", "--cpus", "2", "--disk", disk,
            "--serial", f"file:{work / 'serial.log'}",
            "--debug-console", f"file:{work / 'firmware.log'}",
            f"--stats={work / 'stats.json'}"])
        for name in work.iterdir():
            if name.is_file():
                (folder / name.name).write_bytes(name.read_bytes())
        disk.unlink()
    if status != 0:
        print((folder / "igdvm.log").read_text(errors="replace"))
    check(expect, folder, status)
    print(f"{expect.failed} of the expectations failed; logs in {folder}"
          if expect.failed else "all as expected")
    return 1 if expect.failed else 0


if __name__ == "__main__":
    sys.exit(main())
