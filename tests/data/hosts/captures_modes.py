"""captures_modes.py: hosts on which a mode works, or nearly: OpRegion, legacy mode's own
needs, who holds the device, and nothing in the way."""

from guests import log, proxmox, xml
from hostlib import Host
from labelled import (ALL_REGIONS, B, CONSTRUCTED, F, FAULT, GITHUB, NO_ROM, NVIDIA, OLD,
                      ONLY_IGD, R, RADEON, X, bios, capture, vfio)

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
                              "device.hostpci0.x-igd-opregion=on"),
                    **log("301", ["-device vfio-pci,host=0000:00:02.0,id=hostpci0,"
                                  "bus=pci.0,addr=0x2: IGD device 0000:00:02.0 is "
                                  "unsupported in legacy mode, try SandyBridge or newer"],
                          machine="pc-i440fx-9.0", version="9.2.0")}),
        note="QEMU's log was added later: without it the guest is what guides tell to write, "
             "where legacy-igd=1 with OVMF is a place and asks for no VBIOS")
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
        ("none", X, R, R),
        Host("jsl", "proxmox", "6.8.12-4-pve", regions=ONLY_IGD, **vfio()),
        note="labelled vbios-generation at first: but nobody asked for the mode that this "
        "hardware has not, and nothing can be done about it")

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
