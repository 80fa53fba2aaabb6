"""requirements: each thing legacy mode needs is taken away in turn, and igdvm says which."""

import re
from dataclasses import dataclass
from pathlib import Path

from igdlab import model, tries
from igdlab.facts import Facts
from igdlab.model import Card

SUMMARY = "every requirement of legacy mode failed on purpose: words and exit status"
TIME_LIMIT = 900
QUIET_LIMIT = 240
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-model",)  # a model inside the lab PC

BDSM = ("--bdsm", "0x7b800000")
# A root bus that no IOMMU looks after: as Linux leaves Broadwell's graphics.
QEMU_ARGUMENTS = ("-device", "pxb-pcie,id=outside,bus_nr=64,bypass_iommu=on,addr=1e.0",
                  "-device", "pcie-root-port,id=outside-port,bus=outside,chassis=1,addr=0.0")

# EFI_SYSTEM_NV_DATA_FV_GUID, of the file system UEFI firmware's variables are in.
VARIABLES_GUID = bytes.fromhex("8d2bf1ff96768b4ca9852747075b4f50")

KERNEL_GIVES = ("opregion", "host-bridge-region", "lpc-bridge-region")


@dataclass(frozen=True)
class Try:
    """What must come of one try: of --mode legacy and of --mode auto."""

    name: str
    failures: dict            # requirement: words of what was found
    legacy: int = 1           # exit statuses
    auto: int = 0
    says: str = ""            # words of the error when no requirement is told
    remedies: tuple = ()      # words among the remedies


# The cards: name, generation, arguments of igdvm model, properties, and what must be said.
CARDS = (
    (Card("ivd", "8.0", "skylake", (*BDSM, "--ivd")),
     {"ivd": "GGC is 0x02c3, IVD 1"}),
    (Card("class-0380", "9.0", "skylake", (*BDSM, "--class", "0380")),
     {"vga-class": "class 0380", "kernel-0380": "a device of class 0380 needs 6.15",
      "opregion": "Linux 6.1 offers it not for class 0380",
      "host-bridge-region": "as there is no OpRegion",
      "lpc-bridge-region": "as there is no OpRegion", "vga-region": "VGA region: none"}),
    (Card("no-stolen", "a.0", "skylake", (*BDSM, "--gms", "0")),
     {"ggc": "0 MiB of stolen memory"}),
    (Card("no-bdsm", "b.0", "skylake"), {"bdsm": "BDSM is 0x0"}),
    (Card("generation", "c.0", "tiger-lake", BDSM),
     {"vbios-generation": "Tiger Lake is Gen12"}),
    (Card("unlisted", "e.0", "skylake", BDSM, {"x-pci-device-id": 0x19ff}),
     {"listed": "device 8086:19ff is not in the table"}),
    (Card("no-opregion", "10.0", "skylake", BDSM),
     {"opregion": "ASLS is 0x0: the host's firmware made none",
      "host-bridge-region": "as there is no OpRegion",
      "lpc-bridge-region": "as there is no OpRegion"}),
    (Card("many", "11.0", "tiger-lake", (*BDSM, "--gms", "0", "--ivd")),
     {"vbios-generation": "Gen12", "ivd": "IVD 1", "ggc": "0 MiB"}),
)
# For the tries that spoil the host's copy of the video BIOS.
NO_ROM = Card("no-rom", "d.0", "skylake", BDSM, has_rom=False)
# These cannot be had in either mode.
REFUSED_CARDS = (
    (Card("not-intel", "f.0", "skylake", BDSM, {"x-pci-vendor-id": 0x1234}), 1,
     "is no Intel display device"),
    (Card("bad-opregion", "12.0", "skylake", BDSM), 3,
     "the kernel log (dmesg) says why: Invalid argument"),
    (Card("broadwell", "0.0", "broadwell", BDSM, {"bus": "outside-port"}), 1,
     "Linux switches the IOMMU of Broadwell graphics off"),
)

