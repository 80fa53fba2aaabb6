"""captures.py: the labelled captures: what each host is, where it was reported, and what
is true of it. Labels are (first cause, legacy, upt, uefi); they were written before doctor
was run on them, and are changed only with a reason in `note`."""

from guests import log, proxmox, xml
from hostlib import Host

R, B, F, X = "ready", "bindable", "fixable", "impossible"
GITHUB = "https://github.com/"
# No report was at hand: made up from what the kernel and QEMU say in that case.
CONSTRUCTED = "constructed"
ALL_REGIONS = [(6, "rom", 131072), (8, "vga", 786432), (9, "opregion", 8192),
               (10, "host-bridge", 4096), (11, "lpc-bridge", 4096)]
NO_ROM = ALL_REGIONS[1:]
NO_IGD = [(6, "rom", 131072), (8, "vga", 786432)]
ONLY_IGD = ALL_REGIONS[2:]
NVIDIA = ("0000:01:00.0", 0x10DE, 0x2184, 0x030000, "nvidia", "2", 1)
RADEON = ("0000:03:00.0", 0x1002, 0x73BF, 0x030000, "amdgpu", "14", 1)
OLD = (("c0000020e60262", "f0101a"), ("c9008020660262", "f0105a"))
NO_IR = (("c0000020630272", "1000"), ("c9008020630272", "1000"))

CAPTURES = []


def capture(name, source, label, host, note=""):
    CAPTURES.append({"name": name, "source": source, "first": label[0],
                     "legacy": label[1], "upt": label[2], "uefi": label[3],
                     "note": note, "host": host})


def vfio(**options):
    """Bound to vfio-pci."""
    return {"driver": "vfio-pci", "override": "vfio-pci", **options}


def bios(**options):
    return {"uefi": False, **options}


# The IOMMU.
capture("sandybridge-vtd-off", GITHUB + "ipaqmaster/vfio/issues/2", ("vt-d", F, F, F),
        Host("snb", "ubuntu1604", "4.4.0-210-generic", iommu=False, dmar=False,
             group=False, units=OLD, **bios()))
capture("sandybridge-2500k-without-vtd", GITHUB + "foxlet/macOS-Simple-KVM/issues/579",
        ("vt-d", X, X, X),
        Host("snb-k", "debian9", "4.9.0-19-amd64", iommu=False, dmar=False, group=False,
             units=OLD, **bios()))
capture("braswell-without-vtd", GITHUB + "ra1nstorm/ra1nstorm-helper/issues/109",
        ("vt-d", X, X, X),
        Host("chv", "mint", "4.15.0-213-generic", iommu=False, dmar=False, group=False))
capture("ivybridge-laptop-iommu-off", GITHUB + "foxlet/macOS-Simple-KVM/issues/143",
        ("iommu-off", F, F, F),
        Host("ivb-m", "fedora", "4.18.16-300.fc29.x86_64", iommu=False, group=False,
             cmdline="rhgb", chassis="10", board=("LENOVO", "2342CTO"), units=OLD, **bios()))
capture("cometlake-proxmox-zfs-iommu-off",
        GITHUB + "Upinel/PVE-Intel-vGPU/issues/7", ("iommu-off", F, F, F),
        Host("cml", "proxmox", "5.15.158-2-pve", iommu=False, group=False,
             cmdline="quiet", loader="proxmox"))
capture("geminilake-nixos-iommu-off", GITHUB + "NixOS/nixpkgs/issues/6264",
        ("iommu-off", F, F, F),
        Host("glk", "nixos", "6.6.30", iommu=False, group=False, cmdline="",
             loader="nixos"))
capture("skylake-amd-parameter-on-intel",
        GITHUB + "Rushmore75/amd-passthrough-fix/issues/1", ("iommu-off", F, F, F),
        Host("skl", "arch", "6.6.10-arch1-1", iommu=False, group=False,
             cmdline="amd_iommu=on iommu=on nouveau.modeset=0", loader="systemd-boot",
             devices=[NVIDIA], boot_vga=0))
capture("tigerlake-silverblue-iommu-off", GITHUB + "ublue-os/bazzite/pull/399",
        ("iommu-off", X, F, F),
        Host("tgl", "silverblue", "6.8.5-301.fc40.x86_64", iommu=False, group=False,
             cmdline="rhgb rd.luks.uuid=luks-XXXX", chassis="10"))
capture("coffeelake-iommu-off-by-user", GITHUB + "marcan/lsirec/issues/13",
        ("iommu-off", F, F, F),
        Host("cfl", "ubuntu2204", "5.15.0-91-generic", iommu=False, group=False,
             cmdline="intel_iommu=off iomem=relaxed",
             config={"CONFIG_INTEL_IOMMU_DEFAULT_ON": "y"}))
capture("haswell-igfx-off", GITHUB + "void-linux/void-docs/pull/265",
        ("igfx-off", F, F, F),
        Host("hsw", "debian10", "4.19.0-26-amd64", group=False,
             cmdline="intel_iommu=on,igfx_off",
             log=["[    0.031220] DMAR: Disable GFX device mapping"], **bios()))
capture("tigerlake-debian-igpu-excluded",
        CONSTRUCTED, ("igfx-off", X, F, F),
        Host("tgl", "debian12", "6.1.0-18-amd64", group=False, cmdline="splash",
             chassis="10", config={"CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF": "y"}))
