/* requirement_checks.c: one function a requirement, which says what was found. */
#include "igd/requirement_checks.h"

#include "igd/stolen.h" /* IGD_LEAST_GUEST_RAM */

#include "base/bytes.h"     /* loads, MIB */
#include "pci/option_rom.h" /* code types */
#include "pci/regs.h"       /* identifiers */

#include <stdarg.h> /* va_list */
#include <stdio.h>  /* vsnprintf */
#include <string.h> /* memmem */

#define CLASS_DISPLAY   0x03
#define CLASS_VGA       0x0300
#define LEGACY_DEVFN    PCI_DEVFN(2, 0)
#define VBIOS_FIRST_GEN 60
#define VBIOS_LAST_GEN  90

/* The first kernels with the three regions for VGA-class devices and for other display
 * devices (Linux drivers/vfio/pci/vfio_pci_igd.c). */
#define KERNEL(major, minor) ((major) << 16 | (minor))
#define KERNEL_FOR_VGA       KERNEL(4u, 6u)
#define KERNEL_FOR_DISPLAY   KERNEL(6u, 15u)

/* Record what was found, and give the verdict back. */
__attribute__((format(printf, 3, 4))) static enum igd_verdict
found(struct igd_requirement *requirement, enum igd_verdict verdict, const char *format,
      ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(requirement->found, sizeof(requirement->found), format, args);
    va_end(args);
    return verdict;
}

static enum igd_verdict met_if(bool condition)
{
    return condition ? IGD_MET : IGD_FAILED;
}

static enum igd_verdict no_config(struct igd_requirement *requirement)
{
    return found(requirement, IGD_UNKNOWN, "the device's config space is not known");
}

static enum igd_verdict no_register(struct igd_requirement *requirement,
                                    const char *name)
{
    return found(requirement, IGD_UNKNOWN,
                 "%s is not known: only root may read config space beyond 64 bytes",
                 name);
}

static enum igd_verdict not_listed(const struct igd_examined *examined,
                                   struct igd_requirement *requirement)
{
    if (!examined->facts->gpu_config)
        return no_config(requirement);
    return found(requirement, IGD_UNKNOWN, "device %04x:%04x is not in the table",
                 examined->vendor, examined->device_id);
}

/* Something the kernel offers on an opened device is absent. */
static enum igd_verdict absent(const struct igd_examined *examined,
                               struct igd_requirement *requirement, const char *what)
{
    if (examined->facts->regions_unknown)
        return found(requirement, IGD_UNKNOWN,
                     "%s: not known until the device is opened", what);
    return found(requirement, IGD_FAILED, "%s: none", what);
}

static unsigned kernel_of(const struct igd_facts *facts)
{
    return KERNEL(facts->kernel_major, facts->kernel_minor);
}

/* The first kernel that offers the regions for a device of this class. */
static unsigned kernel_needed(const struct igd_examined *examined)
{
    bool other = examined->facts->gpu_config && examined->class_code != CLASS_VGA;
    return other ? KERNEL_FOR_DISPLAY : KERNEL_FOR_VGA;
}

enum igd_verdict igd_check_display(const struct igd_examined *examined,
                                   struct igd_requirement *requirement)
{
    if (!examined->facts->gpu_config)
        return no_config(requirement);
    return found(requirement,
                 met_if(examined->vendor == PCI_VENDOR_INTEL &&
                        examined->class_code >> 8 == CLASS_DISPLAY),
                 "vendor %04x, class %04x", examined->vendor, examined->class_code);
}

enum igd_verdict igd_check_listed(const struct igd_examined *examined,
                                  struct igd_requirement *requirement)
{
    if (!examined->facts->gpu_config)
        return no_config(requirement);
    if (!examined->device)
        return found(requirement, IGD_FAILED, "device %04x:%04x is not in the table",
                     examined->vendor, examined->device_id);
    return found(requirement, IGD_MET, "device %04x, %s", examined->device_id,
                 examined->platform->title);
}

enum igd_verdict igd_check_generation(const struct igd_examined *examined,
                                      struct igd_requirement *requirement)
{
    const struct igd_platform *platform = examined->platform;
    if (!platform)
        return not_listed(examined, requirement);
    char text[8];
    return found(requirement,
                 met_if(platform->has_vbios &&
                        platform->generation >= VBIOS_FIRST_GEN &&
                        platform->generation <= VBIOS_LAST_GEN),
                 "%s is Gen%s", platform->title,
                 igd_generation_text(platform, text, sizeof(text)));
}

