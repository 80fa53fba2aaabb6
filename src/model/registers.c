/* registers.c: the register half of BAR0: memory that reads 0, and the special ones. */
#include "model/state.h"

#include "base/bytes.h"    /* loads and stores */
#include "igd/ggc.h"       /* mirrors of config registers */
#include "model/display.h" /* display registers */

#include <stdlib.h>   /* bsearch */
#include <sys/mman.h> /* madvise */

/* A register that is more than memory; all are dwords at a multiple of 4. */
struct special {
    uint32_t offset;
    uint32_t reset;
    uint32_t write_mask; /* bits a write replaces */
    uint32_t clear_mask; /* bits a written 1 clears */
    /* What is read, given what is stored; NULL: that. */
    uint32_t (*read)(const struct model *model, uint32_t stored);
    /* Called when the stored value was written. */
    void (*written)(struct model *model);
    unsigned slices; /* chips with fewer slices of display buffer do not have it */
};

static uint32_t read_ggc(const struct model *model, uint32_t stored)
{
    return load16(model->config + IGD_REG_GGC);
}

static uint32_t read_bdsm(const struct model *model, uint32_t stored)
{
    return load32(model->config + model->bdsm_offset);
}

static uint32_t read_bdsm_high(const struct model *model, uint32_t stored)
{
    if (model->bdsm_size < 8)
        return 0;
    return load32(model->config + model->bdsm_offset + 4);
}

/* The last MiB of stolen memory, enabled; Gen8 on: from base to the end, size code 0.
 */
static uint32_t read_stolen_reserved(const struct model *model, uint32_t stored)
{
    uint64_t base = config_bdsm(model);
    if (!base || !model->ggc.stolen_size)
        return 0;
    return (uint32_t)(base + model->ggc.stolen_size - MIB) | 1;
}

/* Gen11 on: GTT stolen memory, which lies below data stolen memory. */
static uint32_t read_gsm_base(const struct model *model, uint32_t stored)
{
    return model->bdsm_size == 8 ? load32(model->config + IGD_REG_BGSM) : 0;
}

static uint32_t read_gsm_base_high(const struct model *model, uint32_t stored)
{
    return model->bdsm_size == 8 ? load32(model->config + IGD_REG_BGSM + 4) : 0;
}

/* Set on every Meteor Lake whose firmware lets drivers at stolen memory. */
static uint32_t read_stolen_access(const struct model *model, uint32_t stored)
{
    return model->platform->stolen == IGD_STOLEN_NONE;
}

/* A slice's power follows the request, once there was one. */
static void dbuf_written(struct model *model)
{
    static const uint32_t slices[] = { IGD_MMIO_DBUF_1, IGD_MMIO_DBUF_2,
                                       IGD_MMIO_DBUF_3, IGD_MMIO_DBUF_4 };
    for (unsigned i = 0; i < model->platform->dbuf_slices; i++) {
        uint32_t value = load32(model->registers + slices[i]);
        value &= ~IGD_DBUF_POWER_STATE;
        if (value & IGD_DBUF_POWER_REQUEST)
            value |= IGD_DBUF_POWER_STATE;
        store32(model->registers + slices[i], value);
    }
}

static uint32_t read_master(const struct model *model, uint32_t stored)
{
    return stored | display_master_pending(model);
}

static uint32_t read_pipe_conf(const struct model *model, uint32_t stored)
{
    return stored & PIPE_ENABLE ? stored | PIPE_STATE : stored;
}

static uint32_t read_frame(const struct model *model, uint32_t stored)
{
    return model->frame;
}

/* Sorted by offset. (Linux i915 register headers; Intel graphics PRMs, Skylake.) */
#define DBUF(number)                                                             \
    {                                                                            \
        IGD_MMIO_DBUF_##number, 0, ~IGD_DBUF_POWER_STATE, 0, NULL, dbuf_written, \
            number                                                               \
    }
static const struct special specials[] = {
    { MASTER_CONTROL, 0, MASTER_ENABLE, 0, read_master, display_update_interrupt },
    DBUF(3),
    DBUF(4),
    { PIPE_A_ISR, 0, 0, 0, NULL, NULL },
    { PIPE_A_IMR, 0xffffffff, 0xffffffff, 0, NULL, NULL },
    { PIPE_A_IIR, 0, 0, 0xffffffff, NULL, display_update_interrupt },
    { PIPE_A_IER, 0, 0xffffffff, 0, NULL, display_update_interrupt },
    DBUF(2),
    DBUF(1),
    { PIPE_A_CONF, 0, ~PIPE_STATE, 0, read_pipe_conf, display_pipe_changed },
    { PIPE_A_FRAME, 0, 0, 0, read_frame, NULL },
    { IGD_MMIO_GGC, 0, 0, 0, read_ggc, NULL },
    { IGD_MMIO_BDSM, 0, 0, 0, read_bdsm, NULL },
    { IGD_MMIO_BDSM + 4, 0, 0, 0, read_bdsm_high, NULL },
    { IGD_MMIO_GSM_BASE, 0, 0, 0, read_gsm_base, NULL },
    { IGD_MMIO_GSM_BASE + 4, 0, 0, 0, read_gsm_base_high, NULL },
    { IGD_MMIO_STOLEN_RESERVED, 0, 0, 0, read_stolen_reserved, NULL },
    { IGD_MMIO_STOLEN_ACCESS, 0, 0, 0, read_stolen_access, NULL },
};

static int compare_offset(const void *key, const void *row)
{
    uint32_t offset = *(const uint32_t *)key;
    const struct special *special = row;
    return offset < special->offset ? -1 : offset > special->offset;
}

static const struct special *find_special(const struct model *model, uint32_t offset)
{
    const struct special *found = bsearch(&offset, specials, ARRAY_SIZE(specials),
                                          sizeof(specials[0]), compare_offset);
    return found && found->slices <= model->platform->dbuf_slices ? found : NULL;
}

void registers_reset(struct model *model)
{
    /* Private anonymous pages come back as zeros. */
    madvise(model->registers, model->registers_size, MADV_DONTNEED);
    for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
        const struct special *special = &specials[i];
        if (special->slices > model->platform->dbuf_slices)
            continue;
        if (special->reset)
            store32(model->registers + special->offset, special->reset);
        /* A host's firmware leaves the display buffer on without a request. */
        if (special->slices && model->options.host_regions)
            store32(model->registers + special->offset, IGD_DBUF_POWER_STATE);
    }
}

uint32_t registers_read(struct model *model, uint32_t offset, unsigned size)
{
    uint32_t dword = (uint32_t)round_down(offset, 4);
    uint32_t value = load32(model->registers + dword);
    const struct special *special = find_special(model, dword);
    if (special && special->read)
        value = special->read(model, value);
    return (uint32_t)((value >> (8 * (offset - dword))) & all_ones(size));
}

void registers_write(struct model *model, uint32_t offset, uint32_t value,
                     unsigned size)
{
    uint32_t dword = (uint32_t)round_down(offset, 4);
    const struct special *special = find_special(model, dword);
    if (!special) {
        store_sized(model->registers + offset, value, size);
        return;
    }
    unsigned shift = 8 * (offset - dword);
    uint32_t lanes = (uint32_t)(all_ones(size) << shift);
    uint32_t placed = value << shift & lanes;
    uint32_t replaced = special->write_mask & lanes;
    uint32_t stored = load32(model->registers + dword);
    stored = (stored & ~replaced) | (placed & replaced);
    stored &= ~(placed & special->clear_mask);
    store32(model->registers + dword, stored);
    if (special->written)
        special->written(model);
}
