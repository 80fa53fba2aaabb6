/* registers.c: the register half of BAR0: memory that reads 0, and the special ones. */
#include "model/state.h"

#include "base/bytes.h"    /* loads and stores */
#include "igd/ggc.h"       /* mirrors of config registers */
#include "model/display.h" /* display registers */

#include <stdlib.h>   /* bsearch */
#include <sys/mman.h> /* madvise */

#define IGD_MMIO_GSM_BASE 0x108100

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
    if (!base)
        return 0;
    return (uint32_t)(base + model->ggc.stolen_size - MIB) | 1;
}

static uint32_t read_gsm_base(const struct model *model, uint32_t stored)
{
    return model->chip->has_gsm_base ? load32(model->config + IGD_REG_BGSM) : 0;
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
static const struct special specials[] = {
    { MASTER_CONTROL, 0, MASTER_ENABLE, 0, read_master, display_update_interrupt },
    { PIPE_A_ISR, 0, 0, 0, NULL, NULL },
    { PIPE_A_IMR, 0xffffffff, 0xffffffff, 0, NULL, NULL },
    { PIPE_A_IIR, 0, 0, 0xffffffff, NULL, display_update_interrupt },
    { PIPE_A_IER, 0, 0xffffffff, 0, NULL, display_update_interrupt },
    { PIPE_A_CONF, 0, ~PIPE_STATE, 0, read_pipe_conf, display_pipe_changed },
    { PIPE_A_FRAME, 0, 0, 0, read_frame, NULL },
    { IGD_MMIO_GGC, 0, 0, 0, read_ggc, NULL },
    { IGD_MMIO_BDSM, 0, 0, 0, read_bdsm, NULL },
    { IGD_MMIO_BDSM + 4, 0, 0, 0, read_bdsm_high, NULL },
    { IGD_MMIO_GSM_BASE, 0, 0, 0, read_gsm_base, NULL },
    { IGD_MMIO_STOLEN_RESERVED, 0, 0, 0, read_stolen_reserved, NULL },
};

static int compare_offset(const void *key, const void *row)
{
    uint32_t offset = *(const uint32_t *)key;
    const struct special *special = row;
    return offset < special->offset ? -1 : offset > special->offset;
}

static const struct special *find_special(uint32_t offset)
{
    return bsearch(&offset, specials, ARRAY_SIZE(specials), sizeof(specials[0]),
                   compare_offset);
}

void registers_reset(struct model *model)
{
    /* Private anonymous pages come back as zeros. */
    madvise(model->registers, model->registers_size, MADV_DONTNEED);
    for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
        if (specials[i].reset)
            store32(model->registers + specials[i].offset, specials[i].reset);
    }
}

uint32_t registers_read(struct model *model, uint32_t offset, unsigned size)
{
    uint32_t dword = (uint32_t)round_down(offset, 4);
    uint32_t value = load32(model->registers + dword);
    const struct special *special = find_special(dword);
    if (special && special->read)
        value = special->read(model, value);
    return (uint32_t)((value >> (8 * (offset - dword))) & all_ones(size));
}

void registers_write(struct model *model, uint32_t offset, uint32_t value,
                     unsigned size)
{
    uint32_t dword = (uint32_t)round_down(offset, 4);
    const struct special *special = find_special(dword);
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