enum igd_verdict igd_check_vga_class(const struct igd_examined *examined,
                                     struct igd_requirement *requirement)
{
    if (!examined->facts->gpu_config)
        return no_config(requirement);
    return found(requirement, met_if(examined->class_code == CLASS_VGA), "class %04x",
                 examined->class_code);
}

enum igd_verdict igd_check_ivd(const struct igd_examined *examined,
                               struct igd_requirement *requirement)
{
    if (!examined->facts->gpu_config)
        return no_config(requirement);
    if (examined->facts->gpu_header_only)
        return no_register(requirement, "GGC");
    bool ivd = examined->ggc_raw & IGD_GGC_IVD;
    return found(requirement, met_if(!ivd), "GGC is 0x%04x, IVD %d", examined->ggc_raw,
                 ivd);
}

enum igd_verdict igd_check_ggc(const struct igd_examined *examined,
                               struct igd_requirement *requirement)
{
    if (!examined->platform)
        return not_listed(examined, requirement);
    if (examined->facts->gpu_header_only)
        return no_register(requirement, "GGC");
    if (!examined->ggc_valid)
        return found(requirement, IGD_FAILED, "GGC is 0x%04x, a reserved value",
                     examined->ggc_raw);
    return found(requirement, met_if(examined->ggc.stolen_size > 0),
                 "GGC is 0x%04x: %llu MiB of stolen memory, %llu MiB of GTT",
                 examined->ggc_raw,
                 (unsigned long long)(examined->ggc.stolen_size / MIB),
                 (unsigned long long)(examined->ggc.gtt_size / MIB));
}

enum igd_verdict igd_check_bdsm(const struct igd_examined *examined,
                                struct igd_requirement *requirement)
{
    if (!examined->platform)
        return not_listed(examined, requirement);
    if (examined->facts->gpu_header_only)
        return no_register(requirement, "BDSM");
    if (examined->platform->stolen == IGD_STOLEN_NONE) {
        requirement->remedy = "use UPT mode, which does without";
        return found(requirement, IGD_FAILED, "%s has no BDSM register",
                     examined->platform->title);
    }
    return found(requirement, met_if(examined->bdsm != 0), "BDSM is 0x%llx",
                 (unsigned long long)examined->bdsm);
}

enum igd_verdict igd_check_guest_ram(const struct igd_examined *examined,
                                     struct igd_requirement *requirement)
{
    uint64_t ram_size = examined->request->ram_size;
    if (!examined->platform)
        return not_listed(examined, requirement);
    if (!ram_size || examined->facts->gpu_header_only)
        return found(requirement, IGD_UNKNOWN, "the size of guest RAM is not known");
    return found(requirement,
                 met_if(ram_size >= IGD_LEAST_GUEST_RAM &&
                        ram_size - IGD_LEAST_GUEST_RAM >= examined->ggc.stolen_size),
                 "%llu MiB of guest RAM for %llu MiB of stolen memory",
                 (unsigned long long)(ram_size / MIB),
                 (unsigned long long)(examined->ggc.stolen_size / MIB));
}

enum igd_verdict igd_check_guest_address(const struct igd_examined *examined,
                                         struct igd_requirement *requirement)
{
    uint8_t devfn = examined->request->guest_devfn;
    return found(requirement, met_if(devfn == LEGACY_DEVFN), "00:%02x.%u in the guest",
                 PCI_SLOT(devfn), PCI_FUNCTION(devfn));
}

enum igd_verdict igd_check_machine(const struct igd_examined *examined,
                                   struct igd_requirement *requirement)
{
    bool i440fx = examined->request->machine_is_i440fx;
    return found(requirement, met_if(i440fx), "the machine is %s i440FX",
                 i440fx ? "an" : "no");
}

enum igd_verdict igd_check_lpc_place(const struct igd_examined *examined,
                                     struct igd_requirement *requirement)
{
    bool is_free = examined->request->lpc_place_free;
    return found(requirement, met_if(is_free), "00:1f.0 of the guest is %s",
                 is_free ? "free" : "taken");
}

enum igd_verdict igd_check_guest_video(const struct igd_examined *examined,
                                       struct igd_requirement *requirement)
{
    bool other = examined->request->other_vga;
    return found(requirement, met_if(!other), "the guest has %s",
                 other ? "an emulated VGA" : "no other VGA");
}

