"""The scenarios of igdvm bind and unbind: what they do, how one is judged.

They differ in who draws the lab PC's console on the GPU: i915, the driver of the
firmware's frame buffer, or the VGA console.
"""

import json
from pathlib import Path
from typing import NamedTuple

from . import kernels, png, prepare, tries

GPU = "0000:00:02.0"
HANDED_OVER = (f"reserve {GPU} for vfio-pci", f"bind {GPU} to vfio-pci")
CYCLES = {False: 3, True: 200}  # the short form and the long one
STRIDE = {False: 3, True: 1}    # of the writes that go wrong
WAYS = ("fail", "kill-before", "kill-after")
FAULT = Path(__file__).resolve().parent.parent / "lab-pc/fault.c"


class Console(NamedTuple):
    """Who has the console: lines of the state before, steps before vfio-pci gets the GPU."""

    driver: str  # of the GPU
    state: str
    steps: tuple
    writes: int  # at least so many can go wrong
    # The outputs that are known to have a monitor; what a guest of UPT mode gets with
    # --opregion auto while vfio-pci has the GPU.
    monitors: list = None
    opregion: str = "OpRegion on: it is not known whether a monitor is plugged in"
    # Lines of the state that are gone after vfio-pci of Linux 6.0 or newer had the GPU.
    removed: tuple = ()


def keeps(run, console):
    """Does the lab PC's kernel leave the console in place when vfio-pci gets the GPU?"""
    return not console.removed or kernels.find(run.options.kernel).keeps_consoles


def prepare_run(run, console):
    """The library that makes writes fail, and how much is to be done."""
    prepare.compile_source(["-shared", "-fPIC", "-O2", "-Wall", "-D_GNU_SOURCE", "-o",
                            str(run.input / "fault.so"), str(FAULT), "-ldl"], FAULT.name)
    kept = keeps(run, console)
    cycles = CYCLES[run.is_long] if kept else 1
    (run.input / "cycles").write_text(
        f"CYCLES={cycles} STRIDE={STRIDE[run.is_long]} KEEPS={'yes' if kept else 'no'} "
        f"WAYS='{' '.join(WAYS) if kept else ''}'\n")


def check(run, checks, console):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    before = run.text("before").splitlines()
    gpu = next((line for line in before if line.startswith(GPU)), "")
    checks.true("who had the GPU", f"driver={console.driver} " in gpu, gpu)
    checks.true("who had the console", console.state in before, "; ".join(before))
    during = run.text("during")
    checks.true("vfio-pci got it", f"{GPU} driver=vfio-pci override=vfio-pci" in during,
                during[:200])
    status_during = json.loads(run.text("status-during.json") or "{}")
    checks.equal("status tells which outputs had a monitor",
                 (status_during.get("handover") or {}).get("monitors"), console.monitors)
    status, words = tries.read(run, "opregion", "upt")
    checks.true("a guest is given the OpRegion by what was seen of monitors",
                console.opregion in words and "firmware runs" in words,
                tries.brief(status, words))
    plan = json.loads(run.text("plan.json") or "{}")
    steps = [step["text"] for step in plan.get("steps", ())]
    checks.equal("the steps", steps, [*console.steps, *HANDED_OVER])
    checks.equal("nothing failed that was not made to", run.text("errors"), "")
    outcomes = run.text("outcomes").splitlines()
    kept = keeps(run, console)
    cycles = [line for line in outcomes if line.startswith("cycle-")]
    checks.equal("cycles", len(cycles), CYCLES[run.is_long] if kept else 1)
    if kept:
        done = json.loads(run.text("bind.json") or "{}")
        checks.equal("the steps taken are those planned",
                     [step["text"] for step in done.get("steps", ())], steps)
        _check_faults(run, checks, console)
    else:
        _check_removed(run, checks, console, plan)
    different = [line for line in outcomes if line.endswith("DIFFERENT")]
    checks.true(f"drivers, overrides and consoles as before, {len(outcomes)} times",
                outcomes and not different, "; ".join(different[:5]))


def _check_faults(run, checks, console):
    faults = run.text("faults").splitlines()
    for way in WAYS:
        tries = [line for line in faults if f" {way} " in line]
        checks.true(f"writes were made to {way}",
                    sum("status 0" not in line for line in tries) >= console.writes,
                    f"{len(tries)} tries")


def _check_removed(run, checks, console, plan):
    """What this kernel's vfio-pci removes is told before and after, and is all there is."""
    before, after = run.text("before").splitlines(), run.text("after").splitlines()
    missing = sorted(set(before) - set(after))
    checks.equal("only what the kernel removes is missing afterwards", missing,
                 sorted(console.removed))
    checks.true("drivers and overrides are as before",
                [line for line in before if line.startswith("0000:")]
                == [line for line in after if line.startswith("0000:")])
    checks.contains("it is told before", "\n".join(plan.get("notes", ())), "for good")
    steps = json.loads(run.text("unbind-first.json") or "{}").get("steps", ())
    checks.contains("it is told afterwards",
                    "\n".join(str(step.get("error")) for step in steps),
                    "it comes back at the next boot")


def check_picture(run, checks, name, size):
    """The model shows what is in the frame buffer, and there is something in it."""
    path, (width, height) = run.folder / f"screen-{name}.png", size
    memory = run.folder / f"frame-buffer-{name}"
    if not checks.true(f"there is a picture, {name}", path.exists() and memory.exists()):
        return
    picture, data = png.read(path), memory.read_bytes()
    memory.unlink()
    if not checks.equal(f"its size, {name}", (picture.width, picture.height), size):
        return
    pitch = 4 * width
    wrong = 0
    for y, row in enumerate(picture.rows):
        line = data[y * pitch:(y + 1) * pitch]
        wrong += any(row[channel::3] != line[2 - channel::4] for channel in range(3))
    checks.equal(f"rows that differ from the frame buffer's {height}, {name}", wrong, 0)
    drawn = sum(any(row) for row in picture.rows)
    checks.true(f"what was drawn is on it, {name}", drawn >= 256, f"{drawn} rows")
