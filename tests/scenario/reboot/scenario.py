"""reboot: 20 reboots in one process, by every way a PC has, and nothing grows.

In the long form 200.
"""

import json

from igdlab import prepare
from igdlab.facts import Facts

SUMMARY = "20 reboots in one process by four ways of resetting, and a reboot of Linux"
TIME_LIMIT, LONG_TIME_LIMIT = 1200, 7200
QUIET_LIMIT = 240
VMMS = ("igdvm", "qemu")

REBOOTS, LONG_REBOOTS = 20, 200
FROM = 2  # from this boot on nothing may grow
# The allocator may still settle by a few pages; a leak of one mapping a boot is more.
MOST_RESIDENT_GROWTH_KIB = 256
WAYS = ("port CF9", "keyboard controller", "triple fault", "port 92")


def prepare_run(run):
    """Put the flat guest in, on a disk of 1 MiB."""
    (run.input / "reboot.img").write_bytes(
        prepare.flat_disk("reboot", f"LAST={_boots(run)}"))


def _boots(run):
    """The first boot and the reboots."""
    return (LONG_REBOOTS if run.is_long else REBOOTS) + 1


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    lines = [line for line in run.text("flat-serial.log").splitlines()
             if line.startswith("boot ")]
    boots = _boots(run)
    want = [f"boot {n:03d}: {WAYS[(n - 1) % 4]}" for n in range(1, boots)]
    want.append(f"boot {boots:03d}: power off")
    wrong = next((f"{found!r} in place of {wanted!r}"
                  for found, wanted in zip(lines + [""] * len(want), want)
                  if found != wanted), "")
    checks.true("every way to reset boots the guest again", lines == want,
                wrong or f"{len(lines)} boots")
    checks.equal("exit status after power-off", run.text("flat-status").strip(), "0")
    _check_growth(run, checks)

    serial = run.text("guest-serial.log")
    checks.equal("the Linux guest booted twice", serial.count("igdvm-guest: kernel"), 2)
    checks.equal("exit status of the VMM", run.text("vmm-status").strip(), "0")
    try:
        guest = Facts.from_disk(run.folder / "disk.img")
    except (OSError, ValueError) as error:
        checks.true("the second boot left what its probe told", False, str(error))
    else:
        address = guest.field("00:02.0", 0xfc, "I")
        checks.true("the OpRegion was placed again", address and guest.opregion(), hex(address))
        checks.true("stolen memory was reserved again",
                    guest.bdsm() and guest.stolen("memory_type") == "Reserved",
                    hex(guest.bdsm()))
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")


def _check_growth(run, checks):
    if run.vmm != "igdvm":
        return
    rows = [[int(word) for word in line.split()]
            for line in run.text("growth").splitlines() if len(line.split()) == 3]
    rows = {boot: (fds, resident) for boot, fds, resident in rows}
    to = _boots(run) - 1
    early = [boot for boot in rows if FROM <= boot <= FROM + 3]
    late = [boot for boot in rows if to - 3 <= boot <= to]
    if checks.true("the process was seen early and late", early and late,
                   f"at boots {', '.join(map(str, sorted(rows)[:4] + sorted(rows)[-4:]))}"):
        first, last = rows[min(early)], rows[max(late)]
        checks.equal(f"open files at boot {max(late)} as at boot {min(early)}",
                     last[0], first[0])
        checks.true(f"resident memory from boot {min(early)} to {max(late)}",
                    last[1] - first[1] <= MOST_RESIDENT_GROWTH_KIB,
                    f"{first[1]} KiB, then {last[1]} KiB")
    try:
        samples = json.loads(run.text("flat-stats.json"))["samples"]
    except (ValueError, KeyError) as error:
        checks.true("igdvm wrote its counters", False, repr(error))
        return
    if checks.true("igdvm took a sample at every reset", len(samples) >= _boots(run),
                   f"{len(samples)} samples"):
        first, last = samples[FROM - 1], samples[to - 1]
        checks.equal("memory slots do not grow", last["slots"], first["slots"])
        checks.equal("open files do not grow", last["fds"], first["fds"])
        checks.true("resident memory does not grow",
                    last["resident_kib"] - first["resident_kib"] <= MOST_RESIDENT_GROWTH_KIB,
                    f"{first['resident_kib']} KiB, then {last['resident_kib']} KiB")
