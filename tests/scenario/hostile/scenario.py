"""hostile: a guest writes random values everywhere; igdvm and the host's device live on."""

import json
import re
import time

from igdlab import hostile
from igdlab.facts import Facts

SUMMARY = "a guest writes random values to ports, config space, BARs and queues"
TIME_LIMIT, LONG_TIME_LIMIT = 900, 2400
VMMS = ("igdvm",)

SECONDS, LONG_SECONDS = 30, 600
MOST_LIVES = 100
# Lines of the lab PC's kernel that mean that something of it broke.
BROKEN = re.compile(r"BUG|Oops|Call Trace|general protection|hung task|DMAR: DRHD: handling")


def prepare_run(run):
    """Put a disk in for each life, the seed in it, and tell the seeds."""
    # The short form is the same each time, with a seed that found something once: a guest
    # that used a BAR of the device after it had put it to sleep. The long one looks further.
    first = int(time.time()) & 0xffffff00 if run.is_long else 0x6b05dc00
    seeds = [f"{first + i:08x}" for i in range(MOST_LIVES if run.is_long else 10)]
    for seed in seeds:
        (run.input / f"hostile-{seed}.img").write_bytes(hostile.disk(int(seed, 16)))
    seconds = LONG_SECONDS if run.is_long else SECONDS
    with open(run.input / "environment", "a", encoding="utf-8") as file:
        file.write(f'export LAB_SECONDS={seconds} LAB_SEEDS="{" ".join(seeds)}"\n')


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    lives = sorted(path.stem for path in (run.folder / "fights").glob("*.status"))
    steps = boots = 0
    for seed in lives:
        status = int(run.text(f"fights/{seed}.status"))
        wrong = hostile.orderly(status, run.text(f"fights/{seed}.log"))
        done = hostile.boots(run.text(f"fights/{seed}.console"))
        boots, steps = boots + len(done), steps + 256 * sum(dots for _, _, dots in done)
        if wrong or not checks.failed:
            checks.true(f"seed {seed}: igdvm lives or ended as documented", not wrong,
                        wrong or f"status {status}, {len(done)} boots")
    checks.true("the guest did its work", lives and steps,
                f"{len(lives)} lives of igdvm, {boots} boots, {steps} steps")
    broken = [line for line in run.text("lab-pc-kernel.log").splitlines()
              if BROKEN.search(line)]
    checks.equal("the host's kernel has nothing to complain of", broken[:5], [])
    _check_device(run, checks)


def _check_device(run, checks):
    before = Facts.from_text(run.text("host.json"))
    after = Facts.from_text(run.text("host-after.json"))
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    for offset, code, name in ((0, "I", "identifier"), (0x50, "H", "GGC"),
                               (0x5c, "I", "BDSM"), (0xfc, "I", "ASLS")):
        checks.equal(f"the host's {name} is as before",
                     hex(after.field("00:02.0", offset, code)),
                     hex(before.field("00:02.0", offset, code)))
    checks.true("the host's OpRegion is as before", after.opregion() == before.opregion())
    checks.equal("a Linux guest afterwards: exit status",
                 run.text("vmm-status").strip(), "0")
    try:
        guest = Facts.from_disk(run.folder / "disk.img")
    except (OSError, ValueError) as error:
        checks.true("and it told what it saw", False, error)
        return
    checks.true("the VBIOS ran for it", "igdvm VBIOS: " in guest.screen(),
                guest.screen().strip()[:100])
    checks.true("stolen memory and OpRegion are in place", guest.bdsm() and guest.opregion(),
                json.dumps({"bdsm": hex(guest.bdsm()), "opregion": len(guest.opregion())}))
