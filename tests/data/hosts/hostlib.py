"""hostlib.py: builds captures of hosts from short descriptions, file by file as Linux
writes them."""

import gzip
import io
import struct
import tarfile

# Facts of processors and boards: device ids from Linux include/drm/intel/pciids.h, host
# bridge and LPC ids, processor names and addresses as public lspci and dmesg listings
# have them.
PLATFORMS = {
    # name: id, rev, host bridge, LPC, processor, GGC, BDSM register, BDSM, phys bits
    "snb": (0x0102, 9, 0x0100, 0x1C4E, "Intel(R) Core(TM) i5-2400 CPU @ 3.10GHz",
            0x0211, 0x5C, 0xBDA00000, 36),
    "snb-k": (0x0112, 9, 0x0100, 0x1C4A, "Intel(R) Core(TM) i5-2500K CPU @ 3.30GHz",
              0x0211, 0x5C, 0xBDA00000, 36),
    "snb-m": (0x0126, 9, 0x0104, 0x1C4F, "Intel(R) Core(TM) i5-2520M CPU @ 2.50GHz",
              0x0211, 0x5C, 0xDBA00000, 36),
    "ivb": (0x0152, 9, 0x0150, 0x1E49, "Intel(R) Core(TM) i5-3470 CPU @ 3.20GHz",
            0x0211, 0x5C, 0xBDA00000, 36),
    "ivb-m": (0x0166, 9, 0x0154, 0x1E55, "Intel(R) Core(TM) i5-3320M CPU @ 2.60GHz",
              0x0211, 0x5C, 0xDBA00000, 36),
    "hsw": (0x0412, 6, 0x0C00, 0x8C44, "Intel(R) Core(TM) i7-4790 CPU @ 3.60GHz",
            0x0211, 0x5C, 0xBDA00000, 39),
    "hsw-u": (0x0A16, 9, 0x0A04, 0x9C43, "Intel(R) Core(TM) i7-4600U CPU @ 2.10GHz",
              0x0211, 0x5C, 0x7DA00000, 39),
    "bdw-u": (0x1616, 9, 0x1604, 0x9CC3, "Intel(R) Core(TM) i5-5200U CPU @ 2.20GHz",
              0x02C1, 0x5C, 0x7E000000, 39),
    "chv": (0x22B1, 0x21, 0x2280, 0x229C, "Intel(R) Pentium(R) CPU  N3700  @ 1.60GHz",
            0x0211, 0x5C, 0x7C000000, 36),
    "skl": (0x1912, 6, 0x191F, 0xA145, "Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz",
            0x02C1, 0x5C, 0x8C000000, 39),
    "skl-h": (0x191B, 6, 0x1910, 0xA14E, "Intel(R) Core(TM) i7-6700HQ CPU @ 2.60GHz",
              0x02C1, 0x5C, 0x8C000000, 39),
    "glk": (0x3185, 3, 0x31F0, 0x31E8, "Intel(R) Celeron(R) J4105 CPU @ 1.50GHz",
            0x02C1, 0x5C, 0x7C000000, 39),
    "kbl": (0x5912, 4, 0x591F, 0xA2C6, "Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz",
            0x02C1, 0x5C, 0x8C000000, 39),
    "kbl-u": (0x5917, 7, 0x5914, 0x9D4E, "Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz",
              0x02C1, 0x5C, 0x8C000000, 39),
    "cfl": (0x3E92, 0, 0x3EC2, 0xA305, "Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz",
            0x02C1, 0x5C, 0x9C000000, 39),
    "cfl-8086k": (0x3E92, 0, 0x3EC2, 0xA305,
                  "Intel(R) Core(TM) i7-8086K CPU @ 4.00GHz", 0x02C1, 0x5C, 0x9C000000,
                  39),
    "whl": (0x3EA0, 2, 0x3E34, 0x9D84, "Intel(R) Core(TM) i5-8265U CPU @ 1.60GHz",
            0x02C1, 0x5C, 0x8C000000, 39),
    "cml": (0x9BC5, 5, 0x9B33, 0x0684, "Intel(R) Core(TM) i9-10900K CPU @ 3.70GHz",
            0x02C1, 0x5C, 0x8C000000, 39),
    "icl": (0x8A56, 7, 0x8A12, 0x3482, "Intel(R) Core(TM) i5-1035G1 CPU @ 1.00GHz",
            0x02C1, 0xC0, 0x8C000000, 39),
    "jsl": (0x4E55, 1, 0x4E24, 0x4D87, "Intel(R) Pentium(R) Silver N6005 @ 2.00GHz",
            0x02C1, 0xC0, 0x7C000000, 39),
    "tgl": (0x9A49, 1, 0x9A14, 0xA082,
            "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", 0x02C1, 0xC0, 0x5C000000,
            39),
    "rkl": (0x4C8B, 4, 0x4C53, 0x4384, "11th Gen Intel(R) Core(TM) i5-11400 @ 2.60GHz",
            0x02C1, 0xC0, 0x8C000000, 39),
    "adl-s": (0x4692, 0xC, 0x4650, 0x7A84,
              "12th Gen Intel(R) Core(TM) i5-12400", 0x02C1, 0xC0, 0x4C800000, 46),
    "adl-p": (0x46A6, 0xC, 0x4641, 0x5182,
              "12th Gen Intel(R) Core(TM) i7-1260P", 0x02C1, 0xC0, 0x4C800000, 39),
    "adl-n": (0x46D1, 0, 0x461C, 0x5481, "Intel(R) N100", 0x02C1, 0xC0, 0x4B800000, 39),
    "twl": (0x46D4, 0, 0x461C, 0x5481, "Intel(R) N150", 0x02C1, 0xC0, 0x4B800000, 39),
    "rpl-s": (0xA780, 4, 0xA700, 0x7A04,
              "13th Gen Intel(R) Core(TM) i7-13700K", 0x02C1, 0xC0, 0x4C800000, 46),
    "rpl-p": (0xA7A0, 4, 0xA706, 0x519D,
              "13th Gen Intel(R) Core(TM) i7-1360P", 0x02C1, 0xC0, 0x4C800000, 46),
    "mtl": (0x7D55, 8, 0x7D01, 0x7E02, "Intel(R) Core(TM) Ultra 7 155H", 0xFCC1, 0, 0,
            46),
    "arl-s": (0x7D67, 6, 0x7D1E, 0x7F04, "Intel(R) Core(TM) Ultra 7 265K", 0xFCC1, 0, 0,
              46),
    "lnl": (0x64A0, 4, 0x6400, 0xA807, "Intel(R) Core(TM) Ultra 7 258V", 0xFCC1, 0, 0,
            42),
}