TRIES = tuple(Try(card.name, failures) for card, failures in CARDS) + (
    Try("no-shadow-rom", {"rom": "ROM: none"}),
    Try("no-rom", {"rom": "ROM: none"}),
    Try("old-kernel", {"kernel": "Linux 2.6; a device of class 0300 needs 4.6",
                       "opregion": "ASLS is 0x0", "host-bridge-region": "no OpRegion",
                       "lpc-bridge-region": "no OpRegion"}),
    # What an old kernel is needed for is there: its number is no obstacle.
    Try("old-kernel-good", {}, legacy=0),
    Try("address", {"guest-address": "00:05.0 in the guest"}),
    Try("lpc-place", {"guest-address": "00:1f.0", "lpc-place": "taken"}),
    Try("root-bus", {"root-bus": "bus 01 of the guest"}, auto=1),
    Try("rom-bar", {"rom-bar": "the ROM BAR is off"}, remedies=("without --rom none",)),
    Try("display", {"guest-video": "an emulated VGA"}, remedies=("without --display vga",)),
    Try("opregion-off", {"opregion": "the guest is not to have it"},
        remedies=("without --opregion off",)),
    Try("rom-uefi", {"rom": "UEFI image"}),
    Try("guest-ram", {"guest-ram": "100 MiB of guest RAM for 64 MiB"}),
    Try("firmware-old", {"firmware": "does not name etc/igd-opregion and"}),
    Try("several", {"guest-address": "00:05.0", "rom-bar": "off", "guest-ram": "100 MiB",
                    "firmware": "etc/igd-opregion"}),
    Try("all-met", {}, legacy=0),
    Try("rom-file", {}, legacy=0),
    Try("rom-damaged", {}, legacy=2, auto=2, says="ROM file: "),
    Try("without-rom", {"rom": "ROM: none"}),
    Try("without-vga", {"vga-region": "VGA region: none"}),
    Try("without-opregion", {"opregion": "the kernel does not offer it"}),
    Try("without-host-bridge", {"host-bridge-region": "host bridge: none"}),
    Try("without-lpc-bridge", {"lpc-bridge-region": "LPC bridge: none"}),
    Try("disable-vga", {"vga-region": "vfio-pci has disable_vga=1"}),
)


def cards(run):
    """The GPUs beside the good one."""
    return [entry[0] for entry in CARDS + REFUSED_CARDS] + [NO_ROM]


def prepare_run(run):
    """Put in what the tries need: names of cards, ROMs and firmware of several kinds."""
    inside = [card for card in run.cards if card.name != "broadwell"]
    names = " ".join(card.name for card in run.cards if card is not NO_ROM)
    model.write_cards(inside, run.input / "cards")
    with open(run.input / "cards", "a", encoding="utf-8") as file:
        file.write(f'CARD_BROADWELL=0000:41:00.0\nNAMES="{names}"\n')

    rom = run.rom.read_bytes()
    (run.input / "good.rom").write_bytes(rom)
    (run.input / "uefi.rom").write_bytes(_as_uefi(rom))
    (run.input / "damaged.rom").write_bytes(b"\0\0" + rom[2:])
    bios = (run.input / "bios.bin").read_bytes()
    # As a SeaBIOS from before it knew IGD: it asks for neither file.
    (run.input / "old-bios.bin").write_bytes(
        bios.replace(b"etc/igd-opregion", b"etc/old-opregion")
            .replace(b"etc/igd-bdsm-size", b"etc/old-bdsm-size"))
    # The header of a UEFI firmware volume, with variables: nothing that runs.
    header = bytes(16) + VARIABLES_GUID + (0x10000).to_bytes(8, "little") + b"_FVH"
    (run.input / "uefi.bin").write_bytes(header.ljust(len(bios) - 16, b"\0") + bios[-16:])


