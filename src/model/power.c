/* power.c: power wells, fuses and the display buffer's power. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "igd/ggc.h"      /* places of DBUF_CTL */
#include "model/state.h"  /* struct model */
#include "model/traits.h" /* which chips */

#define WELL_REQUESTS 0xaaaaaaaau /* two bits a well: its request, its state below */
#define WELLS         0x45400
#define WELLS_AUX     0x45440
#define WELLS_DDI     0x45450
#define REQUESTERS    4 /* firmware, driver, KVM redirection, debug */

/*
 * A well is on when any requester asks; its state shows in every requester's register.
 * (Intel PRMs, Haswell and Skylake, volume 12, power wells.)
 */
static void well_written(struct model *model, const struct register_access *access)
{
    uint32_t first = (uint32_t)round_down(access->offset, 16), asked = 0;
    for (unsigned i = 0; i < REQUESTERS; i++)
        asked |= register_get(model, first + 4 * i) & WELL_REQUESTS;
    for (unsigned i = 0; i < REQUESTERS; i++) {
        uint32_t own = register_get(model, first + 4 * i) & WELL_REQUESTS;
        register_set(model, first + 4 * i, own | asked >> 1);
    }
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

#define DBUF(number, chips)                                             \
    {                                                                   \
        .name = "DBUF_CTL_S" #number, .offset = IGD_MMIO_DBUF_##number, \
        .follow = IGD_DBUF_POWER_STATE, .follow_by = 1, .on = (chips)   \
    }
#define WELL_SET(text, at, chips)                                                     \
    {                                                                                 \
        .name = (text), .offset = (at), .count = REQUESTERS, .fixed = ~WELL_REQUESTS, \
        .written = well_written, .on = (chips)                                        \
    }

/* Linux i915 i915_reg.h; Intel PRMs, volume 2c of each chip. */

static const struct register_rule rules[] = {
    DBUF(1, ON_GEN9_UP),
    DBUF(2, WITH_DBUF_2),
    DBUF(3, WITH_DBUF_4),
    DBUF(4, WITH_DBUF_4),
    WELL_SET("PWR_WELL_CTL", WELLS, ON_DDI),
    WELL_SET("PWR_WELL_CTL_AUX", WELLS_AUX, ON_GEN11_UP),
    WELL_SET("PWR_WELL_CTL_DDI", WELLS_DDI, ON_GEN11_UP),
    /* Download done; power groups 0 to 2 distributed, from Gen11 on 0 to 9. */
    { .name = "FUSE_STATUS",
      .offset = 0x42000,
      .reset = 0x8e000000,
      .fixed = REGISTER_READ_ONLY,
      .on = ON_GEN9 | ON_CANNON_LAKE },
    { .name = "FUSE_STATUS",
      .offset = 0x42000,
      .reset = 0x8ffc0000,
      .fixed = REGISTER_READ_ONLY,
      .on = ON_GEN11_UP },
};
const struct register_table power_registers = {
    .name = "power",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
