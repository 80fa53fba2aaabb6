/* model.c: makes the model, and leads each region's accesses to who answers them. */
#include "model/model.h"

#include "base/bytes.h"           /* range checks */
#include "base/error.h"           /* errors */
#include "model/gt.h"             /* engines */
#include "model/opregion_image.h" /* the host's OpRegion */
#include "model/pipe_crc.h"       /* kept pictures */
#include "model/state.h"          /* struct model */
#include "model/vbios_image.h"    /* the host's ROM */
#include "model/vga.h"            /* the host's VGA ranges */

#include <fcntl.h>    /* seals */
#include <stdlib.h>   /* calloc */
#include <sys/mman.h> /* mmap, memfd_create */
#include <unistd.h>   /* ftruncate */

#define CONFIG_REGION_SIZE                                     \
    4096 /* PCI Express; nothing lies past the first 256 bytes \
          */
#define HOST_ASLS       0x7b7fd018 /* where this host's firmware says the OpRegion is */
#define VFIO_TYPE_INTEL 0x80008086u /* PCI vendor type, vendor 8086 (linux/vfio.h) */

/* What libigd's table says of the chip. */
static int take_platform(struct model *model, struct error *err)
{
    const struct igd_platform *platform = igd_platform_find(model->chip->name);
    const struct model_options *options = &model->options;
    model->platform = platform;
    if (!platform)
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "model: chip %s is not in libigd's table", model->chip->name);
    model->ggc_raw = model->chip->ggc;
    if (options->has_gms)
        model->ggc_raw = igd_ggc_with_gms(platform, model->ggc_raw, options->gms);
    if (options->vga_disabled)
        model->ggc_raw |= IGD_GGC_IVD;
    if (igd_ggc_decode(platform, model->ggc_raw, &model->ggc) < 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "model: GMS 0x%02x is a reserved value on %s (GGC 0x%04x)",
                         options->gms, platform->title, model->ggc_raw);
    bool wide = platform->stolen != IGD_STOLEN_BDSM32;
    model->registers_size = platform->gtt_offset;
    model->gtt_size = platform->bar0_size - platform->gtt_offset;
    model->bdsm_offset = wide ? IGD_REG_BDSM64 : IGD_REG_BDSM32;
    model->bdsm_size = wide ? 8 : 4;
    return 0;
}

static int take_monitors(struct model *model, struct error *err)
{
    if (!model->options.monitors)
        return model_monitors_parse(&model->monitors, model->chip, NULL, err);
    model->monitors = *model->options.monitors;
    model->options.monitors = &model->monitors;
    return 0;
}

static int make_gtt(struct model *model, struct error *err)
{
    size_t size = model->gtt_size;
    off_t start = model->registers_size;
    model->gtt_fd = memfd_create("igdvm-gtt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Sealed, or a client could cut off the pages the model itself reads. */
    if (model->gtt_fd < 0 || ftruncate(model->gtt_fd, start + (off_t)size) < 0 ||
        fcntl(model->gtt_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
            0)
        return error_system(err, -errno, "model: memory for the GTT (%zu bytes)", size);
    void *at =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, model->gtt_fd, start);
    if (at == MAP_FAILED)
        return error_system(err, -errno, "model: mapping the GTT (%zu bytes)", size);
    model->gtt = at;
    return 0;
}

static int make_registers(struct model *model, struct error *err)
{
    size_t size = model->registers_size;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return error_system(err, -errno, "model: memory for registers (%zu bytes)",
                            size);
    model->registers = at;
    model->map =
        register_map_new(model->chip, model->registers_size, register_tables, err);
    return model->map ? 0 : -EINVAL;
}

/* What only a host has: its ROM shadow, OpRegion, VGA and bridges. */
static int make_host(struct model *model, struct error *err)
{
    model->opregion_size = opregion_image_size(model->chip);
    model->opregion = malloc(model->opregion_size);
    model->vga = vga_new();
    if (!model->opregion || !model->vga)
        return error_system(err, -ENOMEM, "model: host regions");
    const struct opregion_image_options opregion = {
        .chip = model->chip,
        .monitors = &model->monitors,
        .host = true,
    };
    opregion_image_build(&opregion, model->opregion);
    if (!model->platform->has_vbios)
        return 0;
    model->rom = malloc(MODEL_ROM_SIZE);
    if (!model->rom)
        return error_system(err, -ENOMEM, "model: host regions");
    const struct vbios_image_options rom = {
        .chip = model->chip,
        .lpc_id = model->options.lpc_id,
        .saved_bdsm = model->options.bdsm,
    };
    /* A shadow is followed by whatever memory holds there; vfio-pci reads ones. */
    memset(model->rom, 0xff, MODEL_ROM_SIZE);
    if (vbios_image_build(&rom, model->rom, MODEL_ROM_SIZE) == 0)
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "model: the built-in VBIOS does not fit the ROM region");
    return 0;
}