capture("broadwell-laptop", GITHUB + "void-linux/void-docs/pull/265",
        ("host-iommu", X, X, X),
        Host("bdw-u", "arch", "6.6.10-arch1-1", group=False, loader="systemd-boot",
             chassis="10", board=("Dell Inc.", "0T9J9F"),
             log=["[    0.300101] pci 0000:00:02.0: DMAR: Disabling IOMMU for graphics on "
                  "this chipset"]))
capture("broadwell-nuc-iommu-not-asked-for", GITHUB + "MrChromebox/firmware/issues/153",
        ("host-iommu", X, X, X),
        Host("bdw-u", "ubuntu2004", "5.4.0-169-generic", iommu=False, group=False,
             cmdline="splash", board=("Intel Corporation", "NUC5i5RYB"),
             log=["[    0.300101] pci 0000:00:02.0: DMAR: Disabling IOMMU for graphics on "
                  "this chipset"], **bios()))
capture("gentoo-without-intel-iommu", GITHUB + "siderolabs/pkgs/pull/852",
        ("iommu-not-built", F, F, F),
        Host("kbl", "gentoo", "6.6.13-gentoo", iommu=False, group=False,
             config={"CONFIG_INTEL_IOMMU": "n", "CONFIG_IRQ_REMAP": "n"},
             remapping=False))
capture("ivybridge-broken-dmar", GITHUB + "linuxboot/heads/issues/286",
        ("dmar-broken", F, F, F),
        Host("ivb", "debian9", "4.9.0-19-amd64", iommu=False, group=False, units=OLD,
             remapping=False,
             log=["[    0.102200] DMAR: [Firmware Bug]: Your BIOS is broken; DMAR reported "
                  "at address fed90000 returns all ones!",
                  "[    0.102201] BIOS vendor: Hewlett-Packard; Ver: K01 v02.90"], **bios()))
capture("sandybridge-no-interrupt-remapping",
        GITHUB + "NixOS/nixpkgs/issues/6264", ("interrupt-remapping", F, F, F),
        Host("snb", "ubuntu1604", "4.15.0-142-generic", units=NO_IR, remapping=False,
             log=["[  301.112000] vfio_iommu_type1_attach_group: No interrupt remapping "
                  "support.  Use the module param \"allow_unsafe_interrupts\" to enable VFIO "
                  "IOMMU support on this platform"], **bios(**vfio())))
capture("sandybridge-laptop-intremap-off", GITHUB + "tiiuae/ghaf/issues/103",
        ("interrupt-remapping", F, F, F),
        Host("snb-m", "fedora", "4.20.16-200.fc29.x86_64", units=OLD, remapping=False,
             cmdline="intel_iommu=on intremap=off", chassis="10",
             board=("LENOVO", "4236NUC"), **bios()))
capture("haswell-reserved-memory", "https://blog.youkuaiyun.com/qq_36428903/article/details/129370392",
        ("reserved-memory", F, F, F),
        Host("hsw", "proxmox", "5.3.18-3-pve", board=("HP", "18E7"),
             log=["[  120.500112] vfio-pci 0000:00:02.0: Device is ineligible for IOMMU "
                  "domain attach due to platform RMRR requirement.  Contact your platform "
                  "vendor."], **bios(**vfio())))
capture("skylake-laptop-shared-group", GITHUB + "T-vK/MobilePassThrough/issues/22",
        ("group-shared", F, F, F),
        Host("skl-h", "fedora", "5.14.18-300.fc35.x86_64", igd_group="1", chassis="10",
             cmdline="intel_iommu=on iommu=pt pcie_acs_override=downstream",
             devices=[("0000:00:01.0", 0x8086, 0x1901, 0x060400, "pcieport", "1"),
                      ("0000:01:00.0", 0x10DE, 0x139B, 0x030200, "nouveau", "1")],
             **bios(**vfio())))

# The GPU shared, or another taken for it.
capture("n150-virtual-function-given",
        GITHUB + "strongtz/i915-sriov-dkms/issues/269", ("virtual-function", X, F, F),
        Host("twl", "proxmox", "6.11.11-1-pve", vfs=1,
             cmdline="intel_iommu=on i915.enable_guc=3 i915.max_vfs=7",
             devices=[("0000:00:02.1", 0x8086, 0x46D4, 0x030000, "vfio-pci", "15", 0)],
             log=["[    0.364468] pci 0000:00:02.0: DMAR: Skip IOMMU disabling for graphics"],
             extra=proxmox(100, "0000:00:02.1,pcie=1,x-vga=1,romfile=vbios.rom",
                           machine="q35", bios="ovmf")))
capture("alderlake-virtual-functions-on", GITHUB + "strongtz/i915-sriov-dkms/issues/216",
        ("virtual-functions-on", X, F, F),
        Host("adl-s", "proxmox", "6.8.12-4-pve", vfs=7,
             cmdline="intel_iommu=on iommu=pt i915.enable_guc=3 i915.max_vfs=7",
             devices=[(f"0000:00:02.{i}", 0x8086, 0x4692, 0x030000, None, str(15 + i), 0)
                      for i in range(1, 8)]))
