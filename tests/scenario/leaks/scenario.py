"""leaks: whether a guest can read, anywhere in its GPU, an address of the host."""

import json

from igdlab.facts import Facts, number

SUMMARY = "a guest reads config space and registers and finds no address of the host"
TIME_LIMIT = 900
VMMS = ("igdvm", "qemu")

# What the guest reads at least, on any chip: else the search would be none.
LEAST_READ = 30000
PAGE = 0x1000
SPARES = {  # registers that must be among what was read, to know that it works
    "108040": "GGC", "1080c0": "BDSM",
}


def check(run, checks):
    """Judge one run; also leaves leaks.json in its folder."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("exit status of the VMM", run.text("vmm-status").strip(), "0")
    host = Facts.from_text(run.text("host.json"))
    try:
        guest = Facts.from_disk(run.folder / "disk.img")
    except (OSError, ValueError) as error:
        checks.true("the guest left what its probe told", False,
                    f"{error}; last of the serial line: "
                    f"{run.text('guest-serial.log').strip()[-200:]!r}")
        return
    ranges = _host_ranges(run, host)
    told = ", ".join(f"{name} {first:#x} to {last:#x}" for name, first, last in ranges)
    checks.true("the host has addresses to be found", len(ranges) == 3, told)
    checks.true("the guest's stolen memory is elsewhere than the host's",
                guest.bdsm() and guest.bdsm() != host.bdsm(),
                f"{guest.bdsm():#x}, the host's is {host.bdsm():#x}")
    found = guest.data.get("leaks", {})
    registers = {int(at, 16): number(value)
                 for at, value in found.get("registers", {}).items()}
    checks.true("the guest read its registers", found.get("read", 0) >= LEAST_READ,
                f"{found.get('read', 0)} of them, {len(registers)} not 0")
    through_io = {int(at, 16): number(value) for at, value in found.get("io", {}).items()}
    checks.true("it read some through the I/O BAR as well", through_io.get(0x1080c0),
                f"BDSM is {through_io.get(0x1080c0, 0):#x}")
    for at, name in SPARES.items():
        checks.true(f"{name} is among them", int(at, 16) in registers, f"BAR0 {at}")
    leaks = _search(guest, registers, through_io, ranges)
    (run.folder / "leaks.json").write_text(json.dumps(leaks, indent=1) + "\n")
    (run.folder / "guest.json").write_text(json.dumps(guest.data, indent=1) + "\n")
    text = "; ".join(f"{leak['where']} reads {leak['value']}: {leak['of']}" for leak in leaks)
    if run.vmm == "igdvm":
        checks.true("no address of the host's is seen", not leaks, text or "none")
    else:
        # Also proof that the search finds what is there.
        checks.true("what QEMU shows of the host's addresses", leaks, text or "none")


def _host_ranges(run, host):
    """(name, first, last) of what the host has: a guest must not learn where."""
    base, size = host.bdsm(), run.chip["stolen_size"]
    opregion = number(host.data["opregion"]["address"]) & ~(PAGE - 1)
    ranges = [("GTT stolen memory", base - run.chip["gtt_stolen_size"], base - 1),
              ("stolen memory", base, base + size - 1),
              ("OpRegion", opregion, opregion + len(host.opregion()) - 1)]
    return [one for one in ranges if one[1] > 0 and one[2] > one[1]]


def _search(guest, registers, through_io, ranges):
    """Every dword that is an address in one of the ranges."""
    config = guest.config("00:02.0")
    dwords = [(f"config {at:#04x}", int.from_bytes(config[at:at + 4], "little"))
              for at in range(0, len(config), 4)]
    dwords += [(f"BAR0 {at:#08x}", value) for at, value in sorted(registers.items())]
    dwords += [(f"BAR0 {at:#08x} through I/O", value)
               for at, value in sorted(through_io.items())]
    return [{"where": where, "value": f"{value:#010x}", "of": name}
            for where, value in dwords for name, first, last in ranges
            if first <= value <= last]
