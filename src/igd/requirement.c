/* requirement.c: the table of requirements, one row each with its check. */
#include "igd/requirement.h"

#include "igd/requirement_checks.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#define LEGACY (1U << IGD_MODE_LEGACY)
#define UPT    (1U << IGD_MODE_UPT)

/* In the order in which they are told. Ids are stable: programs read them. */
static const struct {
    const char *id;
    unsigned modes;
    igd_check_function *check;
    const char *why, *remedy;
} requirements[] = {
    { "intel-display", LEGACY | UPT, igd_check_display,
      "only Intel display devices are assigned this way",
      "name the Intel GPU, normally 0000:00:02.0" },
    { "cold-plugged", LEGACY | UPT, igd_check_cold_plugged,
      "firmware sets up OpRegion and stolen memory when the guest starts",
      "give the device when starting the guest" },
    { "host-iommu", LEGACY | UPT, igd_check_host_iommu,
      "without an IOMMU nothing keeps the device in the guest's memory, so Linux hands "
      "it to nobody",
      "use another computer, or a host kernel without its quirk for this GPU" },
    { "listed", LEGACY, igd_check_listed,
      "the layout of its registers must be known to replace them",
      "use UPT mode, which needs no knowledge of the device" },
    { "vbios-generation", LEGACY, igd_check_generation,
      "a video BIOS exists for Gen6 to Gen9 (Sandy Bridge to Comet Lake) alone",
      "use UPT mode, with UEFI firmware and a UEFI ROM for a boot display" },
    { "vga-class", LEGACY, igd_check_vga_class,
      "a device of class 0380 claims no VGA cycles, and firmware runs no VBIOS on it",
      "make the IGD the primary display in the host's firmware setup" },
    { "ivd", LEGACY, igd_check_ivd,
      "with IVD set the device does not answer VGA cycles",
      "make the IGD the primary display in the host's firmware setup" },
    { "ggc", LEGACY, igd_check_ggc, "the VBIOS and Windows drivers need stolen memory",
      "set DVMT pre-allocated memory to 32 MiB or more in the host's firmware setup" },
    { "bdsm", LEGACY, igd_check_bdsm,
      "without a base the host's firmware gave the device no stolen memory",
      "enable the IGD in the host's firmware setup" },
    { "kernel", LEGACY, igd_check_kernel,
      "kernels from 4.6 on offer OpRegion and bridges through vfio-pci",
      "use a later kernel on the host" },
    { "kernel-0380", LEGACY, igd_check_kernel_display,
      "kernels from 6.15 on offer OpRegion and bridges of devices of class 0380, too",
      "use a later kernel on the host, or make the IGD the primary display in the "
      "host's firmware setup" },
    { "opregion", LEGACY, igd_check_opregion,
      "the VBIOS learns from it and its VBT what is connected",
      "bind the device to vfio-pci of a kernel with CONFIG_VFIO_PCI_IGD; if it is "
      "there but damaged, update the host's firmware" },
    { "host-bridge-region", LEGACY, igd_check_host_bridge,
      "the VBIOS compares the host bridge with the one it was made for",
      "bind the device to vfio-pci of a kernel with CONFIG_VFIO_PCI_IGD" },
    { "lpc-bridge-region", LEGACY, igd_check_lpc_bridge,
      "the VBIOS and drivers tell the chipset by the LPC bridge",
      "bind the device to vfio-pci of a kernel with CONFIG_VFIO_PCI_IGD" },
    { "vga-region", LEGACY, igd_check_vga_region,
      "the VBIOS draws through the legacy VGA ranges",
      "use a kernel with CONFIG_VFIO_PCI_VGA, vfio-pci without disable_vga=1, and a "
      "device of class 0300" },
    { "rom", LEGACY, igd_check_rom, "the VBIOS is what legacy mode boots with",
      "boot the host in legacy (CSM) mode, or give the VBIOS as a ROM file" },
    { "rom-bar", LEGACY, igd_check_rom_bar,
      "the guest's firmware finds the VBIOS through the ROM BAR",
      "turn the ROM BAR on (igdvm run: without --rom none)" },
    { "firmware", LEGACY, igd_check_firmware,
      "the guest's firmware runs the VBIOS, and puts OpRegion and stolen memory in "
      "place",
      "use SeaBIOS 1.10 or later, as bios-256k.bin" },
    { "root-bus", LEGACY, igd_check_root_bus,
      "the VBIOS and drivers look for the device on bus 0",
      "place the device on the guest's root bus, not behind a bridge" },
    { "guest-address", LEGACY, igd_check_guest_address,
      "the VBIOS and the guest's firmware look for the device at 00:02.0",
      "place the device at 00:02.0 of the guest" },
    { "i440fx", LEGACY, igd_check_machine,
      "on other machines the chipset's own LPC bridge is at 00:1f.0",
      "use an i440FX machine" },
    { "lpc-place", LEGACY, igd_check_lpc_place,
      "the copy of the host's LPC bridge goes to 00:1f.0",
      "move what is at 00:1f.0 of the guest elsewhere" },
    { "guest-video", LEGACY, igd_check_guest_video,
      "the GPU answers the legacy VGA ranges, which only one display can",
      "do without the emulated display (igdvm run: without --display vga, --vnc and "
      "--screenshot), or use UPT mode" },
    { "guest-ram", LEGACY, igd_check_guest_ram, "stolen memory is taken from guest RAM",
      "give the guest 64 MiB more RAM than the device has stolen memory" },
};

_Static_assert(ARRAY_SIZE(requirements) <= IGD_MAX_REQUIREMENTS, "the lists have room");

unsigned igd_check_requirements(const struct igd_examined *examined, enum igd_mode mode,
                                struct igd_requirement *list)
{
    unsigned count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(requirements); i++) {
        if (!(requirements[i].modes & 1U << mode))
            continue;
        struct igd_requirement *requirement = &list[count++];
        requirement->id = requirements[i].id;
        requirement->why = requirements[i].why;
        requirement->remedy = requirements[i].remedy;
        requirement->verdict = requirements[i].check(examined, requirement);
    }
    return count;
}