capture("whiskeylake-gvt-mediated", GITHUB + "T-vK/MobilePassThrough/issues/17",
        ("mediated-device", F, F, F),
        Host("whl", "fedora", "5.13.19-200.fc34.x86_64", mdevs=1, chassis="10",
             cmdline="intel_iommu=on i915.enable_gvt=1", board=("LENOVO", "20NBCTO1WW"),
             devices=[("0000:03:00.0", 0x1002, 0x699F, 0x038000, "vfio-pci", "14")],
             extra=log("win10", ["-device vfio-pci,sysfsdev=/sys/bus/pci/devices/"
                                 "0000:00:02.0/XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXX0,"
                                 "x-igd-opregion=on: IGD device XXXXXXXX cannot support "
                                 "legacy mode due to existing devices at address 1f.0"],
                       machine="pc-q35-5.2",
                       device="vfio-pci,bus=pcie.0,addr=02.0,sysfsdev=/sys/bus/pci/devices/"
                       "0000:00:02.0/XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXX0,"
                       "x-igd-opregion=on,rombar=0,display=on")))
capture("coffeelake-graphics-off-in-firmware",
        CONSTRUCTED, ("igd-absent", F, F, F),
        Host("cfl", "ubuntu2204", "6.5.0-28-generic", igd=False, devices=[NVIDIA],
             cpu="Intel(R) Core(TM) i7-9700K CPU @ 3.60GHz"))
capture("coffeelake-f-processor",
        GITHUB + "QaidVoid/Complete-Single-GPU-Passthrough/issues/11",
        ("igd-absent", X, X, X),
        Host("cfl", "manjaro", "5.15.12-1-MANJARO", igd=False, devices=[NVIDIA],
             cpu="Intel(R) Core(TM) i3-9100F CPU @ 3.60GHz", loader="grub"))
capture("amd-host", GITHUB + "cosminmocan/vfio-single-amdgpu-passthrough/issues/3",
        ("igd-absent", X, X, X),
        Host(None, "arch", "6.1.9-arch1-1", igd=False, iommu=True,
             cpu="AMD Ryzen 5 3400G with Radeon Vega Graphics", cpu_vendor="AuthenticAMD",
             loader="systemd-boot", cmdline="amd_iommu=on iommu=pt", dmar=False,
             devices=[("0000:00:00.0", 0x1022, 0x15D0, 0x060000, None, "0"),
                      ("0000:08:00.0", 0x1002, 0x15D8, 0x030000, "amdgpu", "9", 1)]))
capture("arc-card-no-igd", GITHUB + "dockur/windows/issues/22",
        ("discrete-gpu", X, X, X),
        Host("adl-s", "arch", "6.10.3-arch1-1", igd=False, loader="systemd-boot",
             cpu="12th Gen Intel(R) Core(TM) i5-12400F",
             devices=[("0000:03:00.0", 0x8086, 0x56A0, 0x030000, "i915", "14", 1)]))
capture("nested-virtual-machine", GITHUB + "cloud-hypervisor/cloud-hypervisor/pull/7030",
        ("igd-absent", X, X, X),
        Host(None, "debian12", "6.1.0-18-amd64", igd=False, hypervisor=True, vmx=False,
             iommu=False, dmar=False, cpu="Intel Core Processor (Skylake, IBRS)",
             devices=[("0000:00:00.0", 0x8086, 0x29C0, 0x060000),
                      ("0000:00:01.0", 0x1234, 0x1111, 0x030000, "bochs-drm", None, 1)],
             board=("QEMU", "Standard PC (Q35 + ICH9, 2009)")))
capture("raptorlake-qubes", GITHUB + "QubesOS/qubes-vmm-xen/pull/197", ("xen", X, F, F),
        Host("rpl-s", "qubes", "6.6.36-1.qubes.fc37.x86_64", iommu=False, group=False,
             xen=True, remapping=False, cmdline="rd.qubes.hide_all_usb",
             log=["[    0.000000] Booting paravirtualized kernel on Xen PVH",
                  "[    0.000000] Xen version: 4.17.4 (preserve-AD)"]))
capture("alderlake-n-off-the-bus", GITHUB + "amd/MxGPU-Virtualization/issues/25",
        ("device-dead", X, F, F),
        Host("adl-n", "proxmox", "6.8.12-4-pve", dead=True,
             log=["[ 8123.112233] vfio-pci 0000:00:02.0: Unable to change power state from "
                  "D3cold to D0, device inaccessible"], **vfio()))

# KVM, memory, other users.
capture("ivybridge-vtx-locked", GITHUB + "platform9/express/issues/206",
        ("kvm", F, F, F),
        Host("ivb", "debian10", "4.19.0-26-amd64", units=OLD, board=("Dell Inc.", "0773VG"),
             log=["[    8.220100] kvm: disabled by bios"], **bios()))
capture("coffeelake-vtx-locked-new-kernel", CONSTRUCTED,
        ("kvm", F, F, F),
        Host("cfl", "fedora", "6.5.6-300.fc39.x86_64", vmx=False,
             log=["[    0.141010] x86/cpu: VMX (outside TXT) disabled by BIOS"]))
