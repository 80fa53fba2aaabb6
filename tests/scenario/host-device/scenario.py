"""host-device: other devices of the host beside the GPU: MSI-X, INTx, functions, faults.

Two of them are functions of one slot without access control (ACS), so one IOMMU group.
"""

import hashlib
import json
import re

from igdlab import initramfs

SUMMARY = "an NVMe drive and another device beside the GPU: MSI-X, INTx, a reboot, faults"
TIME_LIMIT = 600
QUIET_LIMIT = 240
VMMS = ("igdvm",)
DRIVE_BYTES, WRITTEN_BYTES = 32 << 20, 4 << 20
NVME, EDU, RNG = "0000:00:08.0", "0000:00:09.0", "0000:00:09.1"
STRAYED_TO = "0x3450000000"

# What igdvm refuses: name, exit status, words of the last line.
REFUSALS = (
    ("gpu", 2, "--device 0000:00:02.0"),
    ("twice", 2, "given twice"),
    ("alone", 2, "no device is at 00:17.0"),
    ("taken", 2, "error: 0000:00:08.0: guest address 00:03.0 is taken"),
    ("group", 1, "with devices that have host drivers: 0000:00:09.1 (virtio-pci)"),
    ("absent", 1, "00:1e.7"),
)


def qemu_arguments(run):
    """The three devices."""
    return ("-drive", f"file={run.folder / 'drive.img'},if=none,id=drive,format=raw",
            "-device", "nvme,drive=drive,serial=igdvm-lab,addr=8.0",
            "-device", "edu,addr=9.0,multifunction=on,dma_mask=0xffffffffffffffff",
            "-device", "virtio-rng-pci,addr=9.1,disable-legacy=on,iommu_platform=on")


def prepare_run(run):
    """The drive, and the guest's initramfs."""
    with open(run.folder / "drive.img", "wb") as drive:
        drive.truncate(DRIVE_BYTES)
    (run.input / "host-device-initrd").write_bytes(initramfs.build(
        run.parts["guest_kernel"], ["nvme"],
        {"init": run.scenario.FOLDER / "guest-init"}))


def _said(run, name):
    text = run.text(f"guest-serial-{name}.log")
    return re.findall(r"igdvm-guest: (.*?)\r?$", text, re.MULTILINE)


def _check_drive(checks, name, said, interrupts):
    writes = [line.split() for line in said if line.startswith("written ")]
    checks.true(f"the guest read what it had written, {name}",
                writes and all(words[1] == words[3] for words in writes), f"{writes}"[:200])
    lines = [line for line in said if line.startswith("interrupts ")]
    checks.true(f"the drive's interrupts, {name}",
                lines and all(interrupts in line for line in lines), "; ".join(lines)[:300])
    counts = [int(number) for line in lines for number in re.findall(r"\+(\d+)(?=\+)", line)]
    checks.true(f"interrupts arrived, {name}", sum(counts) >= 20, f"{counts}")


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    checks.equal("exit statuses", run.text("statuses").split(), ["msix", "0", "intx", "0"])
    for name, status, words in REFUSALS:
        line = next((line for line in run.text("refusals").splitlines()
                     if line.startswith(name + " ")), "")
        checks.true(f"refused: {name}", line.startswith(f"{name} {status} ") and words in line,
                    line[:300])
    msix, intx = _said(run, "msix"), _said(run, "intx")
    groups = run.text("groups").split()
    checks.true("two devices are of one IOMMU group",
                len(groups) == 3 and groups[0] != groups[1] == groups[2], f"{groups}")
    checks.true("the guest finds all three functions of slot 17",
                "pci 0000:00:17.0 0x1b36 0x0010 0x010802" in msix
                and "pci 0000:00:17.1 0x1234 0x11e8 0x00ff00" in msix
                and any(line.startswith("pci 0000:00:17.2 0x1af4 0x1044 ") for line in msix),
                "; ".join(line for line in msix if line.startswith("pci ")))
    checks.true("function 0 says that there are more, and not when there are none",
                "header 80" in msix and "header 00" in intx)
    checks.true("and the GPU", "pci 0000:00:02.0 0x8086 0x1912 0x030000" in msix)
    host = run.text("resource-00:08.0").split()[:1]
    seen = [line.split()[1] for line in msix if line.startswith("resource ")]
    checks.true("the guest does not see where the host has the drive's registers",
                host and seen and host[0] not in seen, f"host {host}, guest {seen}")
    _check_drive(checks, "msix", msix, "MSI")
    _check_drive(checks, "intx", intx, "IO-APIC")
    checks.true("the guest rebooted, and the drive was there again",
                "rebooting" in msix and "the drive has what was written before" in msix)
    checks.true("and is there in the next guest", "the drive has what was written before" in intx)
    drive = (run.folder / "drive.img").read_bytes()[:WRITTEN_BYTES]
    last = [line.split()[1] for line in intx if line.startswith("written ")]
    checks.equal("the host has what the guest wrote last",
                 [hashlib.sha256(drive).hexdigest()], last[-1:])
    _check_kernel(run, checks)
    (run.folder / "drive.img").unlink()


def _check_kernel(run, checks):
    """One mapping for all devices; faults are told by igdvm while it runs."""
    for name in ("msix", "intx"):
        stats = json.loads(run.text(f"stats-{name}.json") or "{}")
        checks.equal(f"resets, {name}", stats.get("resets"), 1 if name == "msix" else 0)
        devices = stats.get("host_devices", [])
        checks.equal(f"devices beside the GPU, {name}",
                     [device["address"] for device in devices],
                     [NVME, EDU, RNG] if name == "msix" else [NVME])
        maps = [device["dma_maps"] for device in devices]
        checks.true(f"guest memory is mapped once for all, {name}",
                    (stats.get("device", {}).get("dma_maps", 0) > 0 and not any(maps))
                    if name == "msix" else maps[0] > 0, f"{maps}")
    log = run.text("vmm-msix.log")
    checks.contains("the IOMMU's faults are told while the guest runs", log,
                    f"0000:00:09.0: DMA fault: read of {STRAYED_TO}")
    checks.contains("and what they were", log, "the harmless burst of a reset or a handover")
    kernel = run.text("lab-pc-kernel.log")
    checks.true("the kernel had them", "Request device [00:09.0] fault addr" in kernel)
