"""bind-cycles: the GPU goes from i915 to vfio-pci and back, with failures at every write."""

import json

from igdlab import prepare

SUMMARY = "igdvm bind and unbind, many times, failing and killed at every write"
TIME_LIMIT, LONG_TIME_LIMIT = 1800, 14400
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-host",)  # beside igdvm, in the lab PC
MODULES = ("i915",)

CYCLES = {False: 3, True: 200}  # the short form and the long one
STRIDE = {False: 3, True: 1}    # of the writes that go wrong
WAYS = ("fail", "kill-before", "kill-after")


def prepare_run(run):
    """The library that makes writes fail, and how much is to be done."""
    prepare.compile_source(["-shared", "-fPIC", "-O2", "-Wall", "-D_GNU_SOURCE", "-o",
                            str(run.input / "fault.so"),
                            str(run.scenario.FOLDER / "fault.c"), "-ldl"],
                           "tests/scenario/bind-cycles/fault.c")
    (run.input / "cycles").write_text(
        f"CYCLES={CYCLES[run.is_long]} STRIDE={STRIDE[run.is_long]} "
        f"WAYS='{' '.join(WAYS)}'\n")


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    before = run.text("before").splitlines()
    gpu = next((line for line in before if line.startswith("0000:00:02.0")), "")
    checks.true("i915 really had the GPU", "driver=i915 " in gpu, gpu)
    checks.true("its frame buffer had the console",
                "console (M) frame buffer device: 1" in before, "; ".join(before))
    during = run.text("during")
    checks.true("vfio-pci got it", "0000:00:02.0 driver=vfio-pci override=vfio-pci" in during,
                during[:200])
    plan = json.loads(run.text("plan.json") or "{}")
    steps = [step["text"] for step in plan.get("steps", ())]
    # i915 has removed the VGA console, so its own console could not be given back.
    checks.equal("the steps", steps, ["unbind 0000:00:02.0 from i915",
                                      "reserve 0000:00:02.0 for vfio-pci",
                                      "bind 0000:00:02.0 to vfio-pci"])
    done = json.loads(run.text("bind.json") or "{}")
    checks.equal("the steps taken are those planned",
                 [step["text"] for step in done.get("steps", ())], steps)
    checks.equal("nothing failed that was not made to", run.text("errors"), "")
    outcomes = run.text("outcomes").splitlines()
    cycles = [line for line in outcomes if line.startswith("cycle-")]
    checks.equal("cycles", len(cycles), CYCLES[run.is_long])
    _check_faults(run, checks, outcomes)


def _check_faults(run, checks, outcomes):
    faults = run.text("faults").splitlines()
    for way in WAYS:
        tries = [line for line in faults if f" {way} " in line]
        checks.true(f"writes were made to {way}",
                    sum("status 0" not in line for line in tries) >= 4,
                    f"{len(tries)} tries")
    different = [line for line in outcomes if line.endswith("DIFFERENT")]
    checks.true(f"drivers, overrides and consoles as before, {len(outcomes)} times",
                outcomes and not different, "; ".join(different[:5]))
