"""What is measured, in what unit, and what igdvm has to reach."""

VMMS = ("igdvm", "qemu", "floor")


class Row:
    """One figure. `limit` is absolute, `factor` and `above` relate to the figure of `of`.

    `source` is the measurement in the lab PC that gives it, None for one of the host;
    `boot` is the lab PC it is taken in (lab.py), `rounds` how often: the median counts.
    """

    def __init__(self, name, title, unit, limit=None, factor=1, above=0, of="floor",
                 source=None, boot="plain", rounds=1):
        self.name, self.title, self.unit = name, title, unit
        self.limit, self.factor, self.above, self.of = limit, factor, above, of
        self.source, self.boot, self.rounds = source or name, boot, rounds

    def goal(self, figures):
        """The largest figure that meets the goal, None when it cannot be told."""
        if self.limit is not None:
            return self.limit
        other = figures.get(self.of)
        return None if other is None else round(self.factor * other + self.above, 3)


def _disk_rows():
    """4 KiB requests of a virtio disk, by how many there are at a time; as disk.c has them."""
    patterns = [f"{place} {what}" for place in ("random", "sequential")
                for what in ("reads", "writes")]
    titles = [f"4 KiB {pattern}, {depth} at a time" for depth in (1, 32)
              for pattern in patterns]
    return [Row(f"G{number}", f"virtio-blk, {title}, each", "ns", of="qemu", source="G1")
            for number, title in enumerate(titles, 1)]


def _net_rows():
    """Frames of a virtio NIC on a tap, by who serves its rings; as pings.c has them."""
    titles = ("ping of 60 bytes, answered before the next", "pings of 60 bytes, 32 at a time",
              "pings of 1514 bytes, 32 at a time", "60 bytes sent, 32 at a time",
              "64,000 bytes sent in segments, 32 at a time")
    return [Row(f"H{5 * kernel + number}",
                f"virtio-net{', vhost' if kernel else ''}, {title}, each", "ns", of="qemu",
                source="H6" if kernel else "H1", boot="net", rounds=5 if kernel else 1)
            for kernel in (0, 1) for number, title in enumerate(titles, 1)]


ROWS = {row.name: row for row in (
    Row("A", "exec to the first entry, flat image", "instructions", limit=2_700_000),
    Row("B1", "port write, 0x80", "ns", factor=1.10),
    Row("B2", "serial port status read", "ns", factor=1.10),
    Row("B3", "PCI config read of 00:00.0", "ns", factor=1.13),
    Row("B4", "memory read nobody answers", "ns", factor=1.05),
    Row("B5", "memory write nobody answers", "ns", factor=1.05),
    Row("C", "exec to boot sector on virtio-blk", "s", limit=0.30),
    Row("C2", "exits to user space in that boot", "exits", limit=1502),
    Row("D", "set-up of the GPU before the first entry, less DMA mapping", "ms", above=11,
        boot="gpu"),  # 15 where opening the device takes the floor 4
    Row("D2", "DMA mapping of 256 MiB", "ms", factor=1.02, boot="gpu"),
    Row("E", "firmware phase added by the GPU", "s", limit=0.2, boot="gpu"),
    Row("E2", "DMA (un)mapping calls during firmware", "calls", limit=2, boot="gpu"),
    Row("E3", "memory slot calls up to the boot sector", "calls", limit=30, boot="gpu"),
    Row("F1", "private dirty memory beyond guest RAM", "kB", limit=1024),
    Row("F2", "PSS beyond guest RAM", "kB", limit=2048, source="F1"),
    Row("F3", "system calls before the first entry", "calls", limit=100),
    Row("F4", "shared libraries mapped", "libraries", limit=6, source="F1"),
    Row("F4b", "size of the stripped program", "MB", limit=0.5, source="host"),
    *_disk_rows(), *_net_rows(),
)}

# Names for several figures at once.
GROUPS = {group: [name for name in ROWS if name.startswith(letter)]
          for group, letter in (("disk", "G"), ("net", "H"))}
