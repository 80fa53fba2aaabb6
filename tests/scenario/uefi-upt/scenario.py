"""uefi-upt: beside a UEFI guest the GPU in UPT mode has its OpRegion, by igdvm's option ROM.

i915 shows a console on the modelled monitor with it, and has no outputs without it. In the
long form the GPU is at 00:02.0 and the ROM has the model's UEFI driver behind igdvm's own
image: Linux's console is on the frame buffer that it gave.
"""

import re

from igdlab import driven, driving_guest, firmware, model, monitors

SUMMARY = "OVMF and the GPU in UPT mode: the option ROM's OpRegion, i915 with it and without"
TIME_LIMIT = 900
QUIET_LIMIT = 240
VMMS = ("igdvm",)
MONITORS = "hdmi-b:1024x768"
MODEL = ("--display-slowdown", "10")  # two software emulations, one inside the other

ASLS = 0xfc
# What the guest's copy of the OpRegion may differ in (the scenario legacy has the reasons).
CHANGED = (*range(0x58, 0x5c), *range(0x1ac, 0x1b0))
REFUSALS = {
    "legacy": ("legacy mode is not possible: firmware /lab/input/OVMF_CODE_4M.fd is UEFI",),
    "upt": ("the guest can have no OpRegion: with UEFI firmware a ROM puts it in place",),
}


def prepare_run(run):
    """OVMF, the model's ROM, the guest's initramfs with its script."""
    ovmf = firmware.ovmf()
    for name in firmware.FILES:
        (run.input / name).write_bytes((ovmf / name).read_bytes())
    model.write_rom(run.igdvm, run.generation, run.input / "gop.rom")
    driving_guest.prepare_run(run)


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    for mode, words in REFUSALS.items():
        said = run.text(f"refused-{mode}")
        checks.equal(f"what cannot be had is refused by one line, {mode} mode",
                     said.splitlines()[1:], ["status 1"])
        for part in words:
            checks.contains("and igdvm says why", said, part)
    plugged = monitors.parse(run.monitors)
    if _check_guest(run, checks, "on"):
        _check_opregion(run, checks)
        driven.check_connectors(checks, "on: ", run.json("describe"), plugged)
        driven.check_console(run, checks, "boot", plugged)
    if _check_guest(run, checks, "off", "ASLS 00000000", "connectors 0"):
        checks.contains("off: igdvm says what it does", run.text("off.log"),
                        "OpRegion off: as asked")
    if run.is_long and _check_guest(run, checks, "primary", "frame buffer EFI VGA"):
        _check_opregion(run, checks)
        base = _register(run, run.chip["bdsm_offset"]) & 0xfff00000
        _check_reserved(run, checks, "BDSM", base, "Reserved")
        driven.check_console(run, checks, "boot", plugged)


def _check_guest(run, checks, name, *words):
    """Record how a guest ended and that it said the words; its results are in the folder now?"""
    checks.equal(f"{name}: exit status of igdvm", run.text(f"{name}-status").strip(), "0")
    said = re.findall(r"igdvm-guest: (.*?)\r?$", run.text(f"{name}-serial.log"), re.MULTILINE)
    for line in ("booted by UEFI", *words):
        checks.true(f"{name}: the guest says '{line}'", line in said, said)
    return driving_guest.unpack(run, checks, f"{name}.img")


def _register(run, offset):
    """One of the GPU's, as the guest saw it."""
    config = (run.folder / "config.bin").read_bytes()
    return int.from_bytes(config[offset:offset + 4], "little")


def _check_reserved(run, checks, name, address, kind):
    def holds(line):
        found = re.match(r" *([0-9a-f]+)-([0-9a-f]+) : ", line)
        return found and int(found[1], 16) <= address <= int(found[2], 16)

    memory = [line for line in run.text("iomem").splitlines() if holds(line)]
    checks.contains(f"{name} ({address:#x}) names memory that was set aside",
                    " ".join(memory), kind)


def _check_opregion(run, checks):
    _check_reserved(run, checks, "ASLS", _register(run, ASLS), "ACPI Non-volatile Storage")
    wanted, found = run.opregion.read_bytes(), (run.folder / "found-opregion").read_bytes()
    wrong = [hex(i) for i in range(min(len(found), len(wanted)))
             if wanted[i] != found[i] and i not in CHANGED]
    checks.true("the guest's OpRegion is the host's", len(found) == 8192 and not wrong,
                f"{len(found)} bytes, different at {wrong[:8]}")
