"""load: a Linux guest with four vCPUs and 6 GiB works hard and reboots, in one process.

In the long form 50 reboots and five minutes of stress-ng. The guest's kernel is unpacked
before, or most of a boot would be its unpacking.
"""

import json
import re
import shutil

from igdlab import initramfs, prepare, unpacked_kernel

SUMMARY = "4 vCPUs under stress-ng, and reboots of Linux in one process"
TIME_LIMIT, LONG_TIME_LIMIT = 600, 7200
QUIET_LIMIT = 400
MEMORY = "8G"  # each boot of the guest uses other parts of its 6 GiB
VMMS = ("igdvm",)

REBOOTS, LONG_REBOOTS = 1, 50
SECONDS, LONG_SECONDS = 4, 300
BOOT = re.compile(r"load: boot (\d+): (\d+) processors, stress-ng \d+s ended with (\d+), "
                  r"(\d+) complaints, (\d+) KiB, clock (\S+)")


def prepare_run(run):
    """The guest's programs; how long and how often."""
    guest = initramfs.build(run.parts["guest_kernel"],
                            initramfs.module_names(prepare.LAB / "guest/modules"),
                            {"init": run.scenario.FOLDER / "guest-init"})
    shutil.copy(unpacked_kernel.path(run.parts["guest_kernel"]), run.input / "vmlinuz")
    (run.input / "load-initrd").write_bytes(guest + initramfs.programs(prepare.stress()))
    with open(run.input / "environment", "a", encoding="utf-8") as file:
        file.write(f"export LAB_REBOOTS={_reboots(run)} "
                   f"LAB_SECONDS={LONG_SECONDS if run.is_long else SECONDS}\n")


def _reboots(run):
    return LONG_REBOOTS if run.is_long else REBOOTS


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    boots = BOOT.findall(run.text("guest-serial.log"))
    checks.equal("boots", [int(boot[0]) for boot in boots], list(range(1, _reboots(run) + 2)))
    checks.equal("processors", {boot[1] for boot in boots}, {"4"})
    checks.equal("what stress-ng ended with", {boot[2] for boot in boots}, {"0"})
    checks.equal("the kernel's complaints", sum(int(boot[3]) for boot in boots), 0)
    checks.equal("clock", {boot[5] for boot in boots}, {"kvm-clock"})
    checks.true("RAM, most of it above 4 GiB", boots and
                all(5.5 * (1 << 20) < int(boot[4]) < 6 * (1 << 20) for boot in boots),
                [boot[4] for boot in boots[:1]])
    checks.equal("the exit status of igdvm", run.text("vmm-status").strip(), "0")
    stats = json.loads(run.text("stats.json") or "{}")
    samples = stats.get("samples", [])
    if checks.equal("samples at the start and each reset", len(samples), _reboots(run) + 1):
        first, last = samples[min(2, len(samples) - 1)], samples[-1]
        for what in ("fds", "slots"):
            checks.true(f"{what} do not grow", last[what] <= first[what],
                        f"{first[what]}, then {last[what]}")
