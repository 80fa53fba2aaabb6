"""bind-cycles-efi: bind-cycles with the console on the frame buffer that UEFI gives.

OVMF runs the GOP driver of the model; Linux draws on its frame buffer with efifb.
Debian 11's kernel lets go of it and takes it back; from Linux 6.0 on vfio-pci removes it
for good, and igdvm has to say so.
"""

import json

from igdlab import bind_cycles

SUMMARY = "bind-cycles with the console on the frame buffer of UEFI"
TIME_LIMIT, LONG_TIME_LIMIT = 1800, 14400
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-host",)
SCRIPT = "bind-cycles"
KERNEL = "bullseye"
FIRMWARE = "ovmf"
SIZE = 800, 600  # what OVMF sets when the GOP driver has it

FRAME_CONSOLE = "console (M) frame buffer device: 1"
CONSOLE = bind_cycles.Console(
    "", FRAME_CONSOLE,
    ("take the virtual terminals from the frame buffer device",
     "unbind efi-framebuffer.0 from efi-framebuffer"), 6,
    removed=(FRAME_CONSOLE, "console (S) dummy device: 0",
             "efi-framebuffer.0 driver=efi-framebuffer", "0 EFI VGA"))


def prepare_run(run):
    """What the script needs."""
    bind_cycles.prepare_run(run, CONSOLE)


def _check_doctor(run, checks):
    """What doctor said before: who holds the GPU's memory, and what keeps it away for good."""
    modes = json.loads(run.text("doctor.json") or "{}").get("modes", {})
    for mode in ("legacy", "upt"):
        found = {check["id"]: check for check in modes.get(mode, {}).get("checks", ())}
        holder = found.get("framebuffer", {})
        checks.equal(f"doctor finds the frame buffer, {mode}", holder.get("status"), "failed")
        checks.contains(f"doctor names who has it, {mode}", holder.get("found") or "", "efifb")
        checks.contains(f"doctor's remedy, {mode}", holder.get("remedy") or "", "igdvm bind")
        checks.contains(f"doctor's remedy for good, {mode}", holder.get("remedy") or "",
                        "video=efifb:off")
    checks.equal("doctor on UPT mode", modes.get("upt", {}).get("verdict"), "bindable")


def check(run, checks):
    """Judge one run."""
    _check_doctor(run, checks)
    bind_cycles.check(run, checks, CONSOLE)
    bind_cycles.check_picture(run, checks, "before", SIZE)
    if bind_cycles.keeps(run, CONSOLE):
        bind_cycles.check_picture(run, checks, "after", SIZE)
