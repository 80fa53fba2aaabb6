"""hostlib.py: builds captures of hosts from short descriptions, file by file as Linux
writes them."""

import gzip
import struct

from capture import Capture
from hosttables import CONFIG, DISTRIBUTIONS, FLAGS, PLATFORMS, UNITS_39


def config_space(device, class_code, rev, vendor=0x8086, ggc=0, bdsm_register=0, bdsm=0,
                 asls=0, size=256, subsystem=(0x1028, 0x06B7)):
    """256 bytes of config space (or the 64 that users without root see)."""
    data = bytearray(256)
    struct.pack_into("<HHHHB", data, 0, vendor, device, 0x0007, 0x0010, rev)
    data[9] = class_code & 0xFF
    struct.pack_into("<H", data, 10, class_code >> 8)
    struct.pack_into("<HH", data, 0x2C, *subsystem)
    data[0x34] = 0x40
    struct.pack_into("<H", data, 0x50, ggc)
    if bdsm_register:
        struct.pack_into("<I", data, bdsm_register, bdsm | 1)
    struct.pack_into("<I", data, 0xFC, asls)
    return bytes(data[:size])


class Host(Capture):
    """A capture in the making."""

    def __init__(self, platform, distribution, kernel, **options):
        super().__init__()
        self.platform = PLATFORMS[platform] if platform else None
        self.distribution = distribution
        self.kernel = kernel
        self.o = {
            "uefi": True, "cmdline": "intel_iommu=on", "iommu": True, "dmar": True,
            "driver": "i915", "class": 0x030000, "boot_vga": 1, "asls": 0x7B3EA018,
            "ggc": None, "loader": "grub", "config": {}, "log": [], "members": [],
            "igd_group": "0", "root": True, "board": ("ASUSTeK COMPUTER INC.",
                                                       "PRIME Z270-A"),
            "chassis": "3", "fb": None, "regions": None, "modprobe": {}, "devices": [],
            "group": True, "remapping": True, "vmx": True, "vfs": None, "omit": [],
            "connectors": [], "cpu": None, "cpu_vendor": "GenuineIntel", "xen": False,
            "mdevs": 0, "dead": False, "igd": True, "lockdown": None, "units": UNITS_39,
            "override": "(null)", "vgacon": False, "iomem": [], "hypervisor": False,
            "extra": {}, "log_start": True, "width": None, "nolog": False,
            "bridge_vendor": 0x8086, "modules": ["vfio_pci", "vfio", "i915"],
        }
        unknown = set(options) - set(self.o)
        assert not unknown, unknown
        self.o.update(options)
        self.build()

    def put(self, path, text):
        self.files[path] = text.encode() if isinstance(text, str) else text

    def build(self):
        self.system()
        self.devices()
        self.iommu()
        self.consoles()
        self.kernel_files()
        self.write_log()
        for path, text in self.o["extra"].items():
            self.put(path, text)
        for prefix in self.o["omit"]:
            for store in (self.files, self.links):
                for path in [p for p in store if p.startswith(prefix)]:
                    del store[path]
            self.directories = {d for d in self.directories if not d.startswith(prefix)}

    def command_line(self):
        root = "root=UUID=XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"
        loader = self.o["loader"]
        head = {"grub": f"BOOT_IMAGE=/boot/vmlinuz-{self.kernel} {root} ro quiet",
                "systemd-boot": f"initrd=\\initramfs-linux.img {root} rw",
                "proxmox": f"initrd=\\EFI\\proxmox\\{self.kernel}\\initrd.img-{self.kernel} "
                           "root=ZFS=rpool/ROOT/pve-1 boot=zfs",
                "syslinux": "BOOT_IMAGE=/bzimage initrd=/bzroot",
                "nixos": "initrd=\\efi\\nixos\\initrd.efi init=/nix/store/x/init loglevel=4",
                }[loader]
        return f"{head} {self.o['cmdline']}".strip()

    def system(self):
        o = self.o
        self.put("proc/cmdline", self.command_line() + "\n")
        self.put("proc/version",
                 f"Linux version {self.kernel} (build@localhost) (gcc 12.2.0) #1 SMP\n")
        flags = FLAGS if o["vmx"] else FLAGS.replace(" vmx ", " ")
        if o["hypervisor"]:
            flags += " hypervisor"
        name = o["cpu"] or (self.platform[4] if self.platform else "unknown")
        bits = self.platform[8] if self.platform else 39
        cpu = "".join(
            f"processor\t: {i}\nvendor_id\t: {o['cpu_vendor']}\ncpu family\t: 6\n"
            f"model name\t: {name}\nflags\t\t: {flags}\n"
            f"address sizes\t: {bits} bits physical, 48 bits virtual\n\n"
            for i in range(2))
        self.put("proc/cpuinfo", cpu)
        self.put("etc/os-release", DISTRIBUTIONS[self.distribution])
        if o["loader"] == "grub" and self.distribution not in ("talos",):
            self.put("etc/default/grub", "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n"
                     f'GRUB_CMDLINE_LINUX_DEFAULT="quiet {o["cmdline"]}"\n'
                     'GRUB_CMDLINE_LINUX=""\n')
        if o["loader"] == "proxmox":
            self.put("etc/kernel/cmdline",
                     f"root=ZFS=rpool/ROOT/pve-1 boot=zfs {o['cmdline']}\n")
        vendor, board = o["board"]
        self.put("sys/class/dmi/id/board_vendor", vendor + "\n")
        self.put("sys/class/dmi/id/board_name", board + "\n")
        self.put("sys/class/dmi/id/bios_version", "1.20\n")
        self.put("sys/class/dmi/id/chassis_type", o["chassis"] + "\n")
        self.directories.add("sys/firmware")
        if o["uefi"]:
            self.directories.add("sys/firmware/efi")
            self.put("sys/firmware/efi/fw_platform_size", "64\n")
        if o["lockdown"]:
            self.put("sys/kernel/security/lockdown", o["lockdown"] + "\n")
        if o["xen"]:
            self.directories.add("proc/xen")

    def device(self, address, vendor, device, class_code, driver=None, group=None,
               boot_vga=None, config=None, rev=0):
        base = f"sys/bus/pci/devices/{address}"
        self.put(f"{base}/vendor", f"0x{vendor:04x}\n")
        self.put(f"{base}/device", f"0x{device:04x}\n")
        self.put(f"{base}/class", f"0x{class_code:06x}\n")
        self.put(f"{base}/revision", f"0x{rev:02x}\n")
        self.put(f"{base}/subsystem_vendor", "0x1028\n")
        self.put(f"{base}/subsystem_device", "0x06b7\n")
        self.put(f"{base}/driver_override", "(null)\n")
        if config is None:
            config = config_space(device, class_code, rev, vendor, size=64)
        self.put(f"{base}/config", config)
        if boot_vga is not None:
            self.put(f"{base}/boot_vga", f"{boot_vga}\n")
        if driver:
            self.links[f"{base}/driver"] = f"../../../bus/pci/drivers/{driver}"
        if group is not None and self.o["iommu"]:
            self.links[f"{base}/iommu_group"] = f"../../../kernel/iommu_groups/{group}"
            self.links[f"sys/kernel/iommu_groups/{group}/devices/{address}"] = \
                f"../../../../bus/pci/devices/{address}"
            self.put(f"sys/kernel/iommu_groups/{group}/type", "DMA\n")

    def devices(self):
        o = self.o
        self.directories.add("sys/kernel/iommu_groups")
        if self.platform:
            self.device("0000:00:00.0", o["bridge_vendor"], self.platform[2], 0x060000,
                        group="1")
            self.device("0000:00:1f.0", 0x8086, self.platform[3], 0x060100, "lpc_ich",
                        "10")
            self.device("0000:00:1f.3", 0x8086, 0xA2F0, 0x040300, "snd_hda_intel", "10")
            self.device("0000:00:1f.4", 0x8086, 0xA2A3, 0x0C0500, "i801_smbus", "10")
            self.device("0000:00:14.0", 0x8086, 0xA2AF, 0x0C0330, "xhci_hcd", "3")
            self.device("0000:00:17.0", 0x8086, 0xA282, 0x010601, "ahci", "5")
        if o["igd"] and self.platform:
            self.igd()
        for member in o["devices"]:
            self.device(*member)

    def igd(self):
        o = self.o
        device, rev, _, _, _, ggc, register, bdsm, _ = self.platform
        if o["ggc"] is not None:
            ggc = o["ggc"]
        size = 256 if o["root"] else 64
        config = config_space(device, o["class"], rev, ggc=ggc, bdsm_register=register,
                              bdsm=bdsm, asls=o["asls"], size=size)
        if o["dead"]:
            config = b"\xff" * size
        self.device("0000:00:02.0", 0x8086, device, o["class"], o["driver"],
                    o["igd_group"] if o["group"] else None, o["boot_vga"], config, rev)
        base = "sys/bus/pci/devices/0000:00:02.0"
        self.put(f"{base}/driver_override", o["override"] + "\n")
        self.put(f"{base}/resource",
                 "0x00000000f6000000 0x00000000f6ffffff 0x0000000000140204\n"
                 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                 "0x00000000e0000000 0x00000000efffffff 0x000000000014220c\n"
                 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                 "0x000000000000f000 0x000000000000f03f 0x0000000000040101\n"
                 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                 "0x00000000000c0000 0x00000000000dffff 0x0000000000000212\n")
        if o["vfs"] is not None:
            self.put(f"{base}/sriov_numvfs", f"{o['vfs']}\n")
            self.put(f"{base}/sriov_totalvfs", "7\n")
        for i in range(o["mdevs"]):
            self.directories.add(f"{base}/XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXX{i}")

    def iommu(self):
        o = self.o
        self.directories.add("sys/class/iommu")
        if o["iommu"] and o["dmar"]:
            for i, (cap, ecap) in enumerate(o["units"]):
                self.put(f"sys/class/iommu/dmar{i}/intel-iommu/cap", cap + "\n")
                self.put(f"sys/class/iommu/dmar{i}/intel-iommu/ecap", ecap + "\n")

    def consoles(self):
        """o["fb"]: the firmware's framebuffer in use: efifb, vesafb, simplefb, simpledrm."""
        o = self.o
        fb = o["fb"]
        zero = not o["root"]

        def span(start, end):
            return f"{0:08x}-{0:08x}" if zero else f"{start:08x}-{end:08x}"
        lines = [f"{span(0, 0xfff)} : Reserved",
                 f"{span(0x100000, 0x7ac24fff)} : System RAM",
                 f"{span(0x8e800000, 0xdfffffff)} : PCI Bus 0000:00"]
        if self.platform and o["igd"]:
            lines.append(f"  {span(0xe0000000, 0xefffffff)} : 0000:00:02.0")
            name = {"efifb": "efifb", "vesafb": "vesafb"}.get(fb)
            if fb in ("simplefb", "simpledrm"):
                lines.append(f"    {span(0xe0000000, 0xe07e8fff)} : BOOTFB")
                lines.append(f"      {span(0xe0000000, 0xe07e8fff)} : "
                             + ("simplefb" if fb == "simplefb" else "simpledrm"))
            elif name:
                lines.append(f"    {span(0xe0000000, 0xe07e8fff)} : {name}")
            elif o["driver"] == "vfio-pci":
                lines.append(f"    {span(0xe0000000, 0xefffffff)} : vfio-pci")
            lines.append(f"  {span(0xf6000000, 0xf6ffffff)} : 0000:00:02.0")
        lines += o["iomem"]
        lines.append(f"{span(0xfed91000, 0xfed91fff)} : dmar1")
        self.put("proc/iomem", "\n".join(lines) + "\n")
        ports = ["0000-0cf7 : PCI Bus 0000:00", "  0000-001f : dma1",
                 "  0060-0060 : keyboard"]
        if not o["uefi"]:
            ports.append("  03c0-03df : vga+")
        if fb == "vesafb":
            ports.append("  03c0-03df : vesafb")
        self.put("proc/ioports", "\n".join(ports) + "\n")
        fb_name = {"efifb": "EFI VGA", "vesafb": "VESA VGA", "simplefb": "simple",
                   "simpledrm": "simpledrmdrmfb"}.get(fb)
        if o["driver"] in ("i915", "xe") and not fb:
            fb_name = f"{o['driver']}drmfb"
        self.put("proc/fb", f"0 {fb_name}\n" if fb_name else "")
        self.directories.add("sys/bus/platform/devices")
        device, driver = {"efifb": ("efi-framebuffer.0", "efi-framebuffer"),
                          "vesafb": ("vesa-framebuffer.0", "vesa-framebuffer"),
                          "simplefb": ("simple-framebuffer.0", "simple-framebuffer"),
                          "simpledrm": ("simple-framebuffer.0", "simple-framebuffer"),
                          }.get(fb, (None, None))
        if device:
            self.directories.add(f"sys/bus/platform/devices/{device}")
            self.links[f"sys/bus/platform/devices/{device}/driver"] = \
                f"../../../../bus/platform/drivers/{driver}"
        text = "(S) VGA+" if not o["uefi"] else "(S) dummy device"
        self.put("sys/class/vtconsole/vtcon0/name", text + "\n")
        self.put("sys/class/vtconsole/vtcon0/bind",
                 "1\n" if o["vgacon"] or (o["uefi"] and not fb_name) else "0\n")
        if fb_name:
            self.put("sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n")
            self.put("sys/class/vtconsole/vtcon1/bind", "0\n" if o["vgacon"] else "1\n")
        for name, status in o["connectors"]:
            self.put(f"sys/class/drm/{name}/status", status + "\n")

    def kernel_files(self):
        o = self.o
        config = dict(CONFIG)
        config.update(o["config"])
        if config is not None and o["config"] != {"none": 1}:
            text = f"#\n# Linux/x86 {self.kernel} Kernel Configuration\n#\n"
            for key, value in config.items():
                text += f"# {key} is not set\n" if value == "n" else f"{key}={value}\n"
            if self.distribution in ("arch", "nixos", "gentoo", "manjaro"):
                self.put("proc/config.gz", gzip.compress(text.encode(), mtime=0))
            else:
                self.put(f"boot/config-{self.kernel}", text)
        modules = list(o["modules"])
        if o["driver"] in ("i915", "xe") and o["driver"] not in modules:
            modules.append(o["driver"])
        self.put("proc/modules", "".join(
            f"{m} 61440 1 - Live 0x0000000000000000\n" for m in ["kvm_intel", "kvm"]
            + modules))
        for name, text in o["modprobe"].items():
            self.put(f"etc/modprobe.d/{name}", text)
        self.put("etc/modprobe.d/nvidia.conf", "blacklist nouveau\n")
        if o["regions"] is not None:
            import json
            self.put("igdvm/vfio-regions.json", json.dumps(
                {"regions": [{"index": i, "name": n, "size": s}
                             for i, n, s in o["regions"]]}, indent=1))

    def write_log(self):
        """The kernel log, as this kernel's age writes it."""
        o = self.o
        if not o["root"] or o["nolog"]:
            return
        major, minor = (int(x) for x in self.kernel.split("-")[0].split(".")[:2])
        new = (major, minor) >= (5, 4)
        lines = []
        if o["log_start"]:
            lines += [
                f"[    0.000000] Linux version {self.kernel} (build@localhost) (gcc) #1 SMP",
                f"[    0.000000] Command line: {self.command_line()}",
                "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009cfff] usable"]
            if o["uefi"]:
                lines.append("[    0.000000] efi: EFI v2.40 by American Megatrends")
            if o["hypervisor"]:
                lines.append("[    0.000000] Hypervisor detected: KVM")
            lines += [
                "[    0.008451] ACPI: RSDP 0x00000000000F05B0 000024 (v02 ALASKA)",
                "[    0.008454] ACPI: FACP 0x000000007B0E6A10 000114 (v06 ALASKA A M I )",
                "[    0.008456] ACPI: APIC 0x000000007B0E6B28 0000BC (v04 ALASKA A M I )"]
            if o["dmar"]:
                lines.append("[    0.008460] ACPI: DMAR 0x000000007B10C8F0 0000A8 (v01 INTEL"
                             "  EDK2     00000001 INTL 00000001)")
            lines.append("[    0.008463] ACPI: SSDT 0x000000007B0E6BE8 000359 (v01 SataRe)")
            if o["dmar"] and "intel_iommu=on" in o["cmdline"] and o["iommu"]:
                lines.append("[    0.031214] DMAR: IOMMU enabled" if (major, minor) >= (4, 6)
                             else "[    0.031214] Intel-IOMMU: enabled")
            if o["dmar"]:
                lines += ["[    0.102391] DMAR: Host address width 39",
                          "[    0.102393] DMAR: DRHD base: 0x000000fed90000 flags: 0x0",
                          "[    0.102401] DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap "
                          f"{o['units'][0][0]} ecap {o['units'][0][1]}",
                          "[    0.102404] DMAR: DRHD base: 0x000000fed91000 flags: 0x1",
                          "[    0.102413] DMAR: RMRR base: 0x0000007c800000 end: "
                          "0x0000007effffff"]
                if o["remapping"]:
                    lines.append("[    0.103951] DMAR-IR: Enabled IRQ remapping in x2apic "
                                 "mode")
        if self.platform and o["igd"]:
            lines.append(f"[    0.310021] pci 0000:00:02.0: [8086:{self.platform[0]:04x}] "
                         f"type 00 class 0x{o['class']:06x}")
        if o["iommu"] and o["dmar"]:
            for path in sorted(self.links):
                if path.endswith("/iommu_group"):
                    address = path.split("/")[-2]
                    group = self.links[path].split("/")[-1]
                    lines.append(f"[    0.512201] pci {address}: Adding to iommu group {group}"
                                 if new else
                                 f"[    0.512201] iommu: Adding device {address} to group "
                                 f"{group}")
            lines.append("[    0.561102] DMAR: Intel(R) Virtualization Technology for "
                         "Directed I/O" if (major, minor) >= (4, 3) else
                         "[    0.561102] PCI-DMA: Intel(R) Virtualization Technology for "
                         "Directed I/O")
        lines.append("[    0.902001] ahci 0000:00:17.0: version 3.0")
        if o["driver"] == "i915":
            lines.append("[    2.112040] [drm] Initialized i915 1.6.0 20200917 for "
                         "0000:00:02.0 on minor 0")
        if o["driver"] == "vfio-pci":
            lines.append("[    2.201440] vfio-pci 0000:00:02.0: vgaarb: changed VGA decodes: "
                         "olddecodes=io+mem,decodes=io+mem:owns=io+mem")
        lines.append("[    3.402211] usb 1-4: device descriptor read/64, error -71")
        lines += o["log"]
        self.put("var/log/kernel.log", "\n".join(lines) + "\n")
