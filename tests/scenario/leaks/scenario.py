"""leaks: whether a guest can read, anywhere in its GPU, an address of the host."""

import json

from igdlab import leaks, model
from igdlab.facts import Facts, number
from igdlab.model import Card

SUMMARY = "guests read all of config space and of BAR0 and find no address of the host"
TIME_LIMIT, LONG_TIME_LIMIT = 1500, 7200
VMMS = ("igdvm", "qemu")

# One platform of each layout of registers: width of GTT entries, place and width of BDSM,
# GGC's fields, GSMBASE, slices of display buffer, LMEMBAR. The long form takes them all.
LAYOUTS = ("sandy-bridge", "cherryview", "broadwell", "ice-lake", "alder-lake-p",
           "meteor-lake")
BASE = 0x6b800000          # where the cards' hosts have stolen memory
STRIDE, LONG_STRIDE = 512, 64
# QEMU hides BDSM and ASLS where it knows the device, and nothing else.
QEMU_SHOWS = {"GTT stolen memory", "stolen memory"}


def cards(run):
    """The platforms beside the one at 00:02.0, two to a slot."""
    names = model.generations(run.igdvm) if run.is_long else LAYOUTS
    names = [name for name in names if name != run.generation]
    places = [f"{slot:x}.{function}" for slot in range(8, 0x1f) for function in range(2)]
    return [Card(name, place, name, ("--bdsm", hex(BASE)),
                 {"multifunction": True} if place.endswith(".0") else {})
            for name, place in zip(names, places, strict=False)]


def _stride(run):
    return LONG_STRIDE if run.is_long else STRIDE


def prepare_run(run):
    """Put in a disk for each: the guest, told what not to see.

    Where the lab PC's firmware will put the first one's stolen memory and the OpRegions is
    not known yet, so the guest tells all that is in the lab PC's last GiB of memory.
    """
    model.write_cards(run.cards, run.input / "cards")
    top = [(0x40000000, 0xbfffffff)]
    (run.input / "main.img").write_bytes(leaks.disk(_stride(run), top))
    for card in run.cards:
        (run.input / f"{card.name}.img").write_bytes(leaks.disk(_stride(run), top))
    mode = "legacy" if run.chip["has_vbios"] else "auto"
    with open(run.input / "environment", "a", encoding="utf-8") as file:
        file.write(f"export LAB_MAIN_MODE={mode}\n")


def check(run, checks):
    """Judge one run; also leaves leaks.json in its folder."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("every card was bound to vfio-pci", run.text("unbound").split(), [])
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    host = Facts.from_text(run.text("host.json"))
    opregions = dict(line.split() for line in run.text("asls").splitlines())
    opregions[run.generation] = host.data["opregion"]["address"]
    found = {}
    for name, bdsm in [(run.generation, host.bdsm())] + [(card.name, BASE)
                                                         for card in run.cards]:
        found[name] = _check_one(run, checks, name, bdsm, number(opregions[name]),
                                 len(host.opregion()))
    (run.folder / "leaks.json").write_text(json.dumps(found, indent=1) + "\n")


def _check_one(run, checks, name, bdsm, opregion, opregion_size):
    chip = model.describe(run.igdvm, name)
    told = leaks.Told.from_text(run.text(f"looks/{name}"))
    named = leaks.ranges(bdsm, chip, opregion, opregion_size)
    checks.equal(f"{name}: the VMM ended with the guest",
                 run.text(f"looks/{name}.status").strip(), "0")
    least = leaks.least_read(chip, _stride(run))
    checks.true(f"{name}: the guest read its registers", told.read >= least
                and told.bar0_size == chip["bar0_size"]
                and told.has_io == (float(chip["generation"]) <= 12),
                f"{told.read} dwords, at least {least}")
    checks.equal(f"{name}: GGC is the host's", hex(told.registers.get(0x108040, 0) & 0xffff),
                 hex(chip["ggc"]))
    shown = told.leaks(named)
    text = "; ".join(f"{leak['where']} reads {leak['value']}: {leak['of']}" for leak in shown)
    if run.vmm == "igdvm":
        checks.true(f"{name}: no address of the host's is seen", told.read and not shown,
                    text or "none")
    else:
        # Also proof that the search finds what is there.
        checks.true(f"{name}: what QEMU shows of the host's addresses",
                    QEMU_SHOWS & {leak["of"] for leak in shown}, text or "none")
    return {"read": told.read, "leaks": shown}