def _as_uefi(rom):
    """The image with the code type and the EFI signature of a UEFI driver."""
    rom = bytearray(rom)
    pcir = int.from_bytes(rom[0x18:0x1a], "little")
    rom[3] = 0  # the size has 16 bits there
    rom[4:8] = (0xef1).to_bytes(4, "little")
    rom[pcir + 0x14] = 3
    return bytes(rom)


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("every card was bound to vfio-pci", run.text("unbound").split(), [])
    for one in TRIES:
        _check_legacy(run, checks, one)
        _check_auto(run, checks, one)
    _check_uefi(run, checks)
    for card, status, words in REFUSED_CARDS:
        for mode in ("legacy", "auto"):
            found, text = tries.read(run, card.name, mode)
            checks.true(f"{card.name}, {mode}: status {status}, and why",
                        found == status and words in text, tries.brief(found, text))
    _check_coverage(checks)
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    before = Facts.from_text(run.text("host.json"))
    after = Facts.from_text(run.text("host-after.json"))
    checks.equal("the host's BDSM is as before", hex(after.bdsm()), hex(before.bdsm()))


def _matches(told, failures):
    return told.keys() == failures.keys() and all(words in told[name]
                                                  for name, words in failures.items())


def _check_legacy(run, checks, one):
    status, text = tries.read(run, one.name, "legacy")
    told = tries.told(text)
    good = status == one.legacy and _matches(told, one.failures)
    if one.failures:
        count = len(one.failures)
        good = good and (f"legacy mode is not possible, {count} requirement"
                         f"{'s' if count > 1 else ''} not met") in text
    good = good and all(words in text for words in one.remedies) and one.says in text
    checks.true(f"{one.name}, legacy: status {one.legacy}, "
                f"{', '.join(one.failures) or one.says or 'all met'}", good,
                "" if good else tries.brief(status, text))


def _check_auto(run, checks, one):
    status, text = tries.read(run, one.name, "auto")
    good = status == one.auto and _matches(tries.told(text), one.failures) and one.says in text
    if one.failures and one.auto == 0:
        wanted = ["in upt mode", "legacy mode is not possible, UPT mode is used instead",
                  "stopped by a signal", "the guest's firmware runs"]
        good = good and all(words in text for words in wanted)
    elif one.auto == 0:
        good = good and "in legacy mode" in text and "the guest's firmware runs" in text
    checks.true(f"{one.name}, auto: " + (
        f"status {one.auto}" if one.auto else
        "UPT mode, and why" if one.failures else "legacy mode"), good,
        "" if good else tries.brief(status, text))


def _check_uefi(run, checks):
    """UEFI firmware: what is in the way of legacy mode besides does not matter."""
    status, text = tries.read(run, "firmware-uefi", "legacy")
    checks.true("firmware-uefi, legacy: status 1, one line",
                status == 1 and len(text.splitlines()) == 1
                and "uefi.bin is UEFI, which runs no VBIOS; use --mode upt" in text,
                tries.brief(status, text))
    status, text = tries.read(run, "firmware-uefi", "auto")
    checks.true("firmware-uefi, auto: UPT mode, without another word",
                status == 0 and "in upt mode" in text and "stopped by a signal" in text
                and "not possible" not in text, tries.brief(status, text))


# Not to be had with igdvm, which has one machine and no hot-plug: tests/unit/igd has them.
ELSEWHERE = {"i440fx", "cold-plugged"}
# Failed above, in the cards that cannot be had in either mode.
IN_REFUSED = {"intel-display", "host-iommu"}


def _check_coverage(checks):
    table = (Path(__file__).resolve().parents[3] / "src/igd/requirement.c").read_text()
    ids = set(re.findall(r'^    \{ "([a-z0-9-]+)", (?:LEGACY|UPT)', table, re.MULTILINE))
    failed = set().union(*(one.failures for one in TRIES)) | IN_REFUSED
    checks.true("every requirement of the table was failed", ids and ids == failed | ELSEWHERE,
                f"{len(ids)} requirements; without a try: "
                f"{', '.join(sorted(ids - failed - ELSEWHERE)) or 'none'}")
