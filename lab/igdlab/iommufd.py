"""VFIO modules with iommufd and device cdevs for a Debian kernel, which has neither.

CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV change nothing outside drivers/iommu/iommufd and
drivers/vfio but that lib/interval_tree.c gets two more functions. So those folders of the
kernel's own source, built as modules against its own headers with both options on, and put
in place of its VFIO modules, make the kernel that would have come of it.
"""

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from . import progress
from .errors import LabError

OPTIONS = ("CONFIG_IOMMUFD=m", "CONFIG_VFIO_DEVICE_CDEV=y", "CONFIG_DEBUG_INFO_BTF_MODULES=")
KBUILD = """\
subdir-ccflags-y := -DCONFIG_IOMMUFD_MODULE=1 -DCONFIG_VFIO_DEVICE_CDEV=1 \\
                    -DCONFIG_INTERVAL_TREE_SPAN_ITER=1
obj-m := iommu/iommufd/ vfio/
"""
# Folders and files of the source, and where they go; built-in parts of drivers/iommu are
# there for their private headers.
SOURCES = (("drivers/iommu/", "iommu"), ("drivers/vfio/", "vfio"),
           ("lib/interval_tree.c", "interval_tree.c"))
BUILT = ("iommufd", "vfio", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci")


def _compiler(suite, headers):
    """The package of the compiler the kernel was built with; it must be installed."""
    name = next((found for found in suite.depends(headers)
                 if re.fullmatch(r"gcc-\d+", found)), None)
    if not name or not shutil.which(name) or not shutil.which("make"):
        raise LabError(f"{name or 'gcc'} and make are needed to build the modules of the "
                       f"kernel iommufd: apt-get install {name or 'gcc'} make")
    return name


def packages(suite, release):
    """What to unpack, beside the kernel itself, to build the modules."""
    headers = f"linux-headers-{release}"
    needed = [found for found in suite.depends(headers)
              if re.match(r"linux-(headers|kbuild)-", found)]
    _compiler(suite, headers)
    version = re.match(r"\d+\.\d+", release).group(0)
    source = f"linux-source-{version}"
    built_from = suite.version(headers)
    if built_from not in suite.versions(source):
        raise LabError(f"{source} {built_from}, which the kernel was built from, is not "
                       f"there; there is {', '.join(suite.versions(source)) or 'none'}")
    return [headers, *needed, "libelf1", f"{source}={built_from}"]


def _extract(archive, folder):
    """Take the sources that are needed out of the kernel's."""
    with tarfile.open(archive, "r|xz") as stream:
        for member in stream:
            name = member.name.partition("/")[2]
            for source, target in SOURCES:
                if member.isfile() and (name == source or
                                        (source.endswith("/") and name.startswith(source))):
                    place = folder / (target + name[len(source) - 1:]
                                      if source.endswith("/") else target)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(stream.extractfile(member).read())


def _span_iterator(text):
    """The functions of lib/interval_tree.c that only this option compiles, by themselves."""
    found = re.search(r"#ifdef CONFIG_INTERVAL_TREE_SPAN_ITER\n(.*?)^#endif", text,
                      re.MULTILINE | re.DOTALL)
    if not found:
        raise LabError("lib/interval_tree.c of the kernel's source has no span iterator")
    includes = "".join(re.findall(r"^#include .*\n", text, re.MULTILINE))
    return includes + re.sub(r"EXPORT_SYMBOL_GPL\(\w+\);\n", "", found.group(1))


def _make(headers, common, tree, folder):
    makefile = headers / "Makefile"  # it includes the common one by its installed path
    makefile.write_text(f"include {common}/Makefile\n")
    libraries = tree / "usr/lib/x86_64-linux-gnu"  # objtool wants libelf
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    done = subprocess.run(["make", "-C", str(headers), f"M={folder}", *OPTIONS, "modules"],
                          capture_output=True, text=True, env=environment)
    if done.returncode:
        first = next((line for line in done.stderr.splitlines()
                      if "error" in line.lower()), done.stderr.strip()[-300:])
        raise LabError(f"the modules of the kernel iommufd do not build: {first}")


def build(tree, release, modules):
    """Build the modules from an unpacked tree and put them into the folder `modules`."""
    progress.say("building its VFIO modules with iommufd (about a minute)")
    sources = tree / "usr/src"
    folder = tree / "build"
    archive = next(iter(sorted(sources.glob("linux-source-*.tar.xz"))), None)
    headers = sources / f"linux-headers-{release}"
    common = sources / f"linux-headers-{release.removesuffix('-amd64')}-common"
    if not archive or not headers.is_dir() or not common.is_dir():
        raise LabError(f"the packages of {release} have no source or no headers")
    _extract(archive, folder)
    (folder / "Kbuild").write_text(KBUILD)
    span = folder / "iommu/iommufd/interval_tree_span.c"
    span.write_text(_span_iterator((folder / "interval_tree.c").read_text()))
    with open(folder / "iommu/iommufd/Makefile", "a", encoding="utf-8") as makefile:
        makefile.write("iommufd-y += interval_tree_span.o\n")
    _make(headers, common, tree, folder)

    built = {path.stem: path for path in folder.rglob("*.ko")}
    shutil.rmtree(modules / "kernel/drivers/vfio")
    target = modules / "kernel/drivers/vfio"
    target.mkdir()
    for name in BUILT:
        if name not in built:
            raise LabError(f"the build of the VFIO modules made no {name}.ko")
        subprocess.run(["strip", "--strip-debug", "-o", target / f"{name}.ko", built[name]],
                       check=True)