struct model *model_new(const struct model_options *options,
                        const struct model_bus *bus, void *opaque, struct error *err)
{
    struct model *model = calloc(1, sizeof(*model));
    if (!model) {
        error_system(err, -ENOMEM, "model");
        return NULL;
    }
    model->options = *options;
    model->chip = options->chip;
    model->gtt_fd = -1;
    if (take_platform(model, err) < 0 || take_monitors(model, err) < 0 ||
        make_gtt(model, err) < 0 || make_registers(model, err) < 0 ||
        aperture_make(model, err) < 0 || gt_make(model, err) < 0 ||
        (options->host_regions && make_host(model, err) < 0)) {
        model_free(model);
        return NULL;
    }
    model->bus = bus;
    model->opaque = opaque;
    model_power_on(model);
    return model;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    if (model->gtt)
        munmap(model->gtt, model->gtt_size);
    if (model->gtt_fd >= 0)
        close(model->gtt_fd);
    if (model->registers)
        munmap(model->registers, model->registers_size);
    gt_free(model);
    aperture_free(model);
    register_map_free(model->map);
    pipe_crc_free(model);
    vga_free(model->vga);
    free(model->rom);
    free(model->opregion);
    free(model);
}

static void reset_common(struct model *model)
{
    registers_reset(model);
    gtt_reset(model);
    aperture_reset(model);
    model->io_index = 0;
}

void model_power_on(struct model *model)
{
    config_power_on(model);
    if (model->options.host_regions) {
        store32(model->config + 0xfc, HOST_ASLS);
        bridges_fill(model);
        vga_reset(model->vga);
    }
    reset_common(model);
}

void model_reset(struct model *model)
{
    model->counters.function_resets++;
    config_reset(model);
    reset_common(model);
}

void model_set_msi(struct model *model, bool enabled)
{
    uint8_t *control = model->config + model->chip->msi_control;
    *control = (uint8_t)((*control & ~1u) | enabled);
    interrupt_update(model);
}

struct model_counters model_counters(const struct model *model)
{
    return model->counters;
}

char *model_vga_text(const struct model *model)
{
    return model->vga ? vga_text(model->vga) : NULL;
}

static struct model_region host_region(const struct model *model, unsigned index)
{
    struct model_region none = { .fd = -1 };
    struct model_region region = { .fd = -1, .type = VFIO_TYPE_INTEL };
    switch (index) {
    case MODEL_REGION_ROM:
        none.size = model->rom ? MODEL_ROM_SIZE : 0;
        return none;
    case MODEL_REGION_VGA:
        none.size = VGA_REGION_SIZE;
        none.writeable = true;
        return none;
    case MODEL_REGION_OPREGION:
        region.size = model->opregion_size;
        region.subtype = 1;
        return region;
    case MODEL_REGION_HOST_BRIDGE:
        region.size = PCI_CONFIG_SIZE;
        region.subtype = 2;
        return region;
    case MODEL_REGION_LPC_BRIDGE:
        region.size = PCI_CONFIG_SIZE;
        region.subtype = 3;
        return region;
    default:
        return none;
    }
}

struct model_region model_region(const struct model *model, unsigned index)
{
    const struct model_chip *chip = model->chip;
    struct model_region region = { .fd = -1, .writeable = true };
    switch (index) {
    case MODEL_REGION_BAR0:
        region.size = (uint64_t)model->registers_size + model->gtt_size;
        region.map_offset = model->registers_size + aperture_trapped_entries(model);
        region.map_size = region.size - region.map_offset;
        region.fd = model->gtt_fd;
        return region;
    case MODEL_REGION_BAR2:
        region.size = chip->aperture_size;
        region.fd = aperture_fd(model);
        region.map_size = region.fd < 0 ? 0 : region.size;
        return region;
    case MODEL_REGION_BAR4:
        region.size = model_has_iobar(model) ? 64 : 0;
        return region;
    case MODEL_REGION_CONFIG:
        region.size = CONFIG_REGION_SIZE;
        return region;
    default:
        region.writeable = false;
        if (!model->options.host_regions || index >= MODEL_REGION_MAX ||
            model->options.absent & 1U << index)
            return region;
        return host_region(model, index);
    }
}