capture("coffeelake-memory-lock", GITHUB + "cloud-hypervisor/cloud-hypervisor/issues/165",
        ("memory-lock", F, F, F),
        Host("cfl", "ubuntu2004", "5.4.0-169-generic", regions=ALL_REGIONS,
             log=["[  365.159219] vfio_pin_pages_remote: RLIMIT_MEMLOCK (4194304) exceeded"],
             **bios(**vfio())))
capture("raptorlake-address-width", GITHUB + "gnif/LookingGlass/issues/1184",
        ("address-width", X, F, F),
        Host("rpl-s", "fedora", "6.14.6-300.fc42.x86_64", regions=ONLY_IGD,
             extra={**xml("win11", machine="pc-q35-9.2", uefi=True),
                    **log("win11", ["vfio_container_dma_map(0x55555a4dd2c0, 0x382000000000, "
                                    "0x10000000, 0x7fff40000000) = -22 (Invalid argument)"],
                          machine="pc-q35-9.2", version="10.2.0", uefi=True)}, **vfio()))
capture("skylake-no-access", CONSTRUCTED,
        ("vfio-access", F, F, F),
        Host("skl", "debian12", "6.1.0-18-amd64", regions=ALL_REGIONS,
             extra=log("win10", ["-device vfio-pci,host=0000:00:02.0,id=hostdev0,bus=pci.0,"
                                 "addr=0x2: vfio 0000:00:02.0: failed to open /dev/vfio/0: "
                                 "Permission denied"]), **bios(**vfio())))
capture("kabylake-another-guest-has-it", CONSTRUCTED,
        ("device-busy", F, F, F),
        Host("kbl", "proxmox", "6.5.13-5-pve", regions=ALL_REGIONS,
             extra=log("second", ["-device vfio-pci,host=0000:00:02.0,id=hostdev0,bus=pci.0,"
                                  "addr=0x2: vfio 0000:00:02.0: failed to open /dev/vfio/0: "
                                  "Device or resource busy"]), **bios(**vfio())))
capture("tigerlake-nuc-stuck", GITHUB + "kata-containers/kata-containers/issues/11708",
        ("gpu-stuck", X, F, F),
        Host("tgl", "proxmox", "6.2.16-19-pve", board=("Intel Corporation", "NUC11TNBi5"),
             log=["[  500.100000] vfio-pci 0000:00:02.0: Unable to change power state from "
                  "D3hot to D0, device inaccessible"], **vfio()))
FAULT = ("DMAR: [DMA Read] Request device [00:02.0] PASID ffffffff fault addr 9c000000 "
         "[fault reason 06] PTE Read access is not set")
capture("coffeelake-stream-of-faults", GITHUB + "patmagauran/i915ovmfPkg/issues/23",
        ("dma-faults", F, F, F),
        Host("cfl", "debian12", "5.10.0-28-amd64", regions=ALL_REGIONS,
             log=[f"[  {184 + i * 5}.630630] {FAULT}" for i in range(8)]
             + ["[  230.000000] dmar_fault: 893 callbacks suppressed"], **bios(**vfio())))
NEW_FAULT = ("DMAR: [DMA Write NO_PASID] Request device [0x00:0x02.0] fault addr 0xf0000000 "
             "[fault reason 0x05] PTE Write access is not set")
capture("skylake-stream-of-new-faults", GITHUB + "thesofproject/sof-test/issues/744",
        ("dma-faults", F, F, F),
        Host("skl", "tumbleweed", "6.5.4-1-default", regions=ALL_REGIONS,
             log=[f"[  {900 + i * 3}.630630] {NEW_FAULT}" for i in range(20)],
             **bios(**vfio())))

# The OpRegion.
capture("cometlake-0380-old-kernel", GITHUB + "intel/gvt-linux/issues/214",
        ("kernel-0380", F, R, F),
        Host("cml", "fedora", "5.18.7-200.fc36.x86_64", devices=[RADEON], boot_vga=0,
             board=("Gigabyte Technology Co., Ltd.", "Z490 AORUS MASTER"),
             regions=[], **vfio(**{"class": 0x038000}),
             extra=log("win10", ["-device vfio-pci,host=0000:00:02.0,id=hostdev0,bus=pci.0,"
                                 "addr=0x2,x-igd-opregion=on: vfio 0000:00:02.0: does not "
                                 "support requested IGD OpRegion feature: No such device"],
                       version="6.2.0")))
capture("raptorlake-0380-beside-nvidia", GITHUB + "QubesOS/qubes-vmm-xen/pull/203",
        ("kernel-0380", X, B, F),
        Host("rpl-s", "ubuntu2404", "6.8.0-45-generic", devices=[NVIDIA], boot_vga=0,
             **{"class": 0x038000}))
capture("coffeelake-no-opregion-second-gpu", GITHUB + "patmagauran/i915ovmfPkg/issues/10",
        ("asls", F, R, F),
        Host("cfl-8086k", "arch", "5.9.12-arch1-1", asls=0, devices=[NVIDIA], boot_vga=0,
             loader="systemd-boot", **vfio(**{"class": 0x038000}),
             extra=log("macos", ["-device vfio-pci,host=0000:00:02.0,id=hostdev0,bus=pci.0,"
                                 "addr=0x2,x-igd-opregion=on: vfio 0000:00:02.0: does not "
                                 "support requested IGD OpRegion feature: No such device"],
                       version="5.1.0")))
