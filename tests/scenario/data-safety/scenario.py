"""data-safety: what Linux and fio flushed to ext4 outlives the VMM, killed at any moment.

The guest's kernel is unpacked before, or most of each life would be its unpacking.
"""

import re
import shutil

from igdlab import data_safety, unpacked_kernel

SUMMARY = "igdvm is killed while fio writes to ext4 in its guest: nothing flushed is lost"
TIME_LIMIT, LONG_TIME_LIMIT = 1200, 6000
QUIET_LIMIT = 300
VMMS = ("igdvm",)
MODULES = ("virtio_blk", "crc32c_generic", "ext4")

KILLS, LONG_KILLS = 6, 100
KINDS = ("raw", "direct", "qcow2")  # lab-pc.sh takes them in turn
ROOM = 512 << 20  # of the lab PC's disk with the images


def _kills(run):
    return LONG_KILLS if run.is_long else KILLS


def qemu_arguments(run):
    """The lab PC's disks: the tools, and one that can be written past the page cache."""
    disks = (("tools", data_safety.tools_disk(), "on"), ("data", run.input / "data.img", "off"))
    return [word for name, path, read_only in disks for word in
            ("-drive", f"file={path},format=raw,if=none,id={name},readonly={read_only}",
             "-device", f"virtio-blk-pci,drive={name},addr={'8' if name == 'tools' else '9'}.0")]


def prepare_run(run):
    """Put in the guest's initramfs and kernel, and the disk with its images."""
    kernel = run.parts["guest_kernel"]
    (run.input / "safety-initrd").write_bytes(data_safety.initrd(kernel))
    shutil.copy(unpacked_kernel.path(kernel), run.input / "vmlinuz")
    images = run.input / "images"
    images.mkdir()
    data_safety.make_disk(images / "raw.img")
    data_safety.make_disk(run.input / "data.img", ROOM, images)
    with open(run.input / "environment", "a", encoding="utf-8") as file:
        file.write(f"export LAB_KILLS={_kills(run)}\n")


def _repaired(said):
    """What e2fsck mended beside the sums in the superblock, which ext4 counts anew at a mount,
    as lines; the first of its two runs replays the journal and mends what it can."""
    answers = len(re.findall(r"\? yes$", said, re.M))
    sums = len(re.findall(r"^Free (?:blocks|inodes) count wrong \(\d+, counted=\d+\)\.$", said, re.M))
    return said.splitlines() if answers != sums else []


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    logs = sorted(run.folder.glob("serial-*.log"))
    checks.equal("guests that were killed", len(logs), _kills(run))
    flushed, verified = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for path in logs:
        text = path.read_text(errors="replace")
        wrong = re.findall(r"^safety: (?:lost|failed).*$", text, re.M)
        checks.equal(f"{path.stem}: nothing is lost", wrong, [])
        image = path.name.replace("serial", "image")
        said = run.text(image).strip() or f"no {image}"
        checks.equal(f"{path.stem}: its image", said.splitlines()[-1], "image: clean")
        checks.equal(f"{path.stem}: what was mended in it", _repaired(said), [])
        kind = path.stem.split("-")[1]
        flushed[kind] += text.count("safety: flushed")
        verified[kind] += text.count("safety: verified")
    for kind in KINDS:
        checks.true(f"{kind}: files were flushed, and verified after a kill",
                    flushed[kind] and verified[kind],
                    f"{flushed[kind]} flushed, {verified[kind]} verified")