DISTRIBUTIONS = {
    "debian12": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
                'VERSION_ID="12"\nID=debian\n',
    "debian10": 'PRETTY_NAME="Debian GNU/Linux 10 (buster)"\nNAME="Debian GNU/Linux"\n'
                'VERSION_ID="10"\nID=debian\n',
    "debian9": 'PRETTY_NAME="Debian GNU/Linux 9 (stretch)"\nVERSION_ID="9"\nID=debian\n',
    "debian13": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
    "ubuntu1604": 'NAME="Ubuntu"\nVERSION_ID="16.04"\nID=ubuntu\nID_LIKE=debian\n'
                  'PRETTY_NAME="Ubuntu 16.04.7 LTS"\n',
    "ubuntu2004": 'NAME="Ubuntu"\nVERSION_ID="20.04"\nID=ubuntu\nID_LIKE=debian\n'
                  'PRETTY_NAME="Ubuntu 20.04.6 LTS"\n',
    "ubuntu2204": 'PRETTY_NAME="Ubuntu 22.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\n'
                  'ID=ubuntu\nID_LIKE=debian\n',
    "ubuntu2404": 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\n'
                  'ID=ubuntu\nID_LIKE=debian\n',
    "mint": 'NAME="Linux Mint"\nVERSION_ID="19.3"\nID=linuxmint\nID_LIKE=ubuntu\n'
            'PRETTY_NAME="Linux Mint 19.3"\n',
    "pop": 'NAME="Pop!_OS"\nVERSION_ID="22.04"\nID=pop\nID_LIKE="ubuntu debian"\n'
           'PRETTY_NAME="Pop!_OS 22.04 LTS"\n',
    "fedora": 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=42\n'
              'PRETTY_NAME="Fedora Linux 42 (Workstation Edition)"\n'
              'VARIANT_ID=workstation\n',
    "silverblue": 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=40\n'
                  'PRETTY_NAME="Fedora Linux 40.20240410.0 (Silverblue)"\n'
                  'VARIANT_ID=silverblue\n',
    "rocky9": 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
              'VERSION_ID="9.3"\nPRETTY_NAME="Rocky Linux 9.3 (Blue Onyx)"\n',
    "arch": 'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
    "manjaro": 'NAME="Manjaro Linux"\nID=manjaro\nID_LIKE=arch\n'
               'PRETTY_NAME="Manjaro Linux"\n',
    "leap": 'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\n'
            'VERSION_ID="15.4"\nPRETTY_NAME="openSUSE Leap 15.4"\n',
    "tumbleweed": 'NAME="openSUSE Tumbleweed"\nID="opensuse-tumbleweed"\n'
                  'ID_LIKE="opensuse suse"\nPRETTY_NAME="openSUSE Tumbleweed"\n',
    "proxmox": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
               'VERSION_ID="12"\n',
    "proxmox9": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n',
    "nixos": 'ID=nixos\nNAME=NixOS\nPRETTY_NAME="NixOS 24.05 (Uakari)"\n'
             'VERSION_ID="24.05"\n',
    "gentoo": 'NAME=Gentoo\nID=gentoo\nPRETTY_NAME="Gentoo Linux"\n',
    "unraid": 'NAME=Slackware\nID=slackware\nPRETTY_NAME="Unraid OS 6.12"\n',
    "talos": 'NAME="Talos"\nID=talos\nVERSION_ID=v1.14.0\nPRETTY_NAME="Talos (v1.14.0)"\n',
    "qubes": 'NAME="Qubes OS"\nID=qubes\nID_LIKE="rhel fedora"\n'
             'PRETTY_NAME="Qubes OS 4.2"\n',
}

