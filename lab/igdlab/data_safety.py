"""A Linux guest whose disk must keep what fio flushed: its initramfs and disks.

The guest's init (lab/data-safety/init) verifies the files it is told of by the kernel's
command line, then has fio write one after the other, and says of each on the serial line
when it was flushed. Whoever runs it kills the VMM and boots it again.
"""

import shutil

from . import binary, cache, debian, host_tools, initramfs, prepare

SUITE = "bookworm"
FOLDER = prepare.LAB / "data-safety"
DATA_BYTES, FIO_BYTES = 32 << 20, 160 << 20


def make_disk(path, size=DATA_BYTES, content=None):
    """An ext4 file system in a file, empty or with a folder's content."""
    with open(path, "wb") as file:
        file.truncate(size)
    host_tools.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4",
                    *(["-d", content] if content else []), path], "a file system")


def fio_disk():
    """A disk with fio and its libraries, as ext4."""
    def build(folder):
        tree = folder / "tree"
        debian.Suite(folder / "apt", (SUITE,)).unpack(tree, ("fio",), dependencies=True)
        binary.copy_with_libraries(tree / "usr/bin/fio", tree, folder / "fio")
        make_disk(folder / "disk", FIO_BYTES, folder / "fio")
        for part in ("tree", "apt", "fio"):
            shutil.rmtree(folder / part)

    recipe = cache.hash_of(SUITE, str(FIO_BYTES), "1")
    return cache.part("fio-disk", recipe, "fetching fio (60 MB)", build) / "disk"


def initrd(kernel):
    """The guest's initramfs, with a kernel of prepare.kernel()."""
    return initramfs.build(kernel, initramfs.module_names(FOLDER / "modules"),
                           {"init": FOLDER / "init"})
