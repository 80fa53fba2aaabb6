#!/usr/bin/env python3
"""Make an option ROM image with a UEFI driver of a linked image.

The linked image starts with five numbers (image.lds); in their place come the headers of a
PE32+ image (Microsoft PE format; UEFI Specification 2.10, 2.1.1), before it those of the
option ROM (the same, 14.4.2). Writes it as a C array NAME, which HEADER declares. SIGNATURE
is what the configuration of the image begins with, "" when it has none.
"""
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from c_array import as_c  # noqa: E402  (the path must be set first)

UNIT = 512           # of an option ROM, and of a file
PAGE = 4096
PE_AT = 0x40         # in the option ROM
PCIR_AT = 0x1c
CONFIG_AT = 0x180    # in the PE image, as in image.lds
MACHINE_X64 = 0x8664
BOOT_SERVICE_DRIVER = 11
RELOCATABLE = 0x0222  # executable, large addresses, no debug information
CODE, DATA = 0x60000020, 0xC0000040  # readable: and executable, and writable
DIRECTORIES = 6      # none is filled
LARGEST = 32 * 1024


def up(size, unit):
    """The next whole number of units."""
    return -(-size // unit) * unit


def section(name, characteristics, start, end, file_at):
    """A section's header."""
    return struct.pack("<8sIIIIIIHHI", name, end - start, start, up(end - start, UNIT), file_at,
                       0, 0, 0, 0, characteristics)


def pe_image(flat, signature):
    """The PE32+ image: headers, code, data."""
    entry, code, code_end, data, data_end = struct.unpack_from("<5I", flat)
    flat = flat.ljust(data_end, b"\0")
    code_size, data_size = up(code_end - code, UNIT), up(data_end - data, UNIT)
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 0, 0, code_size, data_size, 0, entry, code,
        0, PAGE, UNIT, 0, 0, 0, 0, 0, 0, 0, up(data_end, PAGE), UNIT, 0, BOOT_SERVICE_DRIVER,
        0, 0, 0, 0, 0, 0, DIRECTORIES) + bytes(8 * DIRECTORIES)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", MACHINE_X64, 2, 0, 0, 0, len(optional),
                       RELOCATABLE)
    headers = dos + coff + optional
    headers += section(b".text", CODE, code, code_end, UNIT)
    headers += section(b".data", DATA, data, data_end, UNIT + code_size)
    if len(headers) > CONFIG_AT or not flat.startswith(signature, CONFIG_AT):
        sys.exit("the headers and the configuration do not fit each other")
    headers = headers.ljust(CONFIG_AT, b"\0") + flat[CONFIG_AT:UNIT]
    return (headers + flat[code:code_end].ljust(code_size, b"\0")
            + flat[data:data_end].ljust(data_size, b"\0"))


def option_rom(image):
    """The option ROM image with this PE image in it, the last one of its ROM."""
    size = up(PE_AT + len(image), UNIT)
    header = struct.pack("<HHIHHH8sHH", 0xAA55, size // UNIT, 0x0EF1, BOOT_SERVICE_DRIVER,
                         MACHINE_X64, 0, b"", PE_AT, PCIR_AT)
    # The device is filled in for each chip; class: display, compatible with VGA.
    pcir = struct.pack("<4sHHHHB3sHHBBH", b"PCIR", 0x8086, 0, 0, 0x18, 3, b"\0\0\3",
                       size // UNIT, 1, 3, 0x80, 0)
    rom = (header.ljust(PCIR_AT, b"\0") + pcir).ljust(PE_AT, b"\0") + image
    return rom.ljust(size, b"\0")


def main():
    if len(sys.argv) != 6:
        sys.exit("usage: finish.py IMAGE SIGNATURE NAME HEADER OUTPUT.c")
    flat, signature, name, header, output = sys.argv[1:]
    rom = option_rom(pe_image(Path(flat).read_bytes(), signature.encode()))
    if len(rom) > LARGEST:
        sys.exit(f"the image has {len(rom)} bytes, at most {LARGEST} are allowed")
    Path(output).write_text(as_c(rom, name, f"{Path(flat).name} with its headers", header),
                            encoding="ascii")


main()
