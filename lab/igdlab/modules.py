"""Kernel modules: which files a list of module names needs, in loading order."""

import lzma
import re
from pathlib import Path

from .errors import LabError


def _normal(name):
    return name.replace("-", "_")


def read(path):
    """The content of a module file, which Debian 13 and later compress."""
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def file_name(path):
    """The name of a module file when it is not compressed."""
    return path.stem if path.suffix == ".xz" else path.name


def _depends(path):
    """Names a module file says it depends on (the "depends" field of .modinfo)."""
    found = re.search(rb"\0depends=([^\0]*)\0", read(path))
    return [name.decode() for name in found.group(1).split(b",") if name] if found else []


def resolve(module_folder, names):
    """Files for names and all they depend on, dependencies first.

    A name built into the kernel needs no file; one that is neither is an error.
    """
    index = {_normal(Path(file_name(path)).stem): path
             for pattern in ("*.ko", "*.ko.xz") for path in Path(module_folder).rglob(pattern)}
    builtin_list = Path(module_folder) / "modules.builtin"
    builtin = {_normal(Path(line).stem) for line in builtin_list.read_text().splitlines()}
    order = []

    def visit(name):
        name = _normal(name)
        if name in builtin:
            return
        if name not in index:
            raise LabError(f"{module_folder}: no kernel module {name}")
        if index[name] in order:
            return
        for other in _depends(index[name]):
            visit(other)
        order.append(index[name])

    for name in names:
        visit(name)
    return order
