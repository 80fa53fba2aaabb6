"""other-systems: what is not Linux boots: iPXE from a disc, memtest86+ as a kernel.

GRUB is started by the scenario optical.
"""

import re

from igdlab import prepare

SUMMARY = "iPXE and memtest86+ boot, and are typed at"
TIME_LIMIT = 600
QUIET_LIMIT = 240
VMMS = ("igdvm",)

FILES = ("ipxe.iso", "memtest86+x64.bin")
# How a terminal is told to move and to colour.
SEQUENCES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()].|c)")


def prepare_run(run):
    """The systems as their packages have them."""
    for name in FILES:
        (run.input / name).write_bytes((prepare.systems() / name).read_bytes())


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    screens = {name: SEQUENCES.sub("", run.text(f"systems/{name}.screen"))
               for name in ("ipxe", "memtest")}
    checks.contains("iPXE was booted from the disc", run.text("systems/ipxe.firmware"),
                    "Booting from DVD/CD")
    checks.contains("iPXE says who it is", screens["ipxe"], "iPXE 1.")
    checks.contains("its shell does what is typed", screens["ipxe"], "at-i386-")
    checks.true("memtest86+ says who it is", "Memtest86+" in screens["memtest"],
                screens["memtest"][:200])
    checks.true("and tests memory", "Status: Testing" in screens["memtest"],
                screens["memtest"][-300:])
    for name in screens:
        checks.equal(f"exit status of igdvm, {name}",
                     run.text(f"systems/{name}.status").strip(), "0")
