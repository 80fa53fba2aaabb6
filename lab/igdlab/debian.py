"""Debian packages of any release, downloaded and unpacked without installing them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .errors import LabError

DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# Hooks of this computer's own apt configuration are for its own packages.
_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Default-Release "{release}";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Debug::NoLocking "true";
"""


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


class Suite:
    """One or more suites of Debian with an apt state of their own, in a folder.

    Nothing of this computer's package state is read or changed, and no privileges are
    needed: apt only resolves and downloads, dpkg-deb unpacks.
    """

    def __init__(self, folder, names):
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise LabError(f"{tool} is not installed: the lab takes its parts from "
                               "Debian packages; run it on Debian or Ubuntu")
        if not KEYRING.exists():
            raise LabError(f"{KEYRING} is missing; run scripts/install-dependencies")
        self._folder = folder
        self._archives = folder / "cache/archives"
        (folder / "state/lists/partial").mkdir(parents=True)
        (self._archives / "partial").mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text("".join(
            f"deb [arch=amd64 signed-by={KEYRING}] {mirror()} {name} main\n"
            for name in names))
        (folder / "apt.conf").write_text(_CONFIGURATION.format(folder=folder,
                                                               release=names[-1]))
        self._apt("apt-get", "update", "--error-on=any")

    def _apt(self, tool, *arguments):
        done = subprocess.run([tool, "-c", str(self._folder / "apt.conf"), "-q", *arguments],
                              cwd=self._archives, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
            raise LabError(f"{tool} {arguments[0]} from {mirror()}: "
                           f"{'; '.join(errors[:2]) or 'failed'}; check the network, or set "
                           "IGDVM_DEBIAN_MIRROR")
        return done.stdout

    def depends(self, package):
        """Names of the packages a package depends on directly."""
        shown = self._apt("apt-cache", "depends", "--no-recommends", "--no-suggests", package)
        return re.findall(r"^ *Depends: ([^<\s]+)$", shown, re.MULTILINE)

    def versions(self, package):
        """The versions of a package that can be had, the preferred one first."""
        shown = self._apt("apt-cache", "madison", package)
        return re.findall(r"^\s*\S+ \| *(\S+) \|.* Packages$", shown, re.MULTILINE)

    def version(self, package):
        """The version of a package that unpack takes."""
        found = re.search(r"^  Candidate: (\S+)$", self._apt("apt-cache", "policy", package),
                          re.MULTILINE)
        return found.group(1) if found else None

    def unpack(self, tree, packages, dependencies):
        """Unpack packages into tree; with dependencies, all they need as well."""
        if dependencies:
            self._apt("apt-get", "--yes", "--download-only", "install", *packages)
        else:
            self._apt("apt-get", "download", *packages)
        tree.mkdir()
        for archive in sorted(self._archives.glob("*.deb")):
            done = subprocess.run(["dpkg-deb", "--extract", archive, tree],
                                  capture_output=True, text=True)
            if done.returncode:
                raise LabError(f"{archive.name} cannot be unpacked: {done.stderr.strip()}")
