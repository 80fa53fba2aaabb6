/*
 * interrupts_gt11.c: the GT's interrupts of Gen11 and later. Two dwords have a bit an
 * engine; the driver selects one of them, reads the engine's events from an identity
 * register and then clears the bit. (Linux i915 gt/intel_gt_irq.c, intel_gt_regs.h.)
 */
#include "model/interrupts_gt11.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define INTR_DW(bank)  (0x190018 + 4u * (bank))
#define IDENTITY(bank) (0x190060 + 4u * (bank))
#define SELECTOR       0x190070
#define IDENTITY_VALID 0x80000000u

/* Who an engine is in the identity register, and whose halves hold its mask. */
static const struct source {
    uint8_t bank, bit, class, instance;
    uint32_t enable, mask;
    uint8_t enable_shift, mask_shift;
} sources[ENGINE_COUNT] = {
    [ENGINE_RENDER] = { 0, 0, 0, 0, 0x190030, 0x190090, 16, 16 },
    [ENGINE_BLITTER] = { 0, 15, 3, 0, 0x190030, 0x1900a0, 0, 16 },
    [ENGINE_VIDEO_0] = { 1, 0, 1, 0, 0x190034, 0x1900a8, 16, 16 },
    [ENGINE_VIDEO_1] = { 1, 1, 1, 1, 0x190034, 0x1900a8, 16, 0 },
    [ENGINE_VIDEO_2] = { 1, 2, 1, 2, 0x190034, 0x1900ac, 16, 16 },
    [ENGINE_VIDEO_3] = { 1, 3, 1, 3, 0x190034, 0x1900ac, 16, 0 },
    [ENGINE_VIDEO_ENHANCE_0] = { 1, 31, 2, 0, 0x190034, 0x1900d0, 0, 16 },
    [ENGINE_VIDEO_ENHANCE_1] = { 1, 30, 2, 1, 0x190034, 0x1900d0, 0, 0 },
};

static uint32_t stored_dw(const struct model *model, unsigned bank)
{
    return register_get(model, INTR_DW(bank));
}

uint32_t interrupts_gt11_pending(const struct model *model)
{
    return (stored_dw(model, 0) ? 1u : 0) | (stored_dw(model, 1) ? 2u : 0);
}

void interrupts_gt11_raise(struct model *model, enum model_engine engine, uint32_t bits)
{
    const struct source *source = &sources[engine];
    bits &= register_get(model, source->enable) >> source->enable_shift;
    bits &= ~(register_get(model, source->mask) >> source->mask_shift);
    bits &= 0xffff;
    model->gt_events[engine] |= (uint16_t)bits;
    if (bits)
        register_set_bits(model, INTR_DW(source->bank), 1u << source->bit, true);
}

void interrupts_gt11_reset(struct model *model)
{
    memset(model->gt_events, 0, sizeof(model->gt_events));
}

/* The engine's events move to the identity register; new ones gather meanwhile. */
static void selector_written(struct model *model, const struct register_access *access)
{
    unsigned bank = access->index;
    for (unsigned i = 0; i < ENGINE_COUNT; i++) {
        const struct source *source = &sources[i];
        uint32_t bit = 1u << source->bit;
        if (source->bank != bank || access->written != bit ||
            !(stored_dw(model, bank) & bit))
            continue;
        register_set(model, IDENTITY(bank),
                     IDENTITY_VALID | (uint32_t)source->instance << 20 |
                         (uint32_t)source->class << 16 | model->gt_events[i]);
        model->gt_events[i] = 0;
    }
}

static void identity_written(struct model *model, const struct register_access *access)
{
    if (access->written & IDENTITY_VALID)
        register_set(model, access->offset, 0);
}

/* A bit cleared while new events wait comes back at once. */
static void dw_written(struct model *model, const struct register_access *access)
{
    for (unsigned i = 0; i < ENGINE_COUNT; i++) {
        if (sources[i].bank == access->index && model->gt_events[i])
            register_set_bits(model, access->offset, 1u << sources[i].bit, true);
    }
    interrupt_update(model);
}

static const struct register_rule rules[] = {
    { .name = "GT_INTR_DW",
      .offset = INTR_DW(0),
      .count = 2,
      .clear = REGISTER_WRITE_1_CLEAR,
      .written = dw_written,
      .on = ON_GEN11_UP },
    { .name = "INTR_IDENTITY",
      .offset = IDENTITY(0),
      .count = 2,
      .fixed = REGISTER_READ_ONLY,
      .written = identity_written,
      .on = ON_GEN11_UP },
    { .name = "IIR_SELECTOR",
      .offset = SELECTOR,
      .count = 2,
      .written = selector_written,
      .on = ON_GEN11_UP },
    { .name = "INTR_MASK",
      .offset = 0x190090,
      .count = 26,
      .reset = 0xffffffff,
      .on = ON_GEN11_UP },
};
const struct register_table interrupt_gt11_registers = {
    .name = "interrupts of the GT",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = interrupts_gt11_reset,
};
