"""labelled.py: the list of labelled captures, and what many of them share. Labels are
(first cause, legacy, upt, uefi); they were written before doctor was run on them, and are
changed only with a reason in `note`."""

R, B, F, X = "ready", "bindable", "fixable", "impossible"
GITHUB = "https://github.com/"
# No report was at hand: made up from what the kernel and QEMU say in that case.
CONSTRUCTED = "constructed"
ALL_REGIONS = [(6, "rom", 131072), (8, "vga", 786432), (9, "opregion", 8192),
               (10, "host-bridge", 4096), (11, "lpc-bridge", 4096)]
NO_ROM = ALL_REGIONS[1:]
ONLY_IGD = ALL_REGIONS[2:]
NVIDIA = ("0000:01:00.0", 0x10DE, 0x2184, 0x030000, "nvidia", "2", 1)
RADEON = ("0000:03:00.0", 0x1002, 0x73BF, 0x030000, "amdgpu", "14", 1)
OLD = (("c0000020e60262", "f0101a"), ("c9008020660262", "f0105a"))
NO_IR = (("c0000020630272", "1000"), ("c9008020630272", "1000"))

# A DMA fault of the GPU, as kernels up to 5.12 log it.
FAULT = ("DMAR: [DMA Read] Request device [00:02.0] PASID ffffffff fault addr 9c000000 "
         "[fault reason 06] PTE Read access is not set")

CAPTURES = []


def capture(name, source, label, host, note=""):
    CAPTURES.append({"name": name, "source": source, "first": label[0],
                     "legacy": label[1], "upt": label[2], "uefi": label[3],
                     "note": note, "host": host})


def vfio(**options):
    """Bound to vfio-pci."""
    return {"driver": "vfio-pci", "override": "vfio-pci", **options}


def bios(**options):
    return {"uefi": False, **options}