enum igd_verdict igd_check_rom(const struct igd_examined *examined,
                               struct igd_requirement *requirement)
{
    if (!examined->facts->rom || !examined->facts->rom_size)
        return absent(examined, requirement, "ROM");
    if (!examined->rom_valid)
        return found(requirement, IGD_FAILED, "%s", examined->rom_error.text);
    const struct igd_rom *rom = &examined->rom;
    return found(requirement,
                 met_if(rom->code_type == OPTION_ROM_CODE_PC_AT &&
                        rom->vendor == PCI_VENDOR_INTEL),
                 "%s image for %04x:%04x, %u KiB",
                 rom->code_type == OPTION_ROM_CODE_PC_AT  ? "PC-AT"
                 : rom->code_type == OPTION_ROM_CODE_UEFI ? "UEFI"
                                                          : "unknown",
                 rom->vendor, rom->device, (unsigned)(rom->image_size / KIB));
}

enum igd_verdict igd_check_rom_bar(const struct igd_examined *examined,
                                   struct igd_requirement *requirement)
{
    bool on = examined->request->rom_bar;
    return found(requirement, met_if(on), "the ROM BAR is %s", on ? "on" : "off");
}

/* Why an opened device has no OpRegion: the causes differ in what helps. */
static enum igd_verdict opregion_absent(const struct igd_examined *examined,
                                        struct igd_requirement *requirement)
{
    const struct igd_facts *facts = examined->facts;
    uint32_t asls = facts->gpu_config ? load32(facts->gpu_config + IGD_REG_ASLS) : 1;
    if (facts->regions_unknown)
        return absent(examined, requirement, "OpRegion");
    if (asls == 0 || asls == UINT32_MAX) {
        requirement->remedy = "make the IGD the primary display in the host's firmware "
                              "setup, and update the host's firmware";
        return found(requirement, IGD_FAILED,
                     "OpRegion: none, ASLS is 0x%x: the host's firmware made none",
                     asls);
    }
    if (facts->kernel_major && kernel_of(facts) < kernel_needed(examined)) {
        requirement->remedy = "use a later kernel on the host, or make the IGD the "
                              "primary display in the host's firmware setup";
        return found(requirement, IGD_FAILED,
                     "OpRegion: none, Linux %u.%u offers it not for class %04x",
                     facts->kernel_major, facts->kernel_minor, examined->class_code);
    }
    return found(requirement, IGD_FAILED,
                 "OpRegion: none, though ASLS is 0x%x: the kernel does not offer it",
                 asls);
}

enum igd_verdict igd_check_opregion(const struct igd_examined *examined,
                                    struct igd_requirement *requirement)
{
    if (igd_opregion_left_out(examined)) {
        requirement->remedy =
            "let the guest have it (igdvm run: without --opregion off "
            "or withheld), or use UPT mode";
        return found(requirement, IGD_FAILED, "OpRegion: the guest is not to have it");
    }
    if (!examined->facts->opregion)
        return opregion_absent(examined, requirement);
    if (!examined->opregion_valid)
        return found(requirement, IGD_FAILED, "%s", examined->opregion_error.text);
    const struct igd_opregion *info = &examined->opregion;
    return found(requirement, IGD_MET, "OpRegion %u.%u, %zu bytes, %s", info->major,
                 info->minor, examined->facts->opregion_size,
                 info->vbt_offset ? info->vbt_signature : "no VBT");
}

static enum igd_verdict check_bridge(const struct igd_examined *examined,
                                     struct igd_requirement *requirement,
                                     const uint8_t *config, const char *what)
{
    if (!config && !examined->facts->opregion && !examined->facts->regions_unknown) {
        requirement->remedy = "see to the OpRegion, with which it comes";
        return found(requirement, IGD_FAILED, "%s: none, as there is no OpRegion",
                     what);
    }
    if (!config)
        return absent(examined, requirement, what);
    uint16_t vendor = load16(config + PCI_VENDOR_ID);
    return found(requirement, met_if(vendor == PCI_VENDOR_INTEL), "%s: %04x:%04x", what,
                 vendor, load16(config + PCI_DEVICE_ID));
}

enum igd_verdict igd_check_host_bridge(const struct igd_examined *examined,
                                       struct igd_requirement *requirement)
{
    return check_bridge(examined, requirement, examined->facts->host_config,
                        "config space of the host bridge");
}

enum igd_verdict igd_check_lpc_bridge(const struct igd_examined *examined,
                                      struct igd_requirement *requirement)
{
    return check_bridge(examined, requirement, examined->facts->lpc_config,
                        "config space of the LPC bridge");
}

enum igd_verdict igd_check_vga_region(const struct igd_examined *examined,
                                      struct igd_requirement *requirement)
{
    if (!examined->facts->has_vga_region && examined->facts->vga_disabled)
        return found(requirement, IGD_FAILED,
                     "VGA region: none, vfio-pci has disable_vga=1");
    if (!examined->facts->has_vga_region)
        return absent(examined, requirement, "VGA region");
    return found(requirement, IGD_MET, "VGA region: present");
}

