/* config.c: the config space of 00:02.0. */
#include "model/state.h"

#include "base/bytes.h" /* loads and stores */
#include "base/log.h"   /* door bells */
#include "igd/ggc.h"    /* IGD_REG_BGSM */

#define LOCK_BIT                   1u
#define DEVICE_CONTROL_START_RESET 0x8000u
#define AF_CONTROL_START_RESET     0x01u

/* The BARs: BAR0 and BAR2 64 bits wide, BAR4 I/O. Their sizes are the masks. */
static void set_bar(struct model *model, unsigned bar, uint64_t size, uint32_t flags)
{
    unsigned at = PCI_BAR(bar);
    uint64_t mask = ~(size - 1);
    if (flags & PCI_BAR_IO)
        mask &= 0xffff;
    store32(model->config + at, flags);
    store32(model->config_mask + at, (uint32_t)mask & ~0xfu);
    if (flags & PCI_BAR_64) {
        store32(model->config + at + 4, 0);
        store32(model->config_mask + at + 4, (uint32_t)(mask >> 32));
    }
}

static void set_register(struct model *model, const struct model_config_register *reg)
{
    store_sized(model->config + reg->offset, reg->value, reg->size);
    store_sized(model->config_mask + reg->offset, reg->write_mask, reg->size);
}

static void set_identity(struct model *model)
{
    const struct model_chip *chip = model->chip;
    uint8_t *config = model->config;
    store16(config + PCI_VENDOR_ID, PCI_VENDOR_INTEL);
    store16(config + PCI_DEVICE_ID, chip->device_id);
    config[PCI_REVISION] = chip->revision;
    /* Display; VGA compatible unless told otherwise. */
    config[PCI_SUBCLASS] = (uint8_t)model->options.subclass;
    config[PCI_CLASS] = 0x03;
    store16(config + PCI_SUBSYSTEM_VENDOR, PCI_VENDOR_INTEL);
    store16(config + PCI_SUBSYSTEM_ID, chip->subsystem_id);
    set_bar(model, 0, (uint64_t)model->registers_size + model->gtt_size, PCI_BAR_64);
    set_bar(model, 2, chip->aperture_size, PCI_BAR_64 | PCI_BAR_PREFETCH);
    if (model_has_iobar(model))
        set_bar(model, 4, 64, PCI_BAR_IO);
}

/* Set the chip's registers, all or those that do not survive a reset. */
static void set_registers(struct model *model, bool all)
{
    for (unsigned set = 0; set < MODEL_CONFIG_SETS; set++) {
        const struct model_config_set *config = &model->chip->config[set];
        for (size_t i = 0; i < config->count; i++) {
            if (all || !config->registers[i].survives)
                set_register(model, &config->registers[i]);
        }
    }
}

uint64_t config_bdsm(const struct model *model)
{
    return load_sized(model->config + model->bdsm_offset, model->bdsm_size) &
           ~0xfffffULL;
}

/* After a write to BDSM: the first base that is not zero stays until power-on. */
static void bdsm_written(struct model *model)
{
    uint64_t base = config_bdsm(model);
    if (!base)
        return;
    model->config[model->bdsm_offset] |= LOCK_BIT;
    memset(model->config_mask + model->bdsm_offset, 0, model->bdsm_size);
    /* GTT stolen memory sits right below data stolen memory. */
    store_sized(model->config + IGD_REG_BGSM, base - model->ggc.gtt_size,
                model->bdsm_size);
    log_debug("model", "BDSM locked at %08llx", (unsigned long long)base);
}

void config_power_on(struct model *model)
{
    memset(model->config, 0, sizeof(model->config));
    memset(model->config_mask, 0, sizeof(model->config_mask));
    set_identity(model);
    set_registers(model, true);
    store16(model->config + IGD_REG_GGC, model->ggc_raw);
    if (model->options.bdsm) {
        store32(model->config + model->bdsm_offset, model->options.bdsm);
        bdsm_written(model);
    }
}

void config_reset(struct model *model)
{
    set_identity(model);
    set_registers(model, false);
}

uint32_t config_read(const struct model *model, unsigned offset, unsigned size)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = model->config[offset + i];
        if (offset + i == PCI_STATUS && model->interrupt)
            bytes[i] |= PCI_STATUS_INTERRUPT;
    }
    return (uint32_t)load_sized(bytes, size);
}

static void count_bell(const char *name, uint64_t *counter, uint32_t value)
{
    (*counter)++;
    log_info("model", "%s rung: wrote %04x (%llu so far)", name, value,
             (unsigned long long)*counter);
}

/* Reset when this bit of reg was written; it reads 0, so look at what was written. */
static void start_reset(struct model *model, const struct model_config_register *reg,
                        uint32_t bit, unsigned offset, uint32_t value, unsigned size)
{
    unsigned shift = 8 * (offset - (unsigned)round_down(offset, 4));
    uint64_t placed = (uint64_t)value << shift & all_ones(size) << shift;
    if (placed & (uint64_t)bit << (8 * (reg->offset & 3)))
        model_reset(model);
}

static void register_written(struct model *model,
                             const struct model_config_register *reg, unsigned offset,
                             uint32_t value, unsigned size)
{
    struct model_counters *counters = &model->counters;
    switch (reg->rule) {
    case MODEL_CONFIG_PLAIN:
        break;
    case MODEL_CONFIG_BDSM32:
    case MODEL_CONFIG_BDSM64:
        bdsm_written(model);
        break;
    case MODEL_CONFIG_SWSMI:
        count_bell(reg->name, &counters->swsmi, value);
        break;
    case MODEL_CONFIG_ASLE:
        count_bell(reg->name, &counters->asle, value);
        break;
    case MODEL_CONFIG_SWSCI:
        count_bell(reg->name, &counters->swsci, value);
        break;
    case MODEL_CONFIG_DEVICE_CONTROL:
        start_reset(model, reg, DEVICE_CONTROL_START_RESET, offset, value, size);
        break;
    case MODEL_CONFIG_AF_CONTROL:
        start_reset(model, reg, AF_CONTROL_START_RESET, offset, value, size);
        break;
    }
}

void config_write(struct model *model, unsigned offset, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t mask = model->config_mask[offset + i];
        uint8_t byte = (uint8_t)(value >> (8 * i));
        uint8_t *at = &model->config[offset + i];
        *at = (uint8_t)((*at & ~mask) | (byte & mask));
    }
    for (unsigned set = 0; set < MODEL_CONFIG_SETS; set++) {
        const struct model_config_set *config = &model->chip->config[set];
        for (size_t i = 0; i < config->count; i++) {
            const struct model_config_register *reg = &config->registers[i];
            if (reg->rule != MODEL_CONFIG_PLAIN &&
                ranges_overlap(offset, size, reg->offset, reg->size))
                register_written(model, reg, offset, value, size);
        }
    }
    interrupt_update(model); /* INTx-off or MSI enable may have changed */
}
