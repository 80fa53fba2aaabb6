"""oracle: what a guest sees of three generations, under igdvm and under QEMU."""

import importlib.machinery
import importlib.util
import json
from pathlib import Path

from igdlab import facts, model
from igdlab.facts import Facts
from igdlab.model import Card

SUMMARY = "a guest's view of three generations compared with what it has under QEMU"
TIME_LIMIT = 1500
QUIET_LIMIT = 300
VMMS = ("igdvm",)

# Beside the one at 00:02.0, which is in legacy mode: legacy mode with GTT entries of 4
# bytes, and UPT mode with a BDSM of 64 bits.
CARDS = (Card("sandy-bridge", "8.0", "sandy-bridge", ("--bdsm", "0x6b800000")),
         Card("tiger-lake", "9.0", "tiger-lake", ("--bdsm", "0x6b800000")))
HERE = Path(__file__).resolve().parent


def cards(run):
    """The GPUs beside the one at 00:02.0."""
    return list(CARDS)


def prepare_run(run):
    """Tell the script in the lab PC which card is where."""
    model.write_cards(run.cards, run.input / "cards")


def _compare_module():
    path = HERE.parent / "compare"
    loader = importlib.machinery.SourceFileLoader("compare", str(path))
    spec = importlib.util.spec_from_loader("compare", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def _seen(run, checks, name, vmm):
    """What the guest told, kept as NAME-VMM.json; None when it told nothing."""
    checks.equal(f"{name} on {vmm}: exit status",
                 run.text(f"{name}-{vmm}.status").strip(), "0")
    try:
        text = run.text(f"{name}-{vmm}.raw").split("\0", 1)[0]
        guest = Facts.from_text(text)
    except ValueError as error:
        checks.true(f"{name} on {vmm}: the guest told what it saw", False, error)
        return None
    facts.summarise_opregion(guest)
    (run.folder / f"{name}-{vmm}.json").write_text(json.dumps(guest.data, indent=1) + "\n")
    (run.folder / f"{name}-{vmm}.raw").unlink()
    return guest.data


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    compare = _compare_module()
    for name in [run.generation] + [card.name for card in run.cards]:
        ours, theirs = _seen(run, checks, name, "igdvm"), _seen(run, checks, name, "qemu")
        if ours is None or theirs is None:
            continue
        listed = compare.load_list(HERE / "differences.json", name)
        verdict = compare.judge(compare.differences(ours, theirs), listed)
        checks.true(f"{name}: every difference has its reason", not verdict.unexplained,
                    f"{len(verdict.explained)} explained; unexplained: "
                    f"{compare.brief(verdict.unexplained)}")
        checks.true(f"{name}: no reason without its difference", not verdict.stale,
                    compare.brief(verdict.stale))
