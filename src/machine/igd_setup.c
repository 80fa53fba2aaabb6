/* igd_setup.c: from an open vfio device to the facts igd_plan wants. */
#include "base/bytes.h"               /* MIB */
#include "base/log.h"                 /* what was decided */
#include "machine/assigned_rom.h"     /* for UEFI firmware */
#include "machine/device_rom.h"       /* the video BIOS */
#include "machine/firmware_image.h"   /* the guest's firmware */
#include "machine/machine_internal.h" /* struct machine */
#include "machine/slots.h"            /* usual places */
#include "pci/regs.h"                 /* PCI_CONFIG_SIZE */

#include <errno.h>       /* errno values */
#include <fcntl.h>       /* open */
#include <inttypes.h>    /* PRIx64 */
#include <stdio.h>       /* sscanf */
#include <stdlib.h>      /* free */
#include <string.h>      /* memset */
#include <sys/utsname.h> /* uname */
#include <unistd.h>      /* read */

/* linux/vfio.h: a vendor's own region type, and Intel's subtypes. */
#define REGION_TYPE_INTEL   (0x80000000u | 0x8086)
#define SUBTYPE_OPREGION    1
#define SUBTYPE_HOST_CONFIG 2
#define SUBTYPE_LPC_CONFIG  3

/* RAM below 4 GiB must leave room for the BARs: as SeaBIOS places the PCI hole. */
#define LOW_RAM_LIMIT      0xc0000000ull
#define LOW_RAM_LIMIT_HIGH 0xe0000000ull
#define SMALL_BARS         (384 * MIB) /* what fits into the smaller hole */

/* What igd_facts points to. */
struct gathered {
    struct igd_facts facts;
    uint8_t gpu[PCI_CONFIG_SIZE], host[PCI_CONFIG_SIZE], lpc[PCI_CONFIG_SIZE];
    uint8_t *opregion, *rom;
    struct firmware_image firmware;
};

/* A whole region, or NULL when it is not there, too large or unreadable. */
static uint8_t *read_region(struct vfio_device *vfio, const struct vfio_region *region,
                            size_t limit, size_t *size)
{
    if (!region || region->size == 0)
        return NULL;
    *size = region->size < limit ? (size_t)region->size : limit;
    uint8_t *bytes = calloc(1, *size);
    if (bytes && vfio_device_read(vfio, region->index, 0, bytes, *size) < 0) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static const uint8_t *read_bridge(struct vfio_device *vfio, uint32_t subtype,
                                  uint8_t bytes[PCI_CONFIG_SIZE])
{
    const struct vfio_region *region =
        vfio_device_find_region(vfio, REGION_TYPE_INTEL, subtype);
    if (!region || region->size < PCI_CONFIG_SIZE)
        return NULL;
    /* Config space through vfio answers registers, not blocks. */
    for (unsigned offset = 0; offset < PCI_CONFIG_SIZE; offset += 4) {
        if (vfio_device_read(vfio, region->index, offset, bytes + offset, 4) < 0)
            return NULL;
    }
    return bytes;
}

/*
 * A register of BAR0 that is 8 bytes wide, 0 when it cannot be read. The device decodes
 * no memory yet, and the kernel refuses BARs until it does.
 */
static uint64_t read_register(struct vfio_device *vfio, uint64_t offset)
{
    uint16_t command = 0, decoding;
    uint32_t halves[2] = { 0 };

    if (vfio_device_read(vfio, VFIO_REGION_CONFIG, PCI_COMMAND, &command, 2) < 0)
        return 0;
    decoding = command | PCI_COMMAND_MEMORY;
    vfio_device_write(vfio, VFIO_REGION_CONFIG, PCI_COMMAND, &decoding, 2);
    for (unsigned i = 0; i < 2; i++) {
        if (vfio_device_read(vfio, 0, offset + 4ull * i, &halves[i], 4) < 0)
            halves[0] = halves[1] = 0;
    }
    vfio_device_write(vfio, VFIO_REGION_CONFIG, PCI_COMMAND, &command, 2);
    return halves[0] | (uint64_t)halves[1] << 32;
}

static int read_rom_file(struct gathered *gathered, const char *path, struct error *err)
{
    gathered->rom = device_rom_file(path, IGD_ROM_MAX, &gathered->facts.rom_size, err);
    gathered->facts.rom = gathered->rom;
    gathered->facts.rom_from_file = true;
    return gathered->rom ? 0 : err->code;
}

/* What matters of the kernel that hands the device out. */
static void take_kernel(struct igd_facts *facts)
{
    struct utsname name;
    char value = 'N';

    if (uname(&name) < 0 ||
        sscanf(name.release, "%u.%u", &facts->kernel_major, &facts->kernel_minor) != 2)
        facts->kernel_major = facts->kernel_minor = 0;
    int fd = open("/sys/module/vfio_pci/parameters/disable_vga", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    facts->vga_disabled = read(fd, &value, 1) == 1 && (value == 'Y' || value == '1');
    close(fd);
}

static int gather(struct machine *machine, struct gathered *gathered, struct error *err)
{
    struct vfio_device *vfio = machine->vfio;
    struct igd_facts *facts = &gathered->facts;

    memset(gathered, 0, sizeof(*gathered));
    facts->address = vfio_device_name(vfio);
    for (unsigned offset = 0; offset < PCI_CONFIG_SIZE; offset += 4) {
        int result = vfio_device_read(vfio, VFIO_REGION_CONFIG, offset,
                                      gathered->gpu + offset, 4);
        if (result < 0)
            return error_system(err, result, "%s: config space at 0x%x", facts->address,
                                offset);
    }
    facts->gpu_config = gathered->gpu;
    facts->host_config = read_bridge(vfio, SUBTYPE_HOST_CONFIG, gathered->host);
    facts->lpc_config = read_bridge(vfio, SUBTYPE_LPC_CONFIG, gathered->lpc);
    gathered->opregion = read_region(
        vfio, vfio_device_find_region(vfio, REGION_TYPE_INTEL, SUBTYPE_OPREGION),
        IGD_OPREGION_MAX, &facts->opregion_size);
    facts->opregion = gathered->opregion;
    const struct vfio_region *vga = vfio_device_region(vfio, VFIO_REGION_VGA);
    facts->has_vga_region = vga && vga->size;
    for (unsigned i = 0; i < 6; i++) {
        const struct vfio_region *bar = vfio_device_region(vfio, i);
        facts->bar_sizes[i] = bar ? bar->size : 0;
    }
    facts->monitor = machine->config.monitor;
    facts->stolen_reserved = read_register(vfio, IGD_MMIO_STOLEN_RESERVED);
    if (vfio_device_is_kernel(vfio))
        take_kernel(facts);
    int result =
        firmware_image_load(&gathered->firmware, FIRMWARE_IMAGE_PC,
                            machine->config.firmware, IGDVM_FIRMWARE_PATH, err);
    if (result < 0)
        return result;
    facts->firmware = gathered->firmware.data;
    facts->firmware_size = gathered->firmware.size;
    if (machine->config.rom)
        return read_rom_file(gathered, machine->config.rom, err);
    gathered->rom = device_rom_read(vfio, IGD_ROM_MAX, &facts->rom_size);
    facts->rom = gathered->rom;
    return 0;
}

static void refuse(const struct igd_plan *plan, const char *name, struct error *err)
{
    unsigned failed = 0;
    const struct igd_requirement *list =
        plan->mode == IGD_MODE_LEGACY ? plan->legacy : plan->upt;
    unsigned count =
        plan->mode == IGD_MODE_LEGACY ? plan->legacy_count : plan->upt_count;

    for (unsigned i = 0; i < count; i++)
        failed += list[i].verdict == IGD_FAILED;
    error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
              "%s: %s mode is not possible, %u requirement%s not met", name,
              igd_mode_name(plan->mode), failed, failed == 1 ? "" : "s");
}

/* What the user insists on, but the mode that was decided cannot have. */
static int check_asked(const struct machine *machine, struct error *err)
{
    const struct igd_plan *plan = machine->plan;
    const char *name = vfio_device_name(machine->vfio);

    if (machine->config.opregion == IGD_OPREGION_ON && !plan->opregion_given)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "%s: the guest can have no OpRegion: %s; do without "
                         "--opregion on",
                         name, plan->opregion_reason);
    if (machine_has_display(machine) && plan->guest_devfn == PCI_DEVFN(SLOT_DISPLAY, 0))
        return error_set(err, ERROR_INPUT, -EBUSY,
                         "%s: the emulated display is at 00:02.0 of the guest; give "
                         "another --address, or --display none",
                         name);
    return 0;
}

