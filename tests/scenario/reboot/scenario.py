"""reboot: 20 reboots in one process, by every way a PC has, and nothing grows."""

import json

from igdlab import prepare
from igdlab.facts import Facts

SUMMARY = "20 reboots in one process by four ways of resetting, and a reboot of Linux"
TIME_LIMIT = 1200
VMMS = ("igdvm", "qemu")

BOOTS = 21
FROM, TO = 2, 20  # boots between which nothing may grow
# The allocator may still settle by a few pages; a leak of one mapping a boot is more.
MOST_RESIDENT_GROWTH_KIB = 256
WAYS = ("port CF9", "keyboard controller", "triple fault", "port 92")


def prepare_run(run):
    """Put the flat guest in, on a disk of 1 MiB."""
    image = prepare.flat_guest("reboot").read_bytes()
    (run.input / "reboot.img").write_bytes(image.ljust(1 << 20, b"\0"))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    lines = [line for line in run.text("flat-serial.log").splitlines()
             if line.startswith("boot ")]
    want = [f"boot {n:02d}: {WAYS[(n - 1) % 4]}" for n in range(1, BOOTS)]
    want.append(f"boot {BOOTS:02d}: power off")
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
    early = [boot for boot in rows if FROM <= boot <= FROM + 3]
    late = [boot for boot in rows if TO - 3 <= boot <= TO]
    if checks.true("the process was seen early and late", early and late,
                   f"at boots {', '.join(map(str, rows))}"):
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
    if checks.true("igdvm took a sample at every reset", len(samples) >= BOOTS,
                   f"{len(samples)} samples"):
        first, last = samples[FROM - 1], samples[TO - 1]
        checks.equal("memory slots do not grow", last["slots"], first["slots"])
        checks.equal("open files do not grow", last["fds"], first["fds"])
        checks.true("resident memory does not grow",
                    last["resident_kib"] - first["resident_kib"] <= MOST_RESIDENT_GROWTH_KIB,
                    f"{first['resident_kib']} KiB, then {last['resident_kib']} KiB")
