"""i915-assigned: an igdvm guest's i915 drives the GPU it was given in legacy mode."""

import io
import tarfile

from igdlab import driven, kernellog, monitors, plainvm

SUMMARY = "a guest's i915 drives the GPU through vfio-pci, in legacy mode: picture, batches"
TIME_LIMIT = 1200
QUIET_LIMIT = 240
VMMS = ("igdvm", "qemu")
MONITORS = "hdmi-b:1024x768+800x600+640x480"
MODEL = ("--display-slowdown", "10")  # two software emulations, one inside the other
FLIPS, BATCHES = 10, 3
ARCHIVE = 1 << 20  # where the guest leaves its results on the disk


def prepare_run(run):
    """Put in the guest's initramfs with its script."""
    told = run.input / "driving-environment"
    told.mkdir()
    (told / "environment").write_text(plainvm.environment(run))
    run.input.joinpath("driving-initrd").write_bytes(plainvm.initrd(
        run.parts["guest_kernel"], run.parts["drm"], ["virtio_blk", "i915"],
        [told / "environment", run.scenario.FOLDER / "guest.sh"]))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("exit status of the VMM", run.text("vmm-status").strip(), "0")
    try:
        with open(run.folder / "disk.img", "rb") as disk:
            disk.seek(ARCHIVE)
            tarfile.open(fileobj=io.BytesIO(disk.read())).extractall(run.folder)
    except (OSError, tarfile.TarError) as error:
        checks.true("the guest left its results", False,
                    f"{error}; last of the serial line: "
                    f"{run.text('guest-serial.log').strip()[-200:]!r}")
        return
    plugged = monitors.parse(run.monitors)
    driven.check_connectors(checks, "", run.json("describe"), plugged)
    driven.check_console(run, checks, "boot", plugged)
    driven.check_pictures(run, checks, plugged)
    driven.check_flips(checks, "", run.json("flips"), plugged, FLIPS)
    driven.check_batches(checks, "", run.json("batches"), BATCHES)
    driven.check_blits(run, checks)
    checks.equal("not wedged", run.text("wedged").strip(), "0")
    kernellog.check(run, checks)
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")
