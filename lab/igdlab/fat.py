"""Writes a FAT16 file system (Microsoft's FAT specification, 1.03) with files in folders."""

import struct

SECTOR, CLUSTER, RESERVED, ROOT_ENTRIES = 512, 2048, 4, 512
LEAST, MOST = 4085, 65524  # clusters that make it FAT16
FOLDER, ARCHIVE = 0x10, 0x20
END = 0xFFFF


def _short(name):
    """A name as a directory entry has it; ValueError when it is no 8.3 name."""
    base, _, suffix = name.partition(".")
    if not 1 <= len(base) <= 8 or len(suffix) > 3 or name != name.upper():
        raise ValueError(f"{name}: no 8.3 name")
    return base.ljust(8).encode() + suffix.ljust(3).encode()


def _entry(short, attributes, cluster, size=0):
    return struct.pack("<11sB10xHHHI", short, attributes, 0, 0x21, cluster, size)


class _Clusters:
    """The data area, and the table that links its clusters."""

    def __init__(self):
        self.table, self.data = [0xFFF8, END], bytearray()

    def add(self, contents):
        """The first cluster of what is added; 0 for nothing."""
        count = -(-len(contents) // CLUSTER)
        first = len(self.table)
        self.data += contents.ljust(count * CLUSTER, b"\0")
        self.table += [*range(first + 1, first + count), END] if count else []
        return first if count else 0


def _tree(files):
    """Nested dictionaries of paths such as EFI/BOOT/BOOTX64.EFI."""
    tree = {}
    for path, contents in files.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = contents
    return tree


def _add_folder(clusters, tree, parent):
    """A folder's first cluster: it comes after what is in it, so "." is put in later."""
    place = len(clusters.table)
    size = CLUSTER * -(-32 * (2 + len(tree)) // CLUSTER)
    clusters.add(bytes(size))
    entries = _entry(b".".ljust(11), FOLDER, place) + _entry(b"..".ljust(11), FOLDER, parent)
    entries += _entries(clusters, tree, place)
    start = (place - 2) * CLUSTER
    clusters.data[start:start + len(entries)] = entries
    return place


def _entries(clusters, tree, itself):
    """The entries of what is in a folder, which is added."""
    entries = b""
    for name, contents in tree.items():
        if isinstance(contents, dict):
            entries += _entry(_short(name), FOLDER, _add_folder(clusters, contents, itself))
        else:
            entries += _entry(_short(name), ARCHIVE, clusters.add(contents), len(contents))
    return entries


def image(files, size):
    """A file system of `size` bytes with `files`: upper-case paths and their contents."""
    clusters = _Clusters()
    root = _entries(clusters, _tree(files), 0)
    sectors = size // SECTOR
    table_sectors = -(-(sectors // (CLUSTER // SECTOR) + 2) * 2 // SECTOR)
    head = RESERVED + 2 * table_sectors + ROOT_ENTRIES * 32 // SECTOR
    room = (sectors - head) // (CLUSTER // SECTOR)
    if not LEAST <= room <= MOST or len(clusters.table) - 2 > room or len(root) > ROOT_ENTRIES * 32:
        raise ValueError(f"{size} bytes are no FAT16 that holds these files")
    boot = struct.pack("<3s8sHBHBHHBHHHIIBBBI11s8s", b"\xeb\x3c\x90", b"IGDVM   ", SECTOR,
                       CLUSTER // SECTOR, RESERVED, 2, ROOT_ENTRIES, 0, 0xF8, table_sectors,
                       32, 64, 0, sectors, 0x80, 0, 0x29, 0x1234ABCD, b"IGDVM LAB  ",
                       b"FAT16   ")
    boot = boot.ljust(510, b"\0") + b"\x55\xaa"
    table = struct.pack(f"<{len(clusters.table)}H", *clusters.table)
    table = table.ljust(table_sectors * SECTOR, b"\0")
    whole = boot.ljust(RESERVED * SECTOR, b"\0") + 2 * table
    whole += root.ljust(ROOT_ENTRIES * 32, b"\0") + bytes(clusters.data)
    return whole.ljust(size, b"\0")
