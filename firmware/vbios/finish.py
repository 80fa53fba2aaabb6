#!/usr/bin/env python3
"""Make an option ROM of a linked image: pad it to 512 bytes, set sizes and checksum.

Writes the ROM as a C array, which the model is linked with.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from c_array import as_c  # noqa: E402  (the path must be set first)

SIZE_BYTE = 2        # of the ROM header: size in units of 512 bytes
CHECKSUM_BYTE = 6    # where header.S keeps room for it
PCIR_POINTER = 0x18
PCIR_LENGTH = 0x10   # in PCIR: image length in units of 512 bytes
LARGEST = 32 * 1024


def finish(image):
    rom = bytearray(image)
    rom += bytes(-len(rom) % 512)
    if len(rom) > LARGEST:
        sys.exit(f"the VBIOS has {len(rom)} bytes, at most {LARGEST} are allowed")
    pcir = int.from_bytes(rom[PCIR_POINTER:PCIR_POINTER + 2], "little")
    if rom[:2] != b"\x55\xaa" or rom[pcir:pcir + 4] != b"PCIR":
        sys.exit("the linked image has no option ROM header at its start")
    blocks = len(rom) // 512
    rom[SIZE_BYTE] = blocks
    rom[pcir + PCIR_LENGTH:pcir + PCIR_LENGTH + 2] = blocks.to_bytes(2, "little")
    rom[CHECKSUM_BYTE] = 0
    rom[CHECKSUM_BYTE] = -sum(rom) & 0xff
    return rom


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: finish.py IMAGE OUTPUT.c")
    with open(sys.argv[1], "rb") as source:
        rom = finish(source.read())
    with open(sys.argv[2], "w", encoding="ascii") as target:
        target.write(as_c(rom, "vbios_rom", "the VBIOS, as built from firmware/vbios",
                          "model/vbios_rom.h"))


main()
