"""An igdvm guest whose i915 drives the GPU it was given: its initramfs, its results.

The script of the scenario i915-assigned starts it; guest.sh of the scenario runs in it.
"""

import io
import tarfile

from . import plainvm

ARCHIVE = 1 << 20  # where the guest leaves its results on the disk


def prepare_run(run):
    """Put in the guest's initramfs with its script."""
    told = run.input / "driving-environment"
    told.mkdir()
    (told / "environment").write_text(plainvm.environment(run))
    run.input.joinpath("driving-initrd").write_bytes(plainvm.initrd(
        run.parts["guest_kernel"], run.parts["drm"], ["virtio_blk", "i915"],
        [told / "environment", run.scenario.FOLDER / "guest.sh"]))


def take_results(run, checks):
    """Record how script and VMM ended; are the guest's results in the run's folder now?"""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return False
    checks.equal("exit status of the VMM", run.text("vmm-status").strip(), "0")
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
    return unpack(run, checks, "disk.img")


def unpack(run, checks, disk_name):
    """Put the results on a guest's disk, a file of the run's folder, in that folder."""
    try:
        with open(run.folder / disk_name, "rb") as disk:
            disk.seek(ARCHIVE)
            tarfile.open(fileobj=io.BytesIO(disk.read())).extractall(run.folder)
    except (OSError, tarfile.TarError) as error:
        return checks.true("the guest left its results", False,
                           f"{error}; last of the serial line: "
                           f"{run.text('guest-serial.log').strip()[-200:]!r}")
    return True
