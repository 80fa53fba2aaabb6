"""Writes a disc image (ECMA-119, level 1) with files in its root directory."""

import struct

BLOCK = 2048
# Blocks: descriptors from 16 on, path tables, the root directory; files follow.
TABLES, ROOT, CATALOG, FILES = 19, 21, 22, 23
BOOT_FILE = "BOOT.BIN"
DATE = bytes((100, 1, 1, 0, 0, 0, 0))


def _both(value):
    """A number in both byte orders."""
    return struct.pack("<I", value) + struct.pack(">I", value)


def _record(name, block, size, is_folder=False):
    """A directory record."""
    body = struct.pack("<B8s8s7sBBB4sB", 0, _both(block), _both(size), DATE,
                       2 if is_folder else 0, 0, 0, struct.pack("<H", 1) +
                       struct.pack(">H", 1), len(name)) + name
    body += bytes(len(body) % 2 == 0)
    return bytes((len(body) + 1,)) + body


def _descriptor(volume, blocks, root, path_table_size):
    """The primary volume descriptor."""
    one = struct.pack("<H", 1) + struct.pack(">H", 1)
    head = b"\x01CD001\x01\0" + b" " * 32 + volume.encode().ljust(32) + bytes(8)
    head += _both(blocks) + bytes(32) + one + one
    head += struct.pack("<H", BLOCK) + struct.pack(">H", BLOCK) + _both(path_table_size)
    head += struct.pack("<II", TABLES, 0) + struct.pack(">II", TABLES + 1, 0) + root
    head += b" " * (813 - len(head))
    for _ in range(4):  # when it was made, changed, and its limits
        head += b"2000010100000000" + b"\0"
    return (head + b"\x01").ljust(BLOCK, b"\0")


def _boot_record():
    """The descriptor that names the boot catalog (El Torito, 2.0)."""
    text = b"\0CD001\x01" + b"EL TORITO SPECIFICATION".ljust(64, b"\0")
    return (text + struct.pack("<I", CATALOG)).ljust(BLOCK, b"\0")


def _catalog(block, size):
    """One boot image that is no emulated disk; sizes in sectors of 512 bytes."""
    check = bytearray(b"\x01\0\0\0" + b"IGDVM".ljust(24, b"\0") + b"\0\0\x55\xaa")
    words = sum(struct.unpack("<16H", check))
    check[0x1c:0x1e] = struct.pack("<H", -words & 0xffff)
    entry = struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, -(-size // 512), block)
    return (bytes(check) + entry).ljust(BLOCK, b"\0")


def image(files, volume="IGDVM"):
    """An image of `files`, names such as DATA.BIN with their contents.

    A file BOOT.BIN is what a PC's firmware boots, loaded to 7C00.
    """
    for name in files:
        if not 1 <= len(name) <= 12 or name != name.upper():
            raise ValueError(f"{name}: no name of level 1")
    block, records, data, catalog = FILES, b"", b"", None
    for name, contents in sorted(files.items()):
        if name == BOOT_FILE:
            catalog = _catalog(block, len(contents))
        records += _record(f"{name};1".encode(), block, len(contents))
        data += contents + bytes(-len(contents) % BLOCK)
        block += -(-len(contents) // BLOCK)
    itself = [_record(name, ROOT, BLOCK, is_folder=True) for name in (b"\0", b"\1")]
    folder = b"".join(itself) + records
    if len(folder) > BLOCK:
        raise ValueError("too many files")
    tables = [struct.pack("<BBIHBB", 1, 0, ROOT, 1, 0, 0),
              struct.pack(">BBIHBB", 1, 0, ROOT, 1, 0, 0)]
    end = b"\xffCD001\x01".ljust(BLOCK, b"\0")
    return b"".join((bytes(16 * BLOCK),
                     _descriptor(volume, block, itself[0], len(tables[0])),
                     _boot_record() if catalog else end, end,
                     *(table.ljust(BLOCK, b"\0") for table in tables),
                     folder.ljust(BLOCK, b"\0"), catalog or bytes(BLOCK), data))
