"""Builds the initramfs of the lab PC and of the guest: busybox, modules, an init."""

from . import modules
from .cpio import Archive


def build(kernel, module_names, files, links=()):
    """A complete initramfs as bytes.

    `kernel` is the prepared kernel part, `files` maps names in the archive to sources;
    modules are loaded by the init in the order of /etc/lab/modules.
    """
    archive = Archive()
    for folder in ("bin", "dev", "etc/lab", "lab", "mnt", "proc", "root", "run", "sys",
                   "tmp", "modules"):
        archive.folder(folder)
    archive.character_device("dev/console", 5, 1)
    archive.file("bin/busybox", kernel / "busybox", 0o755)
    archive.link("bin/sh", "busybox")
    order = modules.resolve(kernel / "modules", module_names)
    for path in order:
        archive.data(f"modules/{modules.file_name(path)}", modules.read(path))
    archive.data("etc/lab/modules",
                 "".join(f"{modules.file_name(path)}\n" for path in order).encode())
    for name, source in files.items():
        archive.file(name, source, 0o755)
    for name, target in links:
        archive.link(name, target)
    return archive.bytes()


def program(folder, name):
    """An archive, to be appended to another, with a program copied by binary.py.

    The loader and libraries go where the program looks for them by itself.
    """
    archive = Archive()
    archive.file(f"usr/bin/{name}", folder / "bin" / name, 0o755)
    for library in sorted((folder / "lib").iterdir()):
        place = "lib64" if library.name.startswith("ld-linux") else "usr/lib/x86_64-linux-gnu"
        archive.file(f"{place}/{library.name}", library, 0o755)
    return archive.bytes()
