"""The kernels of the lab: which there are, and how one is taken from Debian's packages."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

from . import iommufd
from .errors import LabError, UsageError

DEFAULT = "bookworm"

# Options of every kernel that runs in software emulation. Linux tests the timer of the
# I/O APIC and panics when its ticks come late, which they do on a busy computer.
EMULATED = "console=ttyS0 panic=-1 quiet no_timer_check"

# What drivers of newer kernels need beside what the lab keeps (prepare.KERNEL_MODULES).
NEWER_MODULES = ("drivers/platform/wmi", "fs/configfs")


class Kernel(NamedTuple):
    """One kernel: its suites, the last of which is preferred, and what is special."""

    suites: tuple
    summary: str
    iommufd: bool = False  # gets modules built with CONFIG_IOMMUFD (igdlab/iommufd.py)
    keeps_consoles: bool = False  # before 6.0: vfio-pci removes none from the GPU it gets


# No kernel of Debian has CONFIG_IOMMUFD (bookworm to sid were looked at: 6.1 to 7.3), so
# one gets its VFIO modules anew. It is the one whose compiler is Debian 12's own.
KERNELS = {
    "bullseye": Kernel(("bullseye",), "Debian 11's (5.10)", keeps_consoles=True),
    "bookworm": Kernel(("bookworm",), "Debian 12's (6.1)"),
    "trixie": Kernel(("trixie",), "Debian 13's (6.12)"),
    "newest": Kernel(("trixie", "trixie-backports"), "the newest, of Debian 13's backports"),
    "iommufd": Kernel(("bookworm", "bookworm-backports"), "Debian 12's backport (6.12) with "
                      "its VFIO modules built with iommufd and device cdevs", True),
}


def find(name):
    """The kernel of this name; UsageError when there is none."""
    if name not in KERNELS:
        raise UsageError(f"no kernel {name!r}; there are: {', '.join(KERNELS)}")
    return KERNELS[name]


def _packages(suite, name):
    """The image's packages: one, or (from 7.2 on) an empty one and its three parts."""
    image = next((found for found in suite.depends("linux-image-amd64")
                  if found.startswith("linux-image-")), None)
    if not image:
        raise LabError(f"linux-image-amd64 of {name} names no kernel package")
    release = image.removeprefix("linux-image-")
    parts = [found for found in suite.depends(image)
             if re.fullmatch(rf"linux-(base|binary|modules)-{re.escape(release)}", found)]
    return release, [image, *parts]


def _one(name, places):
    found = [place for place in places if place.exists()]
    if not found:
        raise LabError(f"the kernel {name}: no {places[0].name} in its packages")
    return found[0]


def _copy_modules(modules, folder, wanted):
    """Copy the folders and files of `wanted`, compressed as they are, and the lists."""
    folder.mkdir()
    for name in ("modules.builtin", "modules.order"):
        shutil.copy(modules / name, folder / name)
    for name in wanted:
        source, target = modules / "kernel" / name, folder / "kernel" / name
        if source.is_dir():
            shutil.copytree(source, target)
            continue
        for file in (source, source.with_name(source.name + ".xz")):
            if file.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target.with_name(file.name))


def unpack(suite, name, folder, wanted, *more_packages):
    """Fill folder with vmlinuz, modules/ and release of a kernel; the unpacked tree.

    `suite` is open for the kernel's suites; more_packages are unpacked beside it.
    """
    kernel, tree = find(name), folder / "tree"
    release, packages = _packages(suite, name)
    if kernel.iommufd:
        packages += iommufd.packages(suite, release)
    suite.unpack(tree, (*packages, *more_packages), dependencies=False)
    modules = _one(name, [tree / place / release for place in
                          ("lib/modules", "usr/lib/modules")])
    image = _one(name, [tree / "boot" / f"vmlinuz-{release}", modules / "vmlinuz"])
    shutil.copy(image, folder / "vmlinuz")
    _copy_modules(modules, folder / "modules", wanted)
    if kernel.iommufd:
        iommufd.build(tree, release, folder / "modules")
    (folder / "release").write_text(release + "\n")
    return tree