CONFIG = {
    "CONFIG_INTEL_IOMMU": "y", "CONFIG_INTEL_IOMMU_DEFAULT_ON": "n", "CONFIG_VFIO": "m",
    "CONFIG_VFIO_PCI": "m", "CONFIG_VFIO_PCI_VGA": "y", "CONFIG_VFIO_PCI_IGD": "y",
    "CONFIG_VFIO_PCI_INTX": "y", "CONFIG_VFIO_IOMMU_TYPE1": "m", "CONFIG_IRQ_REMAP": "y",
    "CONFIG_KVM": "m", "CONFIG_KVM_INTEL": "m", "CONFIG_KVM_VFIO": "y",
    "CONFIG_VGA_ARB": "y", "CONFIG_DRM_I915": "m", "CONFIG_FB_EFI": "y",
    "CONFIG_FB_VESA": "y", "CONFIG_MMU": "y", "CONFIG_X86_64": "y", "CONFIG_SMP": "y",
    "CONFIG_HZ_250": "y", "CONFIG_MODULES": "y", "CONFIG_PCI": "y", "CONFIG_ACPI": "y",
}

FLAGS = ("fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
         "dts acpi mmx fxsr sse sse2 ss ht tm pbe syscall nx pdpe1gb rdtscp lm "
         "constant_tsc art arch_perfmon pebs bts rep_good nopl xtopology nonstop_tsc cpuid "
         "aperfmperf pni pclmulqdq dtes64 monitor ds_cpl vmx est tm2 ssse3 sdbg fma cx16 "
         "xtpr pdcm pcid sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand "
         "lahf_lm abm cpuid_fault epb pti tpr_shadow flexpriority ept vpid")

# CAP and ECAP of the graphics' unit and the other one, as kernel logs print them.
UNITS_39 = (("1c0000c40660462", "19e2ff0505e"), ("d2008c40660462", "f050da"))
UNITS_OLD = (("c0000020e60262", "f0101a"), ("c9008020660262", "f0105a"))


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


class Host:
    """A capture in the making: a dictionary of paths."""

    def __init__(self, platform, distribution, kernel, **options):
        self.files = {}
        self.links = {}
        self.directories = set()
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

    def archive(self):
        """The capture as the bytes of a .tar.gz, the same every time."""
        raw = io.BytesIO()
        entries = {}
        for directory in self.directories:
            entries[directory] = ("dir", None)
        for path, target in self.links.items():
            entries[path] = ("link", target)
        for path, data in self.files.items():
            entries[path] = ("file", data)
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path in sorted(entries):
                kind, value = entries[path]
                info = tarfile.TarInfo(path)
                info.mtime = 0
                info.mode = 0o755 if kind == "dir" else 0o644
                if kind == "dir":
                    info.type = tarfile.DIRTYPE
                elif kind == "link":
                    info.type = tarfile.SYMTYPE
                    info.linkname = value
                else:
                    info.size = len(value)
                tar.addfile(info, io.BytesIO(value) if kind == "file" else None)
        return gzip.compress(raw.getvalue(), mtime=0)
