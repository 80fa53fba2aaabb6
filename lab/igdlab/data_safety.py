"""A Linux guest whose disk must keep what fio flushed: its initramfs and disks.

The guest's init (lab/data-safety/init) verifies the files it is told of by the kernel's
command line, then has fio write one after the other, and says of each on the serial line
when it was flushed. Whoever runs it kills the VMM and boots it again.

The disk of tools has what the guest needs, and what the lab PC needs to judge images.
"""

import shutil

from . import binary, cache, debian, host_tools, initramfs, prepare

SUITE = "bookworm"
FOLDER = prepare.LAB / "data-safety"
DATA_BYTES, TOOLS_BYTES = 32 << 20, 256 << 20
# Packages, and the programs taken from them.
TOOLS = {"fio": ["usr/bin/fio"], "e2fsprogs": ["sbin/e2fsck"], "qemu-utils": ["usr/bin/qemu-img"],
         "qemu-system-common": ["usr/bin/qemu-storage-daemon"]}


def make_disk(path, size=DATA_BYTES, content=None):
    """An ext4 file system in a file, empty or with a folder's content."""
    with open(path, "wb") as file:
        file.truncate(size)
    host_tools.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4",
                    *(["-d", content] if content else []), path], "a file system")


def tools_disk():
    """A disk with TOOLS in bin and all their libraries in lib, as ext4."""
    def build(folder):
        tree = folder / "tree"
        debian.Suite(folder / "apt", (SUITE,)).unpack(tree, tuple(TOOLS), dependencies=True)
        for program in sum(TOOLS.values(), []):
            binary.copy_with_libraries(tree / program, tree, folder / "tools")
        make_disk(folder / "disk", TOOLS_BYTES, folder / "tools")
        for part in ("tree", "apt", "tools"):
            shutil.rmtree(folder / part)

    recipe = cache.hash_of(SUITE, str(TOOLS_BYTES), str(TOOLS), "1")
    return cache.part("tools-disk", recipe, "fetching fio and QEMU's tools (80 MB)",
                      build) / "disk"


def initrd(kernel):
    """The guest's initramfs, with a kernel of prepare.kernel()."""
    return initramfs.build(kernel, initramfs.module_names(FOLDER / "modules"),
                           {"init": FOLDER / "init"})
