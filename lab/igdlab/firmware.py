"""The firmware of the lab's computers: SeaBIOS, which QEMU brings along, or OVMF."""

import shutil

from . import cache, debian

DEFAULT, OVMF = "seabios", "ovmf"
NAMES = {DEFAULT: "a BIOS", OVMF: "UEFI"}
SUITE = "bookworm"
FILES = ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd")


def ovmf():
    """A folder with OVMF's code and variables, as Debian packages them."""
    def build(folder):
        tree = folder / "tree"
        suite = debian.Suite(folder / "apt", (SUITE,))
        suite.unpack(tree, ("ovmf",), dependencies=False)
        for name in FILES:
            shutil.copy(tree / "usr/share/OVMF" / name, folder / name)
        shutil.rmtree(tree)
        shutil.rmtree(folder / "apt")

    return cache.part("ovmf", cache.hash_of(SUITE, *FILES, "1"), "fetching OVMF (4 MB)", build)


def parts(name):
    """What a computer with this firmware needs beside QEMU's own files."""
    return {"ovmf": ovmf()} if name == OVMF else {}


def arguments(prepared):
    """QEMU's arguments for it; what is written to the variables is lost."""
    if "ovmf" not in prepared:
        return []
    code, variables = (prepared["ovmf"] / name for name in FILES)
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,unit=1,format=raw,snapshot=on,file={variables}"]
