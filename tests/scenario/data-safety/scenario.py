"""data-safety: what Linux and fio flushed to ext4 outlives the VMM, killed at any moment."""

import re
import shutil
import subprocess

from igdlab import data_safety, host_tools
from igdlab.errors import LabError

SUMMARY = "igdvm is killed while fio writes to ext4 in its guest: nothing flushed is lost"
TIME_LIMIT, LONG_TIME_LIMIT = 1200, 6000
QUIET_LIMIT = 300
VMMS = ("igdvm",)

KILLS, LONG_KILLS = 3, 20


def _kills(run):
    return LONG_KILLS if run.is_long else KILLS


def prepare_run(run):
    """Put in the guest's initramfs, its disk and the disk with fio."""
    (run.input / "safety-initrd").write_bytes(data_safety.initrd(run.parts["guest_kernel"]))
    data_safety.make_disk(run.input / "data.img")
    shutil.copy(data_safety.fio_disk(), run.input / "fio.img")
    with open(run.input / "environment", "a", encoding="utf-8") as file:
        file.write(f"export LAB_KILLS={_kills(run)}\n")


def _in_order(image):
    """Is the file system clean once its journal is replayed? "" or what e2fsck says."""
    try:
        # Status 1: it did something, as it was told to.
        subprocess.run(["/sbin/e2fsck", "-fy", "-E", "journal_only", image],
                       capture_output=True, check=False)
        host_tools.run(["/sbin/e2fsck", "-fn", image], "the file system")
    except (OSError, LabError) as error:
        return str(error)
    return ""


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    said = {path: path.read_text(errors="replace")
            for path in sorted(run.folder.glob("serial-*.log"))}
    checks.equal("guests that were killed", len(said), _kills(run))
    flushed = verified = 0
    for path, text in said.items():
        image = path.with_name(path.name.replace("serial", "disk")).with_suffix(".img")
        wrong = re.findall(r"^safety: (?:lost|failed).*$", text, re.M)
        checks.equal(f"{path.stem}: nothing is lost", wrong, [])
        found = _in_order(image)
        checks.true(f"{image.stem}: the file system is clean", not found, found[:500])
        flushed += text.count("safety: flushed")
        verified += text.count("safety: verified")
    checks.true("files were flushed and verified", flushed and verified,
                f"{flushed} flushed, {verified} verified after a kill")