capture("haswell-chromebox-coreboot", GITHUB + "MrChromebox/firmware/issues/1010",
        ("asls", F, B, F),
        Host("hsw-u", "arch", "6.1.12-arch1-1", asls=0, board=("Google", "Panther"),
             loader="systemd-boot", cmdline="intel_iommu=on"))
capture("rocky-without-vfio-igd", GITHUB + "intel/gvt-linux/issues/19",
        ("vfio-igd", F, R, F),
        Host("cfl", "rocky9", "5.14.0-362.8.1.el9_3.x86_64",
             config={"CONFIG_VFIO_PCI_IGD": "n", "CONFIG_VFIO_PCI_VGA": "n"},
             regions=[(6, "rom", 131072)], **bios(**vfio()),
             extra=log("win10", ["-device vfio-pci,host=0000:00:02.0,id=hostdev0,bus=pci.0,"
                                 "addr=0x2: vfio 0000:00:02.0: does not support requested "
                                 "IGD OpRegion feature: No such device"], version="8.0.0")))
capture("skylake-kernel-4-4", GITHUB + "intel/gvt-linux/issues/113", ("kernel", F, B, F),
        Host("skl", "ubuntu1604", "4.4.0-31-generic",
             config={"CONFIG_VFIO_PCI_IGD": "y"}, **bios()),
        note="4.4 has no CONFIG_VFIO_PCI_IGD; the description keeps the default line")
capture("alderlake-opregion-off-in-guest", GITHUB + "LongQT-sea/intel-igpu-passthru/issues/4",
        ("opregion-off", X, R, F),
        Host("adl-p", "arch", "6.16.8-arch1-1", regions=ONLY_IGD, loader="systemd-boot",
             **vfio(), extra=xml("win11", uefi=True,
                                 rom="<rom bar='on' file='/usr/share/kvm/adl.rom'/>",
                                 properties=[("x-igd-opregion", "off")])))

# Legacy mode's own needs.
capture("skylake-uefi-host", GITHUB + "tomitamoeko/VfioIgdPkg/issues/5", ("rom", F, R, R),
        Host("skl", "debian12", "6.1.0-18-amd64", regions=NO_ROM,
             log=["[  200.110000] vfio-pci 0000:00:02.0: Invalid PCI ROM header signature: "
                  "expecting 0xaa55, got 0x0000"], **vfio()))
capture("gentoo-without-vfio-vga", GITHUB + "intel/gvt-linux/issues/88",
        ("vfio-vga", F, R, R),
        Host("skl", "gentoo", "6.6.13-gentoo", config={"CONFIG_VFIO_PCI_VGA": "n"},
             regions=[ALL_REGIONS[0]] + ONLY_IGD, **bios(**vfio())))
capture("kabylake-proxmox-disable-vga",
        "https://forum.proxmox.com/threads/gpu-passthrough-manual-for-intel-n100-i5-7500t-"
        "uhd-630-esprimoq957-for-debian-incl-hdmi-audio.180790", ("disable-vga", F, R, R),
        Host("kbl", "proxmox9", "6.17.4-1-pve",
             cmdline="intel_iommu=on iommu=pt pcie_acs_override=downstream,multifunction "
             "initcall_blacklist=sysfb_init disable_vga=1 "
             "vfio_iommu_type1.allow_unsafe_interrupts=1 kvm.ignore_msrs=1",
             modprobe={"vfio.conf": "blacklist i915\noptions vfio-pci ids=8086:5912,"
                                    "8086:a2f0 disable_vga=1\n"},
             board=("FUJITSU", "D3413-A1"), **bios(**vfio()),
             extra=proxmox(100, "0000:00:02.0,legacy-igd=1")))
capture("kabylake-second-display-class", GITHUB + "Coopydood/ultimate-macOS-KVM/issues/213",
        ("vga-class", F, B, B),
        Host("kbl", "tumbleweed", "6.16.3-1-default", ggc=0x02C3, devices=[NVIDIA],
             boot_vga=0, **bios(**{"class": 0x038000})))
capture("coffeelake-no-stolen-memory",
        GITHUB + "tomitamoeko/VfioIgdPkg/issues/5", ("ggc", F, R, F),
        Host("cfl", "debian12", "6.1.0-18-amd64", ggc=0x00C1, regions=ALL_REGIONS,
             **bios(**vfio())))
capture("coffeelake-legacy-on-q35", GITHUB + "LongQT-sea/intel-igpu-passthru/issues/22",
        ("i440fx", F, R, R),
        Host("cfl", "proxmox", "6.8.12-4-pve", regions=ALL_REGIONS, **bios(**vfio()),
             extra=proxmox(100, "0000:00:02.0,legacy-igd=1,romfile=cfl.rom", machine="q35",
                           bios="ovmf")))
capture("raptorlake-legacy-after-qemu-update", GITHUB + "gangqizai/igd/issues/27",
        ("vbios-generation", X, R, R),
        Host("rpl-s", "proxmox", "6.8.12-9-pve", regions=ONLY_IGD,
             board=("ASRock", "B760M Pro RS/D4"), **vfio(),
             extra={**proxmox(301, "0000:00:02.0,legacy-igd=1,romfile=igd_rpls.rom",
                              bios="ovmf", args="-set device.hostpci0.addr=02.0 -set "
                              "device.hostpci0.x-igd-gms=0x2 -set "
                              "device.hostpci0.x-igd-opregion=on")}))
