"""uefi: unmodified OVMF boots from a disk and from a disc, and keeps its variables.

GRUB from the EFI system partition of a disk starts Linux, which keeps a variable and
reboots; in the long form iPXE is booted from a disc after that.
"""

import subprocess

from igdlab import fat, firmware, initramfs, prepare
from igdlab.errors import LabError

SUMMARY = "OVMF starts GRUB and Linux from a disk; its variables are kept; long: iPXE from a disc"
TIME_LIMIT = 300
QUIET_LIMIT = 150
VMMS = ("igdvm",)

DISK, PARTITION, PARTITION_SIZE = 48 << 20, 1 << 20, 40 << 20
GRUB_CONFIG = b"""linux /VMLINUZ console=ttyS0 quiet panic=-1 root=$root
initrd /INITRD
boot
"""


def prepare_run(run):
    """OVMF's files, iPXE's disc, and a disk with an EFI system partition."""
    ovmf = firmware.ovmf()
    for name in firmware.FILES:
        (run.input / name).write_bytes((ovmf / name).read_bytes())
    (run.input / "ipxe.iso").write_bytes((prepare.systems() / "ipxe.iso").read_bytes())
    initrd = initramfs.build(run.parts["guest_kernel"], ("efivarfs",),
                             {"init": run.scenario.FOLDER / "guest-init"})
    files = {"EFI/BOOT/BOOTX64.EFI": (prepare.systems() / "grubx64.efi").read_bytes(),
             "EFI/DEBIAN/GRUB.CFG": GRUB_CONFIG,
             "VMLINUZ": (run.input / "vmlinuz").read_bytes(), "INITRD": initrd}
    disk = run.input / "esp.disk"
    with open(disk, "wb") as file:
        file.truncate(DISK)
    table = f"label: gpt\nstart={PARTITION // 512}, size={PARTITION_SIZE // 512}, type=uefi\n"
    done = subprocess.run(["/sbin/sfdisk", "--quiet", disk], input=table, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise LabError(f"sfdisk cannot partition the disk: {done.stderr.strip()}")
    with open(disk, "r+b") as file:
        file.seek(PARTITION)
        file.write(fat.image(files, PARTITION_SIZE))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    said = [line.strip().partition("uefi: ")[2]
            for line in run.words_on("disk-serial.log").splitlines() if "uefi: " in line]
    checks.equal("exit status of igdvm, disk", run.text("disk-status").strip(), "0")
    checks.equal("what Linux found and did", said,
                 ["found '', firmware of 64 bits", "rebooting",
                  "found 'first', firmware of 64 bits", "disk hd0,gpt1",
                  "frame buffer EFI VGA", "BARs moved: 0", "ACPI errors: 0", "product Desk",
                  "processors 2", "powering off"])
    checks.equal("resets igdvm counted", run.json("stats").get("resets"), 1)
    checks.equal("what igdvm said, disk", run.text("disk.log").splitlines(),
                 ["igdvm: guest reset 1"])

    if run.is_long:
        checks.equal("exit status of igdvm, disc", run.text("disc-status").strip(), "0")
        checks.contains("iPXE from the disc is UEFI's", run.words_on("disc.screen"),
                        "at-x86_64-efi-")

    variables = (run.folder / "variables").read_bytes()
    for name, value in (("IgdvmLab", b"first"), ("IgdvmAgain", b"second")):
        record = name.encode("utf-16-le") + b"\0\0" + value
        checks.true(f"the file has what Linux kept, {name}", record in variables,
                    f"{len(variables)} bytes")
    checks.equal("it is as long as OVMF's own", len(variables),
                 (firmware.ovmf() / "OVMF_VARS_4M.fd").stat().st_size)
