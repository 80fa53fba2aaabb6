/* checks.c: the table of checks, in the order of rank: what explains others is first.
 */
#include "doctor/check.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <string.h> /* strcmp */

#define READY      DOCTOR_READY
#define BINDABLE   DOCTOR_BINDABLE
#define FIXABLE    DOCTOR_FIXABLE
#define IMPOSSIBLE DOCTOR_IMPOSSIBLE

#define CONFIG     "/boot/config-RELEASE or /proc/config.gz"
#define GPU_DIR    "/sys/bus/pci/devices/0000:00:02.0"
#define KERNEL_LOG "the kernel log"
#define QEMU_LOG   "/var/log/libvirt/qemu/NAME.log"
#define GUEST_CONFIG                                                                  \
    "/etc/libvirt/qemu/NAME.xml, /etc/pve/qemu-server/NUMBER.conf, the command line " \
    "in " QEMU_LOG
#define COMMAND_LINE "/proc/cmdline, /etc/modprobe.d"

#define BY_LIBIGD NULL, NULL, NULL /* why, remedy: libigd's requirement; no cost */

static const struct check checks[] = {
    { "xen", "The host runs on Xen", ALL, false, check_xen, FIXABLE,
      KERNEL_LOG ", /proc/xen, /sys/hypervisor/type",
      "Xen keeps VT-x and the IOMMU to itself, so neither KVM nor VFIO works in dom0",
      "boot the same kernel without Xen (the boot loader has an entry for it)",
      "guests of Xen do not run then" },
    { "discrete-gpu", "The Intel GPU is a graphics card", ALL, false, check_discrete,
      IMPOSSIBLE, "class and vendor of all PCI devices",
      "igdvm assigns integrated GPUs: a card has no OpRegion, no stolen memory and no "
      "legacy mode, and any VMM assigns it as an ordinary device",
      "assign the card with any VMM's plain device assignment", NULL },
    { "igd-absent", "There is no integrated GPU", ALL, false, check_present, FIXABLE,
      GPU_DIR ", /proc/cpuinfo",
      "the integrated GPU of Intel processors is always the PCI device 00:02.0",
      "turn the integrated graphics on in the firmware's setup", NULL },
    { "device-dead", "The GPU does not answer", ALL, false, check_dead, FIXABLE,
      GPU_DIR "/config",
      "a device whose config space reads as ones is off the bus: after a failed reset, "
      "or powered down for good",
      "switch the computer off and on; should it happen again, write \"options "
      "vfio-pci "
      "disable_idle_d3=1\" to /etc/modprobe.d/igdvm.conf",
      NULL },
    { "intel-display", "The device is no Intel display device", ALL, false,
      check_requirement, IMPOSSIBLE, GPU_DIR "/class", BY_LIBIGD },
    { "host-iommu", "The kernel switches the IOMMU off for this GPU", ALL, false,
      check_host_iommu, IMPOSSIBLE, GPU_DIR "/iommu_group, " KERNEL_LOG, BY_LIBIGD },
    { "vt-d", "VT-d is off, or not there", ALL, false, check_vtd, FIXABLE,
      "the ACPI tables in " KERNEL_LOG ", /sys/class/iommu",
      "without VT-d there is no IOMMU, and without an IOMMU Linux assigns nothing",
      "turn VT-d on in the firmware's setup", NULL },
    { "dmar-broken", "The firmware describes its IOMMU wrongly", ALL, false,
      check_dmar_broken, FIXABLE, KERNEL_LOG,
      "the kernel does not use an IOMMU whose description makes no sense",
      "update the firmware; where that does not help, ask the board's maker", NULL },
    { "iommu-not-built", "The kernel has no IOMMU driver", ALL, false,
      check_iommu_built, FIXABLE, CONFIG,
      "without CONFIG_INTEL_IOMMU the kernel cannot use VT-d",
      "boot a kernel built with CONFIG_INTEL_IOMMU=y", NULL },
    { "iommu-off", "The kernel does not use the IOMMU", ALL, false, check_iommu_off,
      FIXABLE, "/proc/cmdline, " CONFIG ", " KERNEL_LOG,
      "without the IOMMU in use no device has an IOMMU group, and Linux assigns none",
      "add intel_iommu=on to the kernel command line",
      "nothing; devices with faulty firmware may show it now" },
    { "igfx-off", "The GPU is taken out of the IOMMU", ALL, false, check_igfx_off,
      FIXABLE, "/proc/cmdline, " CONFIG,
      "the GPU has an IOMMU unit of its own, which igfx_off leaves unused: it then has "
      "no IOMMU group",
      "take igfx_off out of intel_iommu= on the kernel command line", NULL },
    { "iommu-failed", "The kernel could not start the IOMMU", ALL, false,
      check_iommu_failed, FIXABLE, KERNEL_LOG,
      "without a working IOMMU Linux assigns nothing", "update the firmware", NULL },
    { "no-group", "The GPU has no IOMMU group", ALL, false, check_no_group, FIXABLE,
      GPU_DIR "/iommu_group, /sys/kernel/iommu_groups",
      "Linux assigns groups, not devices: what is in none is not assigned",
      "turn VT-d on in the firmware's setup and boot with intel_iommu=on", NULL },
    { "mediated-device", "The GPU is shared by GVT-g", ALL, false, check_mdev, FIXABLE,
      GPU_DIR "/UUID, " GUEST_CONFIG,
      "a mediated device is a share of the GPU, not the GPU, and while one exists i915 "
      "must stay bound to it",
      "remove the mediated devices (as root, echo 1 > " GPU_DIR
      "/UUID/remove) and give "
      "the guest 0000:00:02.0 itself",
      "guests that use the shares lose them" },
    { "virtual-function", "A virtual function was given instead of the GPU", ALL, false,
      check_vf, FIXABLE, GUEST_CONFIG,
      "an SR-IOV virtual function renders, but has no outputs, OpRegion or VBIOS: a "
      "screen on the board's connectors stays dark",
      "turn virtual functions off (as root, echo 0 > " GPU_DIR
      "/sriov_numvfs) and give "
      "the guest 0000:00:02.0",
      "guests that use other virtual functions lose them" },
    { "virtual-functions-on", "Virtual functions of the GPU are on", ALL, false,
      check_vfs, FIXABLE, GPU_DIR "/sriov_numvfs, 00:02.1 and up",
      "while virtual functions exist the host's driver must keep the GPU, which is "
      "then not given away whole",
      "turn them off: as root, echo 0 > " GPU_DIR "/sriov_numvfs, and take out what "
      "turns them on at boot (max_vfs of i915 or xe, sysfs.d, a systemd unit)",
      "guests that use the virtual functions lose them" },
    { "group-shared", "The GPU shares its IOMMU group", ALL, false, check_group_shared,
      FIXABLE, "/sys/kernel/iommu_groups/N/devices and their drivers",
      "the whole group is assigned or none of it: devices in it could reach each "
      "other's memory",
      "bind the others to vfio-pci too, or to no driver; never split the group with "
      "pcie_acs_override",
      "the host loses those devices" },
    { "audio-group", "The sound device given along is not alone", ALL, false,
      check_audio, FIXABLE, GUEST_CONFIG ", IOMMU groups",
      "00:1f.3 is a function of the chipset, in one group with the LPC bridge, SMBus "
      "and SPI, which the host cannot give away",
      "take the sound device out of the guest", "the guest has no HDMI sound" },
    { "reserved-memory", "The firmware reserves memory for the device", ALL, false,
      check_reserved_memory, FIXABLE, KERNEL_LOG ", " QEMU_LOG,
      "a device whose memory the firmware uses itself (RMRR) is not handed over; Linux "
      "exempts GPUs, so the firmware or another device of the group is to blame",
      "update the firmware and turn off its management features; or a kernel of 5.4 or "
      "later, which exempts GPUs",
      NULL },
    { "interrupt-remapping", "Interrupts are not remapped", ALL, false, check_remapping,
      FIXABLE, KERNEL_LOG ", ecap of the IOMMU units, /proc/cmdline",
      "without it a guest could send the host any interrupt, so vfio refuses",
      "turn on interrupt remapping; allow_unsafe_interrupts=1 only where the hardware "
      "cannot",
      NULL },
    { "kvm", "KVM is not to be had", ALL, false, check_kvm, FIXABLE,
      "/proc/cpuinfo, " KERNEL_LOG ", /dev/kvm", "guests run on KVM",
      "turn VT-x on in the firmware's setup", NULL },
    { "kvm-access", "This user may not use KVM", ALL, false, check_kvm_access, FIXABLE,
      "/dev/kvm, " QEMU_LOG, "guests run on KVM",
      "as root run: usermod -aG kvm USER, then log in again", NULL },
    { "vfio-not-built", "The kernel lacks a part of VFIO", ALL, false, check_vfio_built,
      FIXABLE, CONFIG, "devices are assigned through vfio-pci",
      "boot a kernel built with CONFIG_VFIO_PCI", NULL },
    { "vfio-access", "The group's device node may not be opened", ALL, false,
      check_vfio_access, FIXABLE, "/dev/vfio, " QEMU_LOG,
      "who opens /dev/vfio/GROUP owns the device",
      "run as root, let libvirt start the guest (managed='yes' sets the owner), or as "
      "root chown USER /dev/vfio/GROUP",
      NULL },
    { "igd-bridges", "The chipset's bridges are not where vfio looks", ALL, false,
      check_bridges, IMPOSSIBLE, "vendor and class of 00:00.0 and 00:1f.0",
      "vfio-pci copies the host bridge and the ISA bridge for the guest, and does not "
      "open the GPU when they are not Intel's",
      "use a kernel without CONFIG_VFIO_PCI_IGD, in UPT mode without an OpRegion",
      NULL },
    { "device-busy", "Another guest has the GPU", ALL, true, check_busy, FIXABLE,
      QEMU_LOG, "a device is assigned to one guest at a time",
      "stop the other guest (fuser -v /dev/vfio/* tells who it is)", NULL },
    { "memory-lock", "Guest memory may not be locked", ALL, false, check_memlock,
      FIXABLE, KERNEL_LOG ", " QEMU_LOG ", RLIMIT_MEMLOCK",
      "the GPU reaches guest memory at any time, so all of it is locked",
      "raise the limit: \"USER - memlock unlimited\" in /etc/security/limits.conf and "
      "log in again; LimitMEMLOCK=infinity in a systemd unit; <memtune><hard_limit "
      "unit='GiB'>N</hard_limit></memtune> in libvirt, N being guest RAM and 1 more",
      NULL },
    { "gpu-stuck", "The GPU does not wake up", ALL, false, check_stuck, FIXABLE,
      KERNEL_LOG, "some GPUs do not come back from D3 or from a function reset",
      "write \"options vfio-pci disable_idle_d3=1\" to /etc/modprobe.d/igdvm.conf",
      NULL },
    { "driver-crashed", "The host's driver crashed or hangs", ALL, false, check_crashed,
      FIXABLE, KERNEL_LOG,
      "what it held when it crashed or hung it holds for good: unbinding it, or "
      "binding it again, may hang",
      "restart the computer, and from then on hand the GPU over once, at boot (igdvm "
      "bind --at-boot), not back and forth",
      NULL },
    { "address-width", "The IOMMU translates too few address bits", ALL, true,
      check_iommu_width, FIXABLE, "cap of the IOMMU units, /proc/cpuinfo, " QEMU_LOG,
      "the GPU's IOMMU often has 39 bits where the processor has more, and QEMU maps "
      "the guest's BARs where the guest puts them; igdvm limits its guests by itself",
      "limit the guest's address bits to the IOMMU's", NULL },
    { "dma-faults", "The GPU reaches for memory it may not have", ALL, false,
      check_faults, FIXABLE, KERNEL_LOG,
      "a short burst after a reset is left-over scan-out; a stream means that the "
      "guest's GPU uses addresses of the host, and shows garbage or nothing",
      "see what the addresses are", NULL },
    { "cold-plugged", "The GPU was plugged into a running guest", ALL, true,
      check_hot_plug, FIXABLE, QEMU_LOG, BY_LIBIGD },
    { "listed", "The GPU is not in igdvm's table", LEGACY, false, check_listed,
      IMPOSSIBLE, GPU_DIR "/device", BY_LIBIGD },
    { "vbios-generation", "No VBIOS exists for this generation", LEGACY, false,
      check_generation, IMPOSSIBLE, GPU_DIR "/device", BY_LIBIGD },
    { "kernel", "The kernel is too old", OUTPUTS, false, check_kernel_age, FIXABLE,
      "/proc/version", BY_LIBIGD },
    { "asls", "The firmware made no OpRegion", OUTPUTS, false, check_opregion_address,
      FIXABLE, GPU_DIR "/config, " QEMU_LOG,
      "the OpRegion and its VBT tell VBIOS, GOP and drivers what is connected; ASLS "
      "(0xfc) holds its address",
      "make the integrated graphics the primary display in the firmware's setup",
      NULL },
    { "vfio-igd", "The kernel offers no OpRegion", OUTPUTS, false, check_vfio_igd,
      FIXABLE, CONFIG ", the regions of vfio-pci, " QEMU_LOG,
      "with CONFIG_VFIO_PCI_IGD vfio-pci passes on the OpRegion and the chipset's "
      "bridges",
      "boot a kernel built with CONFIG_VFIO_PCI_IGD=y", NULL },
    { "kernel-0380", "The kernel does not serve class 0380", OUTPUTS, false,
      check_kernel_0380, FIXABLE, GPU_DIR "/class, /proc/version",
      "a GPU that is not the primary display has class 0380, and Linux offers its "
      "OpRegion since 6.15 only",
      "boot Linux 6.15 or later", NULL },
    { "opregion", "There is no usable OpRegion", ALL, false, check_opregion, FIXABLE,
      "the regions of vfio-pci, " KERNEL_LOG ", " QEMU_LOG, BY_LIBIGD },
    { "vga-class", "The GPU is not a VGA device", LEGACY, false, check_class, FIXABLE,
      GPU_DIR "/class", BY_LIBIGD },
    { "ivd", "The GPU does not answer VGA cycles", LEGACY, false, check_ivd, FIXABLE,
      "GGC in " GPU_DIR "/config", BY_LIBIGD },
    { "disable-vga", "vfio-pci was told to leave VGA out", LEGACY, false,
      check_disable_vga, FIXABLE, COMMAND_LINE ", /sys/module/vfio_pci/parameters",
      "with disable_vga=1 vfio-pci offers no VGA ranges: no legacy mode, and QEMU may "
      "abort; guides recommend it for graphics cards",
      "take disable_vga=1 out", NULL },
    { "vfio-vga", "The kernel offers no VGA ranges", LEGACY, false, check_vfio_vga,
      FIXABLE, CONFIG ", the regions of vfio-pci, " QEMU_LOG,
      "the VBIOS draws through the legacy VGA ranges",
      "boot a kernel built with CONFIG_VFIO_PCI_VGA=y", NULL },
    { "vga-region", "No VGA ranges", LEGACY, false, check_vbios_region, FIXABLE,
      "the regions of vfio-pci", BY_LIBIGD },
    { "host-bridge-region", "No copy of the host bridge", LEGACY, false,
      check_vbios_region, FIXABLE, "the regions of vfio-pci", BY_LIBIGD },
    { "lpc-bridge-region", "No copy of the LPC bridge", LEGACY, false,
      check_vbios_region, FIXABLE, "the regions of vfio-pci", BY_LIBIGD },
    { "rom", "There is no VBIOS", LEGACY, false, check_vbios, FIXABLE,
      "the ROM region of vfio-pci, /sys/firmware/efi, " KERNEL_LOG, BY_LIBIGD },
    { "ggc", "The GPU has too little stolen memory", ALL, false, check_stolen_size,
      FIXABLE, "GGC in " GPU_DIR "/config", BY_LIBIGD },
    { "bdsm", "Stolen memory has no base", LEGACY, false, check_requirement, FIXABLE,
      "BDSM in " GPU_DIR "/config", BY_LIBIGD },
    { "i440fx", "The guest's machine has no room for the LPC bridge", LEGACY, true,
      check_guest_machine, FIXABLE, GUEST_CONFIG, BY_LIBIGD },
    { "guest-address", "The GPU is not at 00:02.0 of the guest", OUTPUTS, true,
      check_guest_address, FIXABLE, GUEST_CONFIG, BY_LIBIGD },
    { "lpc-place", "Something is at 00:1f.0 of the guest", LEGACY, true,
      check_guest_lpc, FIXABLE, QEMU_LOG, BY_LIBIGD },
    { "rom-bar", "The guest sees no ROM", LEGACY, true, check_rom_bar, FIXABLE,
      GUEST_CONFIG, BY_LIBIGD },
    { "guest-video", "The guest has another display", LEGACY, true, check_guest_video,
      FIXABLE, GUEST_CONFIG,
      "legacy mode makes the GPU the guest's only display; QEMU puts an emulated one "
      "at slot 2, which the GPU needs",
      "remove <video>, or <video><model type='none'/></video> (vga: none in Proxmox, "
      "-vga none in QEMU)",
      "the guest's picture is on the monitor alone, no VNC or SPICE" },
    { "rom-file", "The ROM file cannot be read", OUTPUTS, true, check_guest_rom_file,
      FIXABLE, QEMU_LOG, "the guest's firmware runs what is in it",
      "put it where the guest's process may read it: /usr/share/vgabios or "
      "/usr/share/kvm, and allow it in AppArmor or SELinux",
      NULL },
    { "opregion-off", "The guest gets no OpRegion", OUTPUTS, true, check_opregion_off,
      FIXABLE, GUEST_CONFIG,
      "VBIOS, GOP and Windows drivers need the OpRegion; off is for headless guests, "
      "and was the default before QEMU 10.1",
      "set x-igd-opregion=on", NULL },
    { "qemu-version", "QEMU is too old", ALL, true, check_qemu_version, FIXABLE,
      QEMU_LOG,
      "QEMU puts stolen memory and the OpRegion in place for the generations it knows, "
      "and ends at an option that it does not know",
      "use a newer QEMU, or igdvm", NULL },
    { "root-bus", "The GPU is behind a bridge of the guest", LEGACY, true,
      check_guest_only, FIXABLE, GUEST_CONFIG, BY_LIBIGD },
    { "guest-ram", "The guest has too little RAM", LEGACY, true, check_guest_only,
      FIXABLE, GUEST_CONFIG, BY_LIBIGD },
    { "firmware", "The guest's firmware does not know IGD", LEGACY, true,
      check_guest_firmware, FIXABLE,
      GUEST_CONFIG "; the firmware's file, when igdvm run starts", BY_LIBIGD },
    { "framebuffer", "The firmware's framebuffer holds the GPU", ALL, false,
      check_framebuffer, BINDABLE,
      "/proc/iomem, /proc/fb, /sys/bus/platform/devices, " KERNEL_LOG,
      "memory that a framebuffer driver holds cannot be mapped for the guest (\"can't "
      "reserve\")",
      "as root run: igdvm bind", "the host's screen goes dark" },
    { "vgacon", "The host's text console uses the GPU", LEGACY, false, check_vgacon,
      BINDABLE, "/sys/class/vtconsole",
      "host and guest would draw through the same VGA ranges",
      "as root run: igdvm bind", "the host's text console goes dark" },
    { "host-driver", "The host's driver holds the GPU", ALL, false, check_driver,
      BINDABLE, GPU_DIR "/driver", "a device is assigned once vfio-pci has it",
      "as root run: igdvm bind",
      "the host's screens on this GPU go dark; programs that use it are ended" },
    { "unbound", "vfio-pci does not have the GPU yet", ALL, false, check_unbound,
      BINDABLE, GPU_DIR "/driver", "a device is assigned once vfio-pci has it",
      "as root run: igdvm bind", NULL },
    { "driver-override", "Another driver is prescribed", ALL, false, check_override,
      BINDABLE, GPU_DIR "/driver_override", "it decides which driver may take the GPU",
      "as root run: igdvm bind", NULL },
    { "other-gpu", "The host's other displays", ALL, false, check_other_gpu, READY,
      "boot_vga and class of all PCI devices",
      "the host has a screen after the GPU is given away only if it has another "
      "display",
      "make the host reachable over the network before binding", NULL },
    { "uefi-rom", "UEFI mode needs a ROM", UEFI, false, check_uefi_rom, READY,
      GUEST_CONFIG,
      "OVMF shows a picture on the GPU only with a UEFI ROM; without one the screen is "
      "dark until the guest's driver starts, which is no fault",
      "extract the GOP from your own firmware (igdvm rom), or wait for the driver",
      NULL },
    { "panel", "A laptop's panel", ALL, false, check_panel, READY,
      "/sys/class/drm, " GPU_DIR,
      "backlight, lid and docking go through the host's ACPI, which the guest lacks",
      "use an external monitor, or set the backlight on the host before binding",
      NULL },
    { "headless", "No monitor", ALL, false, check_headless, READY, "/sys/class/drm",
      "with an OpRegion drivers expect a monitor",
      "plug in a monitor or a dummy plug, or give the guest no OpRegion and use the "
      "GPU for rendering alone",
      NULL },
    { "lockdown", "The kernel is locked down", ALL, false, check_lockdown, READY,
      "/sys/kernel/security/lockdown", "Secure Boot locks the kernel down",
      "nothing is to be done", NULL },
#define SETTING(id, title, why, remedy)                                               \
    {                                                                                 \
        id, title, ALL, false, check_settings, READY, COMMAND_LINE, why, remedy, NULL \
    }
    SETTING("setting-acs-override", "pcie_acs_override",
            "it pretends that devices are apart which are not, wants a patched kernel, "
            "and the integrated GPU has a group of its own anyway",
            "take pcie_acs_override off the kernel command line"),
    SETTING(
        "setting-unsafe-interrupts", "allow_unsafe_interrupts",
        "interrupts are remapped here: it gains nothing and gives guests the host's "
        "interrupts",
        "take allow_unsafe_interrupts=1 out"),
    SETTING(
        "setting-noiommu", "enable_unsafe_noiommu_mode",
        "it gives devices the whole of the host's memory, and QEMU and igdvm refuse it",
        "take enable_unsafe_noiommu_mode out"),
    SETTING(
        "setting-disable-vga", "disable_vga=1",
        "advice for graphics cards: it makes legacy mode impossible and may crash QEMU",
        "take disable_vga=1 out"),
    SETTING(
        "setting-video-off", "video=efifb:off",
        "it turns off one driver only, which is not the one that has the framebuffer",
        "take it out; where a framebuffer holds the GPU, "
        "initcall_blacklist=sysfb_init is what works"),
    SETTING("setting-ids-spelling",
            "vfio-pci-ids=", "there is no such parameter: vfio-pci.ids= has a dot",
            "take it out, and use igdvm bind --at-boot"),
    SETTING("setting-nofb", "nofb", "Linux on PCs has no such parameter",
            "take it out"),
    SETTING("setting-nomodeset", "nomodeset",
            "it keeps i915 away but leaves the firmware's framebuffer; binding to "
            "vfio-pci needs neither",
            "take it out"),
    SETTING("setting-amd-iommu", "amd_iommu", "it is for AMD's processors",
            "take it out"),
    SETTING("setting-iommu-on", "iommu=on",
            "iommu= has no such value; intel_iommu=on is meant",
            "take it out, and use intel_iommu=on"),
    SETTING("setting-iommu-one", "iommu=1",
            "iommu= has no such value; intel_iommu=on is meant",
            "take it out, and use intel_iommu=on"),
    SETTING(
        "setting-iommu-pt", "iommu=pt",
        "it makes the host's own devices faster, and changes nothing for devices that "
        "are assigned",
        "leave it or take it out"),
    SETTING("setting-gvt", "i915.enable_gvt",
            "GVT-g shares the GPU, which is not giving it away", "take it out"),
    SETTING("setting-max-vfs", "i915.max_vfs",
            "virtual functions keep the GPU with the host", "take it out"),
    SETTING("setting-xe-max-vfs", "xe.max_vfs",
            "virtual functions keep the GPU with the host", "take it out"),
    SETTING(
        "setting-ignore-msrs", "kvm.ignore_msrs",
        "it hides errors of guests that read unknown registers; the GPU needs it not",
        "take it out unless a guest stops without it"),
    SETTING("setting-other-ids", "vfio-pci.ids of another device",
            "vfio-pci takes the devices it names, and the GPU is not among them",
            "use igdvm bind --at-boot, which goes by address"),
    SETTING("setting-built-in", "Options of a module that is built in",
            "modprobe gives modules their options, and is not asked for what is built "
            "into the kernel",
            "write them on the kernel command line, as in vfio-pci.ids=8086:1912"),
    SETTING("setting-virqfd", "vfio_virqfd", "it became a part of vfio in Linux 6.2",
            "take it out of the list of modules"),
};

const struct check *check_at(unsigned index)
{
    return index < ARRAY_SIZE(checks) ? &checks[index] : NULL;
}

const struct check *check_find(const char *id)
{
    for (unsigned i = 0; i < ARRAY_SIZE(checks); i++) {
        if (!strcmp(checks[i].id, id))
            return &checks[i];
    }
    return NULL;
}

_Static_assert(ARRAY_SIZE(checks) <= DOCTOR_MAX_FINDINGS, "reports have room");