capture("coffeelake-guest-with-two-displays",
        GITHUB + "Upinel/PVE-Intel-vGPU/issues/7", ("guest-video", F, R, R),
        Host("cfl", "ubuntu2204", "6.5.0-28-generic", regions=ALL_REGIONS, **bios(**vfio()),
             extra=xml("win10", video="qxl", arguments=[
                 "-set", "device.hostdev0.x-igd-legacy-mode=on"])))
capture("kabylake-guest-without-rom-bar",
        GITHUB + "LongQT-sea/intel-igpu-passthru/issues/3", ("rom-bar", F, R, R),
        Host("kbl", "proxmox", "6.8.12-9-pve", regions=ALL_REGIONS, **bios(**vfio()),
             extra=proxmox(2000, "0000:00:02.0,legacy-igd=1,romfile=SKL_CML_GOPv9.1_igd.rom",
                           machine="pc-i440fx-8.1", bios="ovmf",
                           args="-set device.hostpci0.rombar=0 -set "
                           "device.hostpci0.x-igd-opregion=on -set "
                           "device.hostpci0.x-igd-gms=1")))
capture("rocketlake-guest-slot", GITHUB + "intel/gvt-linux/issues/190",
        ("guest-address", X, R, F),
        Host("rkl", "ubuntu2204", "6.2.0-39-generic", regions=ONLY_IGD, **vfio(),
             extra=xml("win11", slot=5, uefi=True,
                       rom="<rom bar='on' file='/usr/share/vgabios/rkl.rom'/>")))
capture("skylake-hot-plugged", GITHUB + "kubevirt/kubevirt/issues/11338",
        ("cold-plugged", F, F, F),
        Host("skl", "debian13", "6.12.6-amd64", regions=ALL_REGIONS, **bios(**vfio()),
             extra=log("vm", ["-device vfio-pci,host=0000:00:02.0,id=hostdev1,bus=pci.0,"
                              "addr=0x7: IGD OpRegion is not supported on hotplugged device"],
                       version="10.0.2")))
capture("meteorlake-old-qemu", GITHUB + "strongtz/i915-sriov-dkms/issues/210",
        ("qemu-version", X, R, F),
        Host("mtl", "ubuntu2404", "6.8.0-45-generic", regions=ONLY_IGD, **vfio(),
             extra={**xml("win11", uefi=True), **log("win11", [], version="8.2.2",
                                                     uefi=True)}))
capture("cometlake-rom-file-refused", GITHUB + "ilayna/Single-GPU-passthrough-amd-nvidia/issues/8",
        ("rom-file", F, R, F),
        Host("cml", "ubuntu2204", "6.2.0-39-generic", regions=NO_ROM, **vfio(),
             extra={**xml("win11", uefi=True, rom="<rom bar='on' file='/root/cml.rom'/>"),
                    **log("win11", ["-device vfio-pci,host=0000:00:02.0,id=hostdev0,"
                                    "bus=pci.0,addr=0x2,romfile=/root/cml.rom: failed to "
                                    "find romfile \"/root/cml.rom\""], uefi=True)}))
capture("coffeelake-audio-along", GITHUB + "LongQT-sea/intel-igpu-passthru/issues/18",
        ("audio-group", F, F, F),
        Host("cfl", "ubuntu2204", "6.5.0-28-generic", regions=ALL_REGIONS, **bios(**vfio()),
             extra={**xml("win10", audio=True),
                    **log("win10", ["-device vfio-pci,host=0000:00:1f.3,id=hostdev1,"
                                    "bus=pci.0,addr=0x6: vfio 0000:00:1f.3: group 10 is not "
                                    "viable"])}))

# Who holds the device.
capture("kabylake-ready-to-bind", GITHUB + "intel/gvt-linux/wiki/GVTd_Setup_Guide",
        ("host-driver", B, B, B),
        Host("kbl", "debian12", "6.1.0-18-amd64", board=("FUJITSU", "D3413-A1"), **bios()))
capture("coffeelake-bound-too-late", CONSTRUCTED,
        ("host-driver", F, B, B),
        Host("cfl", "pop", "6.8.0-76060800daily20240311-generic",
             cmdline="intel_iommu=on vfio-pci.ids=8086:3e92", loader="systemd-boot"))
capture("whiskeylake-laptop-without-root", GITHUB + "foxlet/macOS-Simple-KVM/issues/23",
        ("host-driver", F, B, B),
        Host("kbl-u", "ubuntu2404", "6.8.0-45-generic", root=False, chassis="10",
             lockdown="none [integrity] confidentiality",
             connectors=[("card0-eDP-1", "connected"), ("card0-HDMI-A-1", "disconnected")]))
capture("alderlake-laptop-secure-boot", GITHUB + "Dasharo/dasharo-issues/issues/641",
        ("host-driver", X, B, B),
        Host("adl-p", "fedora", "6.11.4-301.fc41.x86_64", chassis="10",
             lockdown="none [integrity] confidentiality",
             log=["[    0.364468] pci 0000:00:02.0: DMAR: Skip IOMMU disabling for graphics",
                  "[   12.000000] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault "
                  "addr 0x4c810000 [fault reason 0x06] PTE Read access is not set"],
             connectors=[("card1-eDP-1", "connected")]))
