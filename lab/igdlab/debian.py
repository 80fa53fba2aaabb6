"""Debian packages, unpacked without installing them: mmdebstrap, and the mirror to use."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .errors import LabError

DEFAULT_MIRROR = "http://deb.debian.org/debian"


def mirror(apt_folder=Path("/etc/apt")):
    """The Debian mirror this computer is set up for, or the public one."""
    if os.environ.get("IGDVM_DEBIAN_MIRROR"):
        return os.environ["IGDVM_DEBIAN_MIRROR"]
    sources = [apt_folder / "sources.list"]
    sources += sorted((apt_folder / "sources.list.d").glob("*"))
    for source in sources:
        if source.suffix not in (".list", ".sources") or not source.is_file():
            continue
        for line in source.read_text(errors="replace").splitlines():
            if not re.match(r"\s*(deb\s|URIs:)", line):
                continue
            found = re.search(r"\bhttps?://\S+/debian/?(?=\s|$)", line)
            if found:
                return found.group(0).rstrip("/")
    return DEFAULT_MIRROR


def unpack(folder, suite, packages, more_suites=(), options=()):
    """Unpack packages of a Debian suite, and what they depend on, into folder."""
    if not shutil.which("mmdebstrap"):
        raise LabError("mmdebstrap is not installed; run scripts/install-dependencies")
    lines = [f"deb {mirror()} {name} main" for name in (suite, *more_suites)]
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--architectures=amd64",
               "--skip=cleanup/tmp", "--include=" + ",".join(packages),
               *(f"--aptopt={option}" for option in options),
               suite, str(folder), *lines]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("E: ")] or lines[-1:]
        raise LabError(f"{' '.join(packages)} could not be fetched from {mirror()} "
                       f"({suite}): {'; '.join(errors[:3])}; check the network or set "
                       "IGDVM_DEBIAN_MIRROR")