int machine_plan_device(struct machine *machine, struct igd_plan **refused,
                        struct error *err)
{
    const struct machine_config *config = &machine->config;
    struct gathered gathered;
    int result = gather(machine, &gathered, err);

    if (result == 0 && gathered.firmware.uefi && config->mode == IGD_MODE_LEGACY)
        result =
            error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                      "%s: legacy mode is not possible: firmware %s is UEFI, which "
                      "runs no VBIOS; use --mode upt, or a BIOS (SeaBIOS)",
                      vfio_device_name(machine->vfio), gathered.firmware.path);
    if (result == 0) {
        const struct igd_facts *facts = &gathered.facts;
        bool given = config->address_given;
        bool small = facts->bar_sizes[0] + facts->bar_sizes[2] +
                         host_devices_bar_size(machine) <=
                     SMALL_BARS;
        struct igd_request request = {
            .mode = config->mode,
            .guest_bus = config->bus,
            .guest_devfn = given ? config->devfn : PCI_DEVFN(SLOT_DISPLAY, 0),
            .upt_devfn = given ? config->devfn : PCI_DEVFN(SLOT_SECOND_IGD, 0),
            .opregion = config->opregion,
            .machine_is_i440fx = true,
            .other_vga = machine_display_asked(config),
            .lpc_place_free = !given || config->devfn != PCI_DEVFN(SLOT_IGD_LPC, 0),
            .rom_bar = !config->no_rom,
            .low_ram_limit = small ? LOW_RAM_LIMIT_HIGH : LOW_RAM_LIMIT,
            .ram_size = config->memory,
            .uefi_rom = assigned_rom,
            .uefi_rom_size = assigned_rom_size,
        };
        machine->plan = igd_plan(facts, &request, err);
    }
    free(gathered.opregion);
    free(gathered.rom);
    firmware_image_free(&gathered.firmware);
    if (result < 0 || !machine->plan)
        return err->code;
    if (!machine->plan->possible || machine->config.bus) {
        if (!machine->plan->possible)
            refuse(machine->plan, vfio_device_name(machine->vfio), err);
        else
            error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                      "%s: the guest has no bus %02x, bus 00 is its only one",
                      vfio_device_name(machine->vfio), machine->config.bus);
        *refused = machine->plan;
        machine->plan = NULL;
        return err->code;
    }
    result = check_asked(machine, err);
    if (result < 0)
        return result;
    const struct igd_stolen_plan *stolen = &machine->plan->stolen;
    if (machine->plan->mode == IGD_MODE_LEGACY && !stolen->at_host_base)
        log_info(vfio_device_name(machine->vfio),
                 "stolen memory cannot be at the host's 0x%" PRIx64 ": %s",
                 stolen->host_base, stolen->reason);
    return 0;
}