capture("lunarlake-laptop", GITHUB + "intel-retail/automated-self-checkout/issues/807",
        ("host-driver", X, B, B),
        Host("lnl", "fedora", "6.15.4-200.fc42.x86_64", driver="xe", chassis="10"))
capture("arrowlake-second-display", GITHUB + "strongtz/i915-sriov-dkms/issues/429",
        ("host-driver", X, B, B),
        Host("arl-s", "arch", "6.18.2-arch1-1", driver="xe", devices=[NVIDIA], boot_vga=0,
             loader="systemd-boot", **{"class": 0x038000}))
capture("icelake-laptop", GITHUB + "intel/gvt-linux/issues/180", ("host-driver", X, B, B),
        Host("icl", "manjaro", "5.10.205-1-MANJARO", chassis="10"))
capture("haswell-pci-stub", GITHUB + "64kramsystem/vga-passthrough/issues/15",
        ("unbound", B, B, B),
        Host("hsw", "ubuntu1604", "4.15.0-142-generic", driver="pci-stub",
             cmdline="intel_iommu=on pci-stub.ids=8086:0412", **bios()))
capture("n100-talos-simpledrm", GITHUB + "siderolabs/talos/issues/14356",
        ("framebuffer", X, B, B),
        Host("adl-n", "talos", "6.18.48-talos", fb="simpledrm", regions=ONLY_IGD,
             cmdline="intel_iommu=on iommu=pt video=efifb:off",
             log=["[  100.100000] vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem "
                  "0xe0000000-0xefffffff 64bit pref]"], **vfio()))
capture("coffeelake-efifb", GITHUB + "fire1ce/3os.org/pull/72", ("framebuffer", F, B, B),
        Host("cfl", "ubuntu2204", "5.15.0-91-generic", fb="efifb",
             modprobe={"igpu.conf": "blacklist i915\n"},
             log=["[  100.100000] vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem "
                  "0xe0000000-0xefffffff 64bit pref]"], **vfio()))
capture("skylake-leap-bootfb", GITHUB + "intel/gvt-linux/issues/210",
        ("framebuffer", F, F, F),
        Host("skl", "leap", "5.14.21-150400.24.100-default", fb="simplefb",
             cmdline="intel_iommu=on video=efifb:off",
             log=["[  100.100000] vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem "
                  "0xe0000000-0xefffffff 64bit pref]"], **vfio()))
capture("ivybridge-vesafb", GITHUB + "lf-edge/eve/pull/6609", ("framebuffer", B, B, B),
        Host("ivb", "debian9", "4.9.0-19-amd64", fb="vesafb", units=OLD,
             cmdline="intel_iommu=on vga=791 nomodeset", **bios(**vfio())))
capture("sandybridge-text-console", GITHUB + "lf-edge/eve/pull/2185", ("vgacon", B, R, R),
        Host("snb", "debian10", "4.19.0-26-amd64", vgacon=True, units=OLD,
             modprobe={"blacklist-i915.conf": "blacklist i915\n"}, regions=ALL_REGIONS,
             **bios(**vfio())))

# Nothing in the way.
capture("skylake-ready", GITHUB + "tomitamoeko/VfioIgdPkg/issues/5", ("none", R, R, R),
        Host("skl", "debian12", "6.1.0-18-amd64", regions=ALL_REGIONS, **bios(**vfio())))
capture("kabylake-ready-with-a-burst", GITHUB + "tomitamoeko/VfioIgdPkg/issues/5",
        ("none", R, R, R),
        Host("kbl", "debian13", "6.12.6-amd64", regions=ALL_REGIONS,
             log=[f"[  184.63063{i}] {FAULT}" for i in range(5)], **bios(**vfio())))
capture("cometlake-unraid-ready", CONSTRUCTED,
        ("none", R, R, R),
        Host("cml", "unraid", "6.1.64-Unraid", loader="syslinux",
             cmdline="intel_iommu=on pcie_acs_override=downstream video=efifb:off",
             config={"none": 1}, regions=ALL_REGIONS, **bios(**vfio())))
capture("jasperlake-ready-for-upt", GITHUB + "LongQT-sea/intel-igpu-passthru/issues/11",
        ("vbios-generation", X, R, R),
        Host("jsl", "proxmox", "6.8.12-4-pve", regions=ONLY_IGD, **vfio()))

# Others' troubles, which are not the GPU's.
capture("coffeelake-other-devices-troubles",
        GITHUB + "cloud-hypervisor/cloud-hypervisor/issues/6147", ("none", R, R, R),
        Host("cfl", "debian12", "6.1.0-18-amd64", regions=ALL_REGIONS,
             devices=[("0000:01:00.0", 0x10DE, 0x2504, 0x030000, "vfio-pci", "2", 0)],
             log=["[   44.702115] vfio-pci 0000:01:00.0: BAR 0: can't reserve [mem "
                  "0xd0000000-0xdfffffff 64bit pref]",
                  "[   45.100000] vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: "
                  "expecting 0xaa55, got 0xffff",
                  "[   46.000000] DMAR: [DMA Read NO_PASID] Request device [01:00.0] fault "
                  "addr 0x0 [fault reason 0x06] PTE Read access is not set",
                  "[   47.000000] xhci_hcd 0000:00:14.0: Device is ineligible for IOMMU "
                  "domain attach due to platform RMRR requirement.  Contact your platform "
                  "vendor.",
                  "[   48.000000] vfio-pci 0000:01:00.0: Unable to change power state from "
                  "D3cold to D0, device inaccessible"], **bios(**vfio())))
