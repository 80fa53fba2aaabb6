"""The guest that looks for addresses of its host: its parameters, and what it said."""

import re
import struct
from dataclasses import dataclass, field

from . import prepare

# Registers known to have, or to lie beside, addresses: rings and fences, display buffer
# and interrupts, pipe A, copies of config registers, stolen-memory access.
DENSE_PAGES = (0x2000, 0x12000, 0x22000, 0x44000, 0x45000, 0x70000, 0x78000, 0x100000,
               0x108000, 0x138000)
EVERYTHING = 8  # stride: all of BAR0
MOST_PAGES = MOST_WINDOWS = 16


def ranges(bdsm, chip, opregion, opregion_size):
    """[(name, first, last)] of what a host has: a guest must not learn where.

    `chip` is what `igdvm model --describe` tells.
    """
    found = [("GTT stolen memory", bdsm - chip["gtt_stolen_size"], bdsm - 1),
             ("stolen memory", bdsm, bdsm + chip["stolen_size"] - 1),
             ("OpRegion", opregion & ~0xfff, opregion + opregion_size - 1)]
    return [one for one in found if one[1] > 0 and one[2] > one[1]]


def parameters(stride, windows, gtt_stride=EVERYTHING):
    """The guest's last sector. `windows` is [(first, last)], sixteen at most."""
    pages = [] if stride == EVERYTHING else list(DENSE_PAGES)
    words = [stride, gtt_stride, len(pages), *pages, *[0] * (MOST_PAGES - len(pages)), len(windows)]
    for first, last in windows:
        words += [first, last]
    return struct.pack(f"<{len(words)}I", *words)


def disk(stride, windows, gtt_stride=EVERYTHING):
    """The guest's disk."""
    return prepare.flat_disk("leaks", parameters=parameters(stride, windows, gtt_stride))


def least_read(chip, stride, gtt_stride=EVERYTHING):
    """How many dwords the guest reads at least: config space twice, and BAR0."""
    half = chip["bar0_size"] // 2
    pages = 0 if stride == EVERYTHING else len(DENSE_PAGES) * 1024
    return 128 + half // stride * 2 + pages + half // gtt_stride * 2


@dataclass
class Told:
    """What the guest said."""

    config: dict = field(default_factory=dict)      # offset: dword
    registers: dict = field(default_factory=dict)
    hits: list = field(default_factory=list)        # (place, offset, value)
    read: int = 0                                   # 0: it did not end
    bar0_size: int = 0
    has_io: bool = False

    @classmethod
    def from_text(cls, text):
        """Parse the serial line."""
        told = cls()
        for line in text.splitlines():
            words = line.split()
            if re.fullmatch(r"config [0-9a-f]{6} [0-9a-f]{8}", line):
                told.config[int(words[1], 16)] = int(words[2], 16)
            elif re.fullmatch(r"register [0-9a-f]{6} [0-9a-f]{8}", line):
                told.registers[int(words[1], 16)] = int(words[2], 16)
            elif re.fullmatch(r"leak [a-z0-9-]+ [0-9a-f]{6} [0-9a-f]{8}", line):
                told.hits.append((words[1], int(words[2], 16), int(words[3], 16)))
            elif line.startswith("read "):
                told.read, told.bar0_size = int(words[1], 16), int(words[5], 16)
                told.has_io = words[6] == "io"
        return told

    def leaks(self, named):
        """Each place once: [{"where", "value", "of"}]; named as of ranges()."""
        found = {}
        for place, offset, value in self.hits:
            of = next((name for name, first, last in named if first <= value <= last), None)
            if of:
                found[f"{place} {offset:#x}"] = {"where": f"{place} {offset:#x}",
                                                 "value": f"{value:#010x}", "of": of}
        return list(found.values())

    def bdsm(self, chip):
        """The guest's stolen memory, from BAR0's copy of the register."""
        return self.registers.get(0x1080c0, 0) & 0xfff00000
