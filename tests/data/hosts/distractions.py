"""distractions.py: troubles of others, and noise, which are no reason to judge a host
otherwise; nor is it when things were said, nor the form of a log's times."""

import re

from written import Tree

LOG = b"""\
[   44.702115] vfio-pci 0000:01:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff]
[   45.100000] vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: expecting 0xaa55
[   46.000000] DMAR: [DMA Read NO_PASID] Request device [01:00.0] fault addr 0x0 [fault \
reason 0x06] PTE Read access is not set
[   46.100000] DMAR: DRHD: handling fault status reg 3
[   47.000000] xhci_hcd 0000:00:14.0: Device is ineligible for IOMMU domain attach due to \
platform RMRR requirement.  Contact your platform vendor.
[   48.000000] vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0
[   48.100000] vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up
[   48.200000] vfio-pci 0000:00:02.0: not ready 1023ms after FLR; waiting
[   48.300000] vfio-pci 0000:00:02.0: ready 2047ms after FLR
[   48.400000] vfio-pci 0000:00:02.0: Refused to change power state from D0 to D3hot
[   49.000000] kvm: no hardware support for 'kvm_amd'
[   49.100000] [Firmware Bug]: RMRR entry for device 00:14.0 is broken - workaround
[   49.200000] nvidia 0000:01:00.0: MMIO access returns 0xFFFFFFFF
[   49.300000] BUG: kernel NULL pointer dereference, address: 0000000000000048
[   49.300010] RIP: 0010:nv_open+0x1d/0x90 [nvidia]
[   49.400000] ACPI BIOS Error (bug): Could not resolve symbol [GFX0], AE_NOT_FOUND
[   49.500000] i915 0000:00:02.0: [drm] *ERROR* CPU pipe A FIFO underrun
[   49.600000] vfio-pci 0000:00:02.0: vfio_ecap_init: hiding ecap 0x1b@0x100
[   50.000000] vfio-pci 0000:03:00.0: Failed to setup Intel IGD regions
"""
PARAMETERS = (b" iommu=pt pcie_acs_override=downstream,multifunction video=efifb:off "
              b"kvm.ignore_msrs=1 pci=noaer i915.enable_guc=2 amd_iommu=on nouveau.modeset=0")
# Another guest, with another card.
GUEST = b"""\
2024-08-01 10:00:00.000+0000: starting up libvirt version: 9.0.0, qemu version: 7.2.9
-device {"driver":"vfio-pci","host":"0000:07:00.0","id":"hostdev0","bus":"pci.5"}
2024-08-01T10:00:01.000000Z qemu-system-x86_64: vfio 0000:07:00.0: group 14 is not viable
2024-08-01T10:00:02.000000Z qemu-system-x86_64: failed to find romfile "/x.rom"
"""
CARD = ("07:00.0", "030000", "10de:2204", "driver=nvidia")
QEMU_TIME = re.compile(rb"^(\d{4}-\d\d-\d\d[ T])\d\d:\d\d:(?=\d\d\.)", re.MULTILINE)
LOG_TIME = re.compile(rb"^\[ *(\d+)\.(\d+)\] ", re.MULTILINE)


def journal_time(match):
    """The time of a kernel log's line as journalctl -o short-precise writes it."""
    minutes, seconds = divmod(int(match[1]), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return b"Mar %02d %02d:%02d:%02d.%s host kernel: " % (days + 1, hours, minutes, seconds,
                                                         match[2])


def at_other_times(path, text):
    """A log's text, its times said otherwise."""
    if path == "var/log/kernel.log":
        return LOG_TIME.sub(journal_time, text)
    if path.startswith("var/log/libvirt/qemu/"):
        return QEMU_TIME.sub(rb"\g<1>21:47:", text)
    return text


def distracted(host):
    """The host with all of that."""
    tree = Tree()
    tree.files, tree.links = dict(host.files), dict(host.links)
    tree.directories = host.directories
    for path, noise in (("var/log/kernel.log", LOG), ("proc/cmdline", PARAMETERS + b"\n")):
        if path in tree.files:
            end = b"" if path.endswith("log") else b"\r\n"
            tree.files[path] = tree.files[path].rstrip(end) + noise
    if "sys/bus/pci/devices/0000:00:02.0/vendor" in tree.files:
        tree.add_device(*CARD)
    tree.files["etc/modprobe.d/zz.conf"] = b"options nvidia NVreg_x=1\nblacklist nouveau\n"
    tree.files["var/log/libvirt/qemu/zz.log"] = GUEST
    tree.files = {path: at_other_times(path, text) for path, text in tree.files.items()}
    return tree
