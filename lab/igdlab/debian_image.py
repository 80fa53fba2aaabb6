"""A disk with Debian 12 on it: GRUB for a BIOS, ext4, systemd, made with Debian's tools."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import (binary, cache, debian, host_tools, initramfs, kernels, prepare, processes,
               progress)
from .errors import LabError

SUITE = "bookworm"
# With dbus there is systemd-logind, which takes the power button.
PACKAGES = ("linux-image-amd64", "grub-pc", "systemd-sysv", "dbus", "udev", "kmod", "iproute2")
NEEDLESS = ("doc", "locale", "man")
SIZE = 2 << 30          # bytes; what is not written takes no place
PARTITION = 1 << 20     # offset in bytes
HOSTNAME = "igdvm-guest"
USER, PASSWORD = "root", "lab"
INSTALL_LIMIT = 900     # seconds, in software emulation on a busy computer
PLACE = Path(__file__).resolve().parent.parent / "image"


def path():
    """The disk, raw and sparse; copy it before a guest writes to it."""
    sources = sorted(source for source in PLACE.iterdir() if source.is_file())
    recipe = cache.hash_of(SUITE, *PACKAGES, str(SIZE), HOSTNAME, PASSWORD,
                           Path(__file__), *sources)
    folder = cache.part("debian-image", recipe,
                        "installing Debian 12 on a disk (130 MB, some minutes)", _build)
    return folder / "disk"


def _build(folder):
    with tempfile.TemporaryDirectory(prefix="igdvm-image-", dir=folder) as work:
        archive = Path(work) / "root.tar"
        _bootstrap(archive)
        _make_disk(folder / "disk")
        _install(folder, Path(work), archive)


def _bootstrap(archive):
    """A tar archive of an installed system, its packages configured."""
    progress.say("  installing packages with mmdebstrap")
    in_root = (f"echo {HOSTNAME} >$1/etc/hostname",
               f"echo {USER}:{PASSWORD} | chroot $1 chpasswd",
               f"cp {PLACE / 'default-grub'} $1/etc/default/grub")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar",
               f"--include={','.join(PACKAGES)}", f"--keyring={debian.KEYRING}"]
    command += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in NEEDLESS]
    command += [f"--customize-hook={line}" for line in in_root]
    host_tools.run([*command, SUITE, archive, debian.mirror()], "Debian's packages")


def _make_disk(disk):
    """One partition, to boot from, with an empty ext4."""
    with open(disk, "wb") as file:
        file.truncate(SIZE)
    table = f"label: dos\nstart={PARTITION // 512}, type=83, bootable\n"
    try:
        subprocess.run(["/sbin/sfdisk", "--quiet", str(disk)], input=table, text=True,
                       check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(f"sfdisk cannot partition the disk: {error}; "
                       "run scripts/install-dependencies lab") from error
    host_tools.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-E", f"offset={PARTITION}", disk,
          f"{(SIZE - PARTITION) // 1024}k"], "the file system")


def _install(folder, work, archive):
    """Unpack the archive on the disk and install GRUB, in a guest: it needs no root here."""
    progress.say("  unpacking it on the disk and installing GRUB, in a guest")
    kernel, qemu = prepare.kernel(), prepare.qemu()
    initrd, console = work / "initrd", work / "console"
    initrd.write_bytes(initramfs.build(kernel, initramfs.module_names(PLACE / "modules"),
                                       {"init": PLACE / "init"}))
    # A disk's size is a multiple of 512; a tar archive's is one of 10,240 or less.
    os.truncate(archive, -(-archive.stat().st_size // 512) * 512)
    command = binary.command(qemu, prepare.QEMU) + [str(word) for word in (
        "-L", qemu / "firmware", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1G",
        "-display", "none", "-nodefaults", "-no-reboot", "-serial", f"file:{console}",
        "-drive", f"file={folder / 'disk'},format=raw,if=virtio,cache=unsafe,discard=unmap",
        "-drive", f"file={archive},format=raw,if=virtio,readonly=on",
        "-kernel", kernel / "vmlinuz", "-initrd", initrd,
        "-append", kernels.EMULATED)]
    with open(work / "qemu.log", "wb") as log, \
            processes.running(command, log, "QEMU") as process:
        try:
            process.wait(timeout=INSTALL_LIMIT)
        except subprocess.TimeoutExpired:
            pass
    told = console.read_text(errors="replace") if console.exists() else ""
    if "installation ended with status 0" not in told:
        kept = cache.root() / "debian-image.log"
        shutil.copy(console if console.exists() else work / "qemu.log", kept)
        raise LabError(f"Debian was not installed on the disk; see {kept}")