static uint32_t read_piece(struct model *model, unsigned region, uint32_t offset,
                           unsigned size)
{
    switch (region) {
    case MODEL_REGION_BAR0:
        if (offset < model->registers_size)
            return registers_read(model, offset, size);
        return gtt_read(model, offset - model->registers_size, size);
    case MODEL_REGION_BAR4:
        return iobar_read(model, offset, size);
    case MODEL_REGION_CONFIG:
        return offset < PCI_CONFIG_SIZE ? config_read(model, offset, size) : 0;
    case MODEL_REGION_VGA:
        return vga_read(model->vga, offset, size);
    default:
        return (uint32_t)all_ones(size);
    }
}

static void write_piece(struct model *model, unsigned region, uint32_t offset,
                        uint32_t value, unsigned size)
{
    switch (region) {
    case MODEL_REGION_BAR0:
        if (offset < model->registers_size)
            registers_write(model, offset, value, size);
        else
            gtt_write(model, offset - model->registers_size, value, size);
        break;
    case MODEL_REGION_BAR4:
        iobar_write(model, offset, value, size);
        break;
    case MODEL_REGION_CONFIG:
        if (offset < PCI_CONFIG_SIZE)
            config_write(model, offset, value, size);
        break;
    case MODEL_REGION_VGA:
        vga_write(model->vga, offset, value, size);
        break;
    default:
        break;
    }
}

/* Largest naturally aligned piece of at most 4 bytes at offset. */
static unsigned piece_size(uint64_t offset, size_t size)
{
    if (size >= 4 && offset % 4 == 0)
        return 4;
    return size >= 2 && offset % 2 == 0 ? 2 : 1;
}

/* Regions that are plain bytes; NULL for the others. */
static const uint8_t *region_bytes(const struct model *model, unsigned region)
{
    switch (region) {
    case MODEL_REGION_ROM:
        return model->rom;
    case MODEL_REGION_OPREGION:
        return model->opregion;
    case MODEL_REGION_HOST_BRIDGE:
        return model->host_bridge;
    case MODEL_REGION_LPC_BRIDGE:
        return model->lpc_bridge;
    default:
        return NULL;
    }
}

static int check_access(const struct model *model, unsigned region, uint64_t offset,
                        size_t size, bool write)
{
    struct model_region facts = model_region(model, region);
    if (!facts.size || !range_inside(offset, size, facts.size))
        return -EINVAL;
    if (write && !facts.writeable)
        return -EINVAL;
    if (region == MODEL_REGION_VGA && !vga_answers(offset, size))
        return -EINVAL;
    return 0;
}

int model_read(struct model *model, unsigned region, uint64_t offset, void *data,
               size_t size)
{
    int result = check_access(model, region, offset, size, false);
    if (result < 0)
        return result;
    if (fault_is_on(model, FAULT_DEVICE_LOST)) {
        memset(data, 0xff, size);
        return 0;
    }
    const uint8_t *bytes = region_bytes(model, region);
    if (bytes) {
        memcpy(data, bytes + offset, size);
        return 0;
    }
    if (region == MODEL_REGION_BAR2) {
        aperture_read(model, offset, data, size);
        return 0;
    }
    uint8_t *to = data;
    while (size) {
        unsigned piece = piece_size(offset, size);
        store_sized(to, read_piece(model, region, (uint32_t)offset, piece), piece);
        to += piece;
        offset += piece;
        size -= piece;
    }
    return 0;
}

int model_write(struct model *model, unsigned region, uint64_t offset, const void *data,
                size_t size)
{
    int result = check_access(model, region, offset, size, true);
    if (result < 0 || fault_is_on(model, FAULT_DEVICE_LOST))
        return result;
    if (region == MODEL_REGION_BAR2) {
        aperture_write(model, offset, data, size);
        return 0;
    }
    const uint8_t *from = data;
    uint64_t start = offset;
    while (size) {
        unsigned piece = piece_size(offset, size);
        write_piece(model, region, (uint32_t)offset, (uint32_t)load_sized(from, piece),
                    piece);
        from += piece;
        offset += piece;
        size -= piece;
    }
    if (region == MODEL_REGION_BAR0 && start >= model->registers_size)
        aperture_entries_written(model, (uint32_t)start - model->registers_size,
                                 (size_t)(offset - start));
    return 0;
}
