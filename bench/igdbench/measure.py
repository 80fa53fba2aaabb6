"""From what the lab PC wrote to the figures of the table."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from igdlab import prepare
from igdlab.errors import LabError

from . import guests, lab
from .table import ROWS, VMMS

SHIFT, OTHER_SHIFT = 2, 4
ACCESSES = 1000  # and requests of a disk


def _stripped_size(program):
    strip = shutil.which("strip")
    if not strip:
        raise LabError("no strip; install binutils")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "program"
        subprocess.run([strip, "-o", str(copy), str(program)], check=True)
        return copy.stat().st_size


def _from_host(parts, igdvm):
    programs = {"igdvm": igdvm, "qemu": parts["qemu"] / "bin" / prepare.QEMU,
                "floor": parts["bench"] / "floor"}
    return {vmm: [_stripped_size(program)] for vmm, program in programs.items()}


def _instructions(short, long):
    """Idle waits take the same time at both speeds; instructions do not."""
    return round((long[0] - short[0]) / ((1 << OTHER_SHIFT) - (1 << SHIFT)))


CONVERT = {
    "C": lambda figures: figures[0] / 1e9,
    "D": lambda figures: (figures[1] - figures[0] - figures[2]) / 1e6,
    "D2": lambda figures: figures[0] / 1e6,
    "E": lambda figures: (figures[1] - figures[0]) / 1e9,
    "E2": lambda figures: figures[1],
    "E3": sum,
    "F4b": lambda figures: figures[0] / 1e6,
}


def _convert(name, figures):
    if name.startswith(("B", "G")):
        return figures[0] / ACCESSES
    if name.startswith("H"):
        return figures[0] / guests.FRAMES
    value = CONVERT.get(name, lambda figures: figures[0])(figures)
    return round(value, 4) if isinstance(value, float) else value


def measure(names, igdvm, logs):
    """{name: {vmm: figure or None, goal, met}} of the rows asked for."""
    parts = prepare.everything() | {"bench": guests.everything()}
    found = {"F4b": _from_host(parts, igdvm)} if "F4b" in names else {}
    for boot in lab.BOOTS:
        sources = []
        for name in names:
            row = ROWS[name]
            if row.boot == boot and row.source not in (*sources, "host"):
                sources += [row.source] * row.rounds
        if sources:
            found |= lab.boot(parts, igdvm, sources, SHIFT, boot, logs / boot)
    if "A" in names:
        slow = lab.boot(parts, igdvm, ["A"], OTHER_SHIFT, "plain", logs / "slow").get("A", {})
        found["A"] = {vmm: [_instructions(figures, slow[vmm])]
                      for vmm, figures in found.get("A", {}).items() if vmm in slow}
    results = {}
    for name in names:
        figures = {vmm: _convert(name, found[name][vmm])
                   if found.get(name, {}).get(vmm) else None for vmm in VMMS}
        goal = ROWS[name].goal(figures)
        met = goal is not None and figures["igdvm"] is not None and figures["igdvm"] <= goal
        results[name] = {**figures, "goal": goal, "met": met}
    return results
