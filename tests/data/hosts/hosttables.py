"""hosttables.py: what captures are made of: processors and their boards, distributions, a
kernel's configuration."""

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
