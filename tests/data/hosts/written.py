"""written.py: captures written by hand, one text file each, and the trees they stand for.

A file opens with lines of its label ("! key value"), then has a part for each path:

    === PATH              the lines that follow, as they are
    === PATH crlf         the same with DOS line ends
    === PATH gzip         the same, packed
    === dir PATH          an empty directory
    === link PATH TARGET  a symbolic link
    === pci SLOT CLASS VENDOR:DEVICE KEY=VALUE...
                          a device's vendor, device, class and what the keys name: rev,
                          driver, group, boot_vga, override
    === config SLOT SIZE  its config space: lines of an offset and bytes, as lspci -x has
                          them; what is not given is 0, but for the ids
"""

import gzip
import struct
from pathlib import Path

from capture import Capture

HERE = Path(__file__).resolve().parent / "written"
DEVICES = "sys/bus/pci/devices/0000:"
MODES = ("legacy", "upt", "uefi")
NOT_TO_BE_KNOWN = "?"  # a verdict that the capture has too little for


class Tree(Capture):
    """One capture, part by part."""

    def add_device(self, slot, class_code, ids, *settings):
        base = f"{DEVICES}{slot}"
        vendor, device = ids.split(":")
        self.files[f"{base}/vendor"] = f"0x{vendor}\n".encode()
        self.files[f"{base}/device"] = f"0x{device}\n".encode()
        self.files[f"{base}/class"] = f"0x{class_code}\n".encode()
        for setting in settings:
            key, value = setting.split("=")
            if key == "driver":
                self.links[f"{base}/driver"] = f"../../../../bus/pci/drivers/{value}"
            elif key == "group":
                self.links[f"{base}/iommu_group"] = f"../../../kernel/iommu_groups/{value}"
                self.links[f"sys/kernel/iommu_groups/{value}/devices/0000:{slot}"] = \
                    f"../../../../bus/pci/devices/0000:{slot}"
            else:
                name = {"rev": "revision", "override": "driver_override",
                        "boot_vga": "boot_vga"}[key]
                text = f"0x{value}" if key == "rev" else value
                self.files[f"{base}/{name}"] = f"{text}\n".encode()

    def add_config(self, slot, size, lines):
        base = f"{DEVICES}{slot}"
        data = bytearray(int(size))
        ids = [int(self.files[f"{base}/{name}"], 16) for name in ("vendor", "device")]
        struct.pack_into("<HH", data, 0, *ids)
        struct.pack_into("<H", data, 10, int(self.files[f"{base}/class"], 16) >> 8)
        for line in lines:
            offset, _, values = line.partition(":")
            values = bytes.fromhex(values)
            data[int(offset, 16):int(offset, 16) + len(values)] = values
        self.files[f"{base}/config"] = bytes(data)

    def add(self, head, lines):
        words = head.split()
        if words[0] == "pci":
            self.add_device(*words[1:])
        elif words[0] == "config":
            self.add_config(*words[1:], lines)
        elif words[0] == "dir":
            self.directories.add(words[1])
        elif words[0] == "link":
            self.links[words[1]] = words[2]
        else:
            end = "\r\n" if "crlf" in words else "\n"
            data = "".join(line + end for line in lines).encode()
            self.files[words[0]] = gzip.compress(data, mtime=0) if "gzip" in words else data


def read(path):
    """A capture's label, with the modes' verdicts apart, and its tree."""
    label, tree, head, lines = {}, Tree(), None, []
    for line in path.read_text().splitlines() + ["=== end"]:
        if line.startswith("! "):
            _, key, value = line.split(" ", 2)
            label[key] = value
        elif line.startswith("=== "):
            if head:
                tree.add(head, lines)
            head, lines = line[4:], []
        else:
            lines.append(line)
    label.update(zip(MODES, label.pop("verdicts").split()))
    return label, tree


def captures():
    """Name, label and tree of each."""
    return [(path.stem, *read(path)) for path in sorted(HERE.glob("*.txt"))]
