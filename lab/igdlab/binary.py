"""A program and the shared libraries it needs, to be run where neither is installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .errors import LabError

LOADER = "ld-linux-x86-64.so.2"


def loader_of(tree):
    """The dynamic loader of an unpacked tree, or of this computer when tree is /."""
    for place in ("lib64", "usr/lib64", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"):
        candidate = Path(tree) / place / LOADER
        if candidate.exists():
            return candidate
    raise LabError(f"{tree}: no {LOADER} in it")


def library_path(tree):
    """The folders of an unpacked tree that hold libraries, as for LD_LIBRARY_PATH."""
    return ":".join(str(Path(tree) / place) for place in
                    ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"))


def libraries(program, tree=Path("/")):
    """The files of all libraries program needs, resolved inside tree."""
    command = [str(loader_of(tree))]
    if Path(tree) != Path("/"):
        command += ["--library-path", library_path(tree)]
    done = subprocess.run([*command, "--list", str(program)], capture_output=True, text=True)
    if done.returncode or "not found" in done.stdout:
        missing = re.findall(r"(\S+) => not found", done.stdout)
        raise LabError(f"{program}: libraries cannot be resolved "
                       f"({', '.join(missing) or done.stderr.strip()})")
    return [Path(found) for found in re.findall(r"=> (/\S+) \(0x", done.stdout)]


def copy_with_libraries(program, tree, folder):
    """Copy program to folder/bin, its libraries and loader to folder/lib."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "lib").mkdir(exist_ok=True)
    shutil.copy2(program, folder / "bin" / Path(program).name)
    for library in libraries(program, tree):
        shutil.copy2(os.path.realpath(library), folder / "lib" / library.name)
    shutil.copy2(os.path.realpath(loader_of(tree)), folder / "lib" / LOADER)


def command(folder, program):
    """The command that runs folder/bin/program with its own loader and libraries."""
    folder = Path(folder)
    return [str(folder / "lib" / LOADER), "--library-path", str(folder / "lib"),
            str(folder / "bin" / program)]
