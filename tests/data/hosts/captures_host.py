"""captures_host.py: hosts on which no mode works yet: IOMMU, sharing, KVM, memory."""

from guests import log, proxmox, xml
from hostlib import Host
from labelled import (ALL_REGIONS, CONSTRUCTED, F, FAULT, GITHUB, NO_IR, NVIDIA, OLD,
                      ONLY_IGD, R, X, bios, capture, vfio)

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
