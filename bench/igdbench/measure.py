"""From what the lab PC wrote to the figures of the table."""

import shutil
import statistics
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
    return {vmm: [[_stripped_size(program)]] for vmm, program in programs.items()}


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


def _judge(name, rounds):
    """{vmm: figure or None, goal, met, level} of a row, of {vmm: [rounds]}.

    The median of the rounds counts. `level`: the goal is another VMM's figure and is missed by
    no more than its own rounds differ, so chance tells who is ahead; that counts as met.
    """
    row = ROWS[name]
    values = {vmm: sorted(_convert(name, figures) for figures in rounds.get(vmm, ()))
              for vmm in VMMS}
    figures = {vmm: statistics.median_low(found) if found else None
               for vmm, found in values.items()}
    goal, ours = row.goal(figures), figures["igdvm"]
    known = goal is not None and ours is not None
    level = known and row.rounds > 1 and goal < ours <= values[row.of][-1]
    return {**figures, "goal": goal, "met": known and (ours <= goal or level), "level": level}


def measure(names, igdvm, logs):
    """What `_judge` says of the rows asked for, by name."""
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
        found["A"] = {vmm: [[_instructions(rounds[0], slow[vmm][0])]]
                      for vmm, rounds in found.get("A", {}).items() if vmm in slow}
    return {name: _judge(name, found.get(name, {})) for name in names}
