"""modes: the mode igdvm takes for each platform of the table, and what it says."""

from igdlab import model, tries
from igdlab.model import Card

SUMMARY = "the mode decision for a GPU of every platform, all in one lab PC"
TIME_LIMIT = 1200
QUIET_LIMIT = 240
VMMS = ("igdvm",)

BASE = 0x7b800000


def cards(run):
    """Every platform but the one at 00:02.0, two to a slot."""
    names = [name for name in model.generations(run.igdvm) if name != run.generation]
    places = [f"{slot:x}.{function}" for slot in range(8, 0x1f) for function in range(2)]
    return [Card(name, place, name, ("--bdsm", hex(BASE)),
                 {"multifunction": True} if place.endswith(".0") else {})
            for name, place in zip(names, places, strict=False)]


def prepare_run(run):
    """Tell the script in the lab PC which card is where."""
    model.write_cards(run.cards, run.input / "cards")
    refused = [card.name for card in run.cards
               if not _has_legacy(model.describe(run.igdvm, card.generation))]
    with open(run.input / "cards", "a", encoding="utf-8") as file:
        file.write(f'MODES="auto legacy upt"\nREFUSED="{" ".join(refused)}"\n')


def _has_legacy(chip):
    """Gen6 to Gen9 have a video BIOS."""
    return chip["has_vbios"] and 6 <= float(chip["generation"]) <= 9


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    names = [name for name in model.generations(run.igdvm) if name != run.generation]
    checks.true("there is a card of every platform", len(names) >= 30
                and names == [card.name for card in run.cards], len(names))
    checks.equal("every card was bound to vfio-pci", run.text("unbound").split(), [])
    checks.equal("and could be taken back", run.text("not-unbound").split(), [])
    for card in run.cards:
        _check_card(run, checks, card, model.describe(run.igdvm, card.generation))


def _check_card(run, checks, card, chip):
    """Legacy mode where there is a VBIOS; else UPT mode, and the reason."""
    has_legacy = _has_legacy(chip)
    mode = "legacy" if has_legacy else "upt"
    # From Meteor Lake on stolen memory has no base in config space.
    missing = {"vbios-generation"} | ({"bdsm"} if float(chip["generation"]) > 12 else set())
    line = f"{chip['title']} (8086:{chip['device']}, generation {chip['generation']}) in"
    wrong = []
    for asked, status, taken in (("auto", 0, mode), ("legacy", 0 if has_legacy else 1, mode),
                                 ("upt", 0, "upt")):
        if not run.is_long and (asked == "upt" or asked == "legacy" and has_legacy):
            continue  # the short form asks for what auto does not take
        found, text = tries.read(run, card.name, asked)
        told = tries.told(text)
        good = found == status
        if status == 0:
            good = good and f"{line} {taken} mode" in text and "firmware runs" in text
        fell_back = not has_legacy and asked != "upt"
        good = good and (set(told) == missing if fell_back else not told)
        if fell_back:
            good = good and told.get("vbios-generation") == \
                f"{chip['title']} is Gen{chip['generation']}"
        if fell_back and asked == "auto":
            good = good and "UPT mode is used instead" in text
        if not good:
            wrong.append(f"{asked}: {tries.brief(found, text)}")
    checks.true(f"{card.name} (Gen{chip['generation']}): {mode} mode"
                + ("" if has_legacy else ", legacy refused with its reason"),
                not wrong, "; ".join(wrong))