/* Is the kernel as late as `needed`, or are the regions there all the same? */
static enum igd_verdict kernel_since(const struct igd_examined *examined,
                                     struct igd_requirement *requirement,
                                     unsigned needed)
{
    const struct igd_facts *facts = examined->facts;
    unsigned major = facts->kernel_major, minor = facts->kernel_minor;
    bool has_all = facts->opregion && facts->host_config && facts->lpc_config;
    if (!major)
        return found(requirement, has_all ? IGD_MET : IGD_UNKNOWN, "%s",
                     has_all ? "no kernel's device; it has the regions"
                             : "the host's kernel is not known");
    if (kernel_of(facts) >= needed || has_all)
        return found(requirement, IGD_MET, "Linux %u.%u", major, minor);
    return found(requirement, IGD_FAILED,
                 "Linux %u.%u; a device of class %04x needs %u.%u", major, minor,
                 examined->class_code, needed >> 16, needed & 0xffff);
}

enum igd_verdict igd_check_kernel(const struct igd_examined *examined,
                                  struct igd_requirement *requirement)
{
    return kernel_since(examined, requirement, KERNEL_FOR_VGA);
}

enum igd_verdict igd_check_kernel_display(const struct igd_examined *examined,
                                          struct igd_requirement *requirement)
{
    if (kernel_needed(examined) == KERNEL_FOR_VGA)
        return found(requirement, IGD_MET, "the device is of class 0300");
    return kernel_since(examined, requirement, KERNEL_FOR_DISPLAY);
}

enum igd_verdict igd_check_host_iommu(const struct igd_examined *examined,
                                      struct igd_requirement *requirement)
{
    const struct igd_platform *platform = examined->platform;
    if (!platform || !platform->host_blocks_iommu)
        return found(requirement, IGD_MET, "%s",
                     platform ? platform->title : "not known to be a problem");
    if (examined->facts->regions_unknown)
        return found(requirement, IGD_FAILED,
                     "%s: Linux hosts switch its IOMMU off at boot", platform->title);
    return found(requirement, IGD_MET, "%s: yet the device could be opened",
                 platform->title);
}

/* Does the image hold this text? */
static bool holds(const uint8_t *image, size_t size, const char *text)
{
    return memmem(image, size, text, strlen(text)) != NULL;
}

bool igd_guest_is_uefi(const struct igd_examined *examined)
{
    const struct igd_facts *facts = examined->facts;
    return facts->firmware &&
           igd_firmware_is_uefi(facts->firmware, facts->firmware_size);
}

bool igd_guest_has_uefi_rom(const struct igd_examined *examined)
{
    const struct igd_request *request = examined->request;
    return igd_guest_is_uefi(examined) && request->uefi_rom && request->rom_bar;
}

enum igd_verdict igd_check_firmware(const struct igd_examined *examined,
                                    struct igd_requirement *requirement)
{
    const uint8_t *image = examined->facts->firmware;
    size_t size = examined->facts->firmware_size;
    if (!image || !size)
        return found(requirement, IGD_UNKNOWN, "the guest's firmware is not known");
    if (igd_firmware_is_uefi(image, size))
        return found(requirement, IGD_FAILED,
                     "the guest's firmware is UEFI, which runs no VBIOS");
    bool opregion = holds(image, size, "etc/igd-opregion");
    bool stolen = holds(image, size, "etc/igd-bdsm-size");
    if (opregion && stolen)
        return found(requirement, IGD_MET, "the guest's firmware knows IGD");
    return found(requirement, IGD_FAILED,
                 "the guest's firmware does not name etc/igd-%s%s",
                 opregion ? "bdsm-size" : "opregion",
                 opregion || stolen ? "" : " and etc/igd-bdsm-size");
}

enum igd_verdict igd_check_root_bus(const struct igd_examined *examined,
                                    struct igd_requirement *requirement)
{
    uint8_t bus = examined->request->guest_bus;
    return found(requirement, met_if(bus == 0), "bus %02x of the guest", bus);
}

enum igd_verdict igd_check_cold_plugged(const struct igd_examined *examined,
                                        struct igd_requirement *requirement)
{
    bool hot_plugged = examined->facts->hot_plugged;
    return found(requirement, met_if(!hot_plugged),
                 hot_plugged ? "added to a running guest"
                             : "there when the guest starts");
}
