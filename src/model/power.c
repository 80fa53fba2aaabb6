/* power.c: the display buffer's power. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "igd/ggc.h"      /* places of DBUF_CTL */
#include "model/chips.h"  /* traits */
#include "model/state.h"  /* struct model */
#include "model/traits.h" /* which chips */

/* A slice's power follows the request, once there was one. */
static void dbuf_written(struct model *model, const struct register_access *access)
{
    bool on = access->stored & IGD_DBUF_POWER_REQUEST;
    register_set_bits(model, access->offset, IGD_DBUF_POWER_STATE, on);
}

/* A host's firmware leaves the display buffer on without a request. */
static void reset(struct model *model)
{
    static const uint32_t slices[] = { IGD_MMIO_DBUF_1, IGD_MMIO_DBUF_2,
                                       IGD_MMIO_DBUF_3, IGD_MMIO_DBUF_4 };
    for (unsigned i = 0; i < model->platform->dbuf_slices; i++) {
        if (model->options.host_regions)
            register_set(model, slices[i], IGD_DBUF_POWER_STATE);
    }
}

#define DBUF(number, chips)                                                   \
    {                                                                         \
        .name = "DBUF_CTL_S" #number, .offset = IGD_MMIO_DBUF_##number,       \
        .fixed = IGD_DBUF_POWER_STATE, .written = dbuf_written, .on = (chips) \
    }

/* clang-format off: a row a register */
static const struct register_rule rules[] = {
    DBUF(1, ON_GEN9_UP),
    DBUF(2, WITH_DBUF_2),
    DBUF(3, WITH_DBUF_4),
    DBUF(4, WITH_DBUF_4),
};
/* clang-format on */

const struct register_table power_registers = {
    .name = "power",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
