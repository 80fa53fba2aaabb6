#!/usr/bin/env python3
"""test_seabios.py: SeaBIOS on this machine's own KVM, the model assigned over vfio-user.

usage: test_seabios.py BUILD [--long]

Needs a /dev/kvm that runs firmware, but no Linux guest: a boot sector that resets the
machine in each possible way stands for the operating system: 20 times, or with --long 200
times. Exit status 77 (skipped) where there is no such /dev/kvm.
"""

import json
import re
import sys

sys.dont_write_bytecode = True
from kvm_guest import Expectations, Guest, start  # noqa: E402

REBOOTS, LONG_REBOOTS = 20, 200
BOOT_LIMIT = 40  # seconds for one boot, on a busy machine


def check(expect, guest, reboots):
    log, firmware = guest.text("igdvm.log"), guest.text("firmware.log")
    expect.true("igdvm ends with status 0", guest.status == 0, guest.status)
    if guest.status != 0:
        print(log)
        return
    stats = json.loads(guest.text("stats.json"))
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
        expect.true("and drew its line through the VGA ranges",
                    banner in guest.text("vga.txt"))
    boots = guest.text("serial.log").count("boot ")
    expect.true(f"{reboots} resets and power-off", boots == reboots + 1, boots)
    expect.true("counted by --stats", stats["resets"] == reboots, stats["resets"])
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
    reboots = LONG_REBOOTS if "--long" in sys.argv else REBOOTS
    sys.argv = [word for word in sys.argv if word != "--long"]
    igdvm, folder = start(__doc__, "seabios")
    expect = Expectations()
    with Guest(igdvm, folder) as guest:
        guest.start("reboot", "NO_TRIPLE_FAULT", f"LAST={reboots + 1}", cpus=2)
        guest.finish(BOOT_LIMIT * (reboots + 1))
        check(expect, guest, reboots)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