capture("kabylake-grub-not-updated", GITHUB + "harvester/harvester-installer/pull/324",
        ("iommu-off", F, F, F),
        Host("kbl", "ubuntu2204", "5.15.0-91-generic", iommu=False, group=False,
             cmdline="splash",
             extra={"etc/default/grub": 'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="quiet '
                    'splash intel_iommu=on iommu=pt"\nGRUB_CMDLINE_LINUX=""\n'}))
capture("skylake-damaged-opregion", CONSTRUCTED, ("opregion", F, R, F),
        Host("skl", "debian12", "6.1.0-18-amd64", regions=ALL_REGIONS,
             extra={"igdvm/opregion.bin": b"IntelGraphicsXXX" + bytes(8176)},
             **bios(**vfio())))
capture("kabylake-rom-of-another-card", GITHUB + "foxlet/macOS-Simple-KVM/issues/222",
        ("rom", F, R, R),
        Host("kbl", "debian12", "6.1.0-18-amd64", regions=ALL_REGIONS,
             extra={"igdvm/rom.bin": b"\x55\xaa\x10" + bytes(21) + b"\x40\x00" + bytes(38)
                    + b"PCIR\xde\x10\x80\x13\x00\x00\x18\x00\x00\x00\x00\x03\x10\x00"
                    b"\x00\x00\x00\x80\x00\x00" + bytes(8192 - 88)}, **bios(**vfio())))
capture("haswell-desktop-new-kernel-forced-iommu",
        GITHUB + "siderolabs/talos/issues/12619", ("host-driver", B, B, B),
        Host("hsw", "arch", "6.12.8-arch1-1", cmdline="", loader="grub",
             config={"CONFIG_INTEL_IOMMU_DEFAULT_ON": "y"}, **bios(),
             log=["[    1.000000] DMAR: [DMA Read NO_PASID] Request device [00:1f.2] fault "
                  "addr 0xfffc0000 [fault reason 0x0c] non-zero reserved fields in PTE"]))
capture("icelake-laptop-platform-opt-in", GITHUB + "thesofproject/sof-test/issues/744",
        ("host-driver", X, B, B),
        Host("icl", "fedora", "5.13.4-200.fc34.x86_64", cmdline="rhgb", chassis="10",
             log=["[    0.400000] DMAR: Intel-IOMMU force enabled due to platform opt in"]))

# Seen after the first run of doctor on those above.
capture("tigerlake-laptop-copied-settings",
        GITHUB + "foxlet/macOS-Simple-KVM/issues/497", ("host-driver", X, B, F),
        Host("tgl", "ubuntu2004", "5.11.0-25-generic", chassis="10",
             cmdline="splash intel_iommu=on iommu=pt pcie_aspm=off "
             "vfio_iommu_type1.allow_unsafe_interrupts=1 vfio_pci.disable_vga=1 "
             "vfio_pci.disable_idle_d3=1 vfio-pci-ids=8086:9a49,8086:a0c8",
             log=["[    0.505730] pci 0000:00:02.0: DMAR: Skip IOMMU disabling for graphics"],
             extra=log("macos", ["-device vfio-pci,host=0000:00:02.0,multifunction=on: vfio "
                                 "0000:00:02.0: failed to open /dev/vfio/1: No such file or "
                                 "directory"], machine="pc-q35-2.11", version="4.2.1",
                       device="vfio-pci,host=0000:00:02.0,multifunction=on")),
        note="uefi was labelled bindable at first, without a thought to Ubuntu 20.04's QEMU "
        "4.2, which does not know Tiger Lake")
capture("skylake-manjaro-display-controller",
        GITHUB + "foxlet/macOS-Simple-KVM/issues/130", ("kernel-0380", F, R, F),
        Host("skl", "manjaro", "5.3.8-3-MANJARO", devices=[NVIDIA], boot_vga=0,
             **vfio(**{"class": 0x038000})))
capture("cometlake-proxmox-slot-18", GITHUB + "patmagauran/i915ovmfPkg/issues/33",
        ("guest-address", F, R, F),
        Host("cml", "proxmox", "5.15.35-1-pve", regions=NO_ROM,
             cmdline="intel_iommu=on iommu=pt i915.enable_guc=0 i915.enable_gvt=1 "
             "pcie_aspm=off", **vfio(),
             devices=[("0000:01:00.0", 0x10DE, 0x1F08, 0x030000, "vfio-pci", "2", 0)],
             extra={"etc/pve/qemu-server/102.conf":
                    "args: -device vfio-pci,host=00:02.0,addr=0x18,x-igd-opregion=on,"
                    "romfile=/usr/share/kvm/i915ovmf.rom\nbios: ovmf\nmachine: q35\n"
                    "memory: 6096\nostype: l26\nvga: none\n"}))
