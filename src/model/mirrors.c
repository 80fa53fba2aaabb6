/* mirrors.c: registers of BAR0 that show config space and stolen memory. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"  /* loads */
#include "igd/ggc.h"     /* places */
#include "model/state.h" /* config space */

static uint32_t read_ggc(struct model *model, const struct register_access *access)
{
    return load16(model->config + IGD_REG_GGC);
}

static uint32_t read_bdsm(struct model *model, const struct register_access *access)
{
    return load32(model->config + model->bdsm_offset);
}

static uint32_t read_bdsm_high(struct model *model,
                               const struct register_access *access)
{
    if (model->bdsm_size < 8)
        return 0;
    return load32(model->config + model->bdsm_offset + 4);
}

/* The last MiB of stolen memory, enabled; Gen8 on: from base to the end, size code 0.
 */
static uint32_t read_stolen_reserved(struct model *model,
                                     const struct register_access *access)
{
    uint64_t base = config_bdsm(model);
    if (!base || !model->ggc.stolen_size)
        return 0;
    return (uint32_t)(base + model->ggc.stolen_size - MIB) | 1;
}

/* Gen11 on: GTT stolen memory, which lies below data stolen memory. */
static uint32_t read_gsm_base(struct model *model, const struct register_access *access)
{
    return model->bdsm_size == 8 ? load32(model->config + IGD_REG_BGSM) : 0;
}

static uint32_t read_gsm_base_high(struct model *model,
                                   const struct register_access *access)
{
    return model->bdsm_size == 8 ? load32(model->config + IGD_REG_BGSM + 4) : 0;
}

/* Set on every Meteor Lake whose firmware lets drivers at stolen memory. */
static uint32_t read_stolen_access(struct model *model,
                                   const struct register_access *access)
{
    return model->platform->stolen == IGD_STOLEN_NONE;
}

#define MIRROR(text, at, function)                                   \
    {                                                                \
        .name = (text), .offset = (at), .fixed = REGISTER_READ_ONLY, \
        .read = (function)                                           \
    }

/* Intel graphics PRMs, Skylake, volume 2c; Linux i915_reg.h, gt/intel_gt_regs.h. */
static const struct register_rule rules[] = {
    MIRROR("GGC", IGD_MMIO_GGC, read_ggc),
    MIRROR("BDSM", IGD_MMIO_BDSM, read_bdsm),
    MIRROR("BDSM high", IGD_MMIO_BDSM + 4, read_bdsm_high),
    MIRROR("GSMBASE", IGD_MMIO_GSM_BASE, read_gsm_base),
    MIRROR("GSMBASE high", IGD_MMIO_GSM_BASE + 4, read_gsm_base_high),
    MIRROR("STOLEN_RESERVED", IGD_MMIO_STOLEN_RESERVED, read_stolen_reserved),
    MIRROR("STOLEN_ACCESS", IGD_MMIO_STOLEN_ACCESS, read_stolen_access),
};

const struct register_table mirror_registers = {
    .name = "mirrors",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
};
