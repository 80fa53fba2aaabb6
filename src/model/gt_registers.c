/* gt_registers.c: registers of the GT as a whole: forcewake, resets, fuses. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/engines.h" /* resets */
#include "model/traits.h"  /* which chips */

/* (Linux i915 gt/intel_gt_regs.h and intel_uncore.c.) */
#define ALL_ONES 0xffffffffu

/* A request, and where it is acknowledged at once. */
static const struct {
    uint32_t request, acknowledge;
} forcewakes[] = {
    { 0xa18c, 0x130090 }, /* Sandy Bridge */
    { 0xa188, 0x130044 }, /* Haswell on: render, or the GT as a whole */
    { 0xa278, 0x0d84 },   /* Gen9 on: render */
    { 0xa270, 0x0d88 },   /* Gen9: media */
    { 0xa540, 0x0d50 },   /* Gen11 on: each media engine, video first */
    { 0xa544, 0x0d54 },   { 0xa548, 0x0d58 }, { 0xa54c, 0x0d5c },
    { 0xa560, 0x0d70 },   { 0xa564, 0x0d74 },
};

static void forcewake_written(struct model *model, const struct register_access *access)
{
    for (size_t i = 0; i < ARRAY_SIZE(forcewakes); i++) {
        if (forcewakes[i].request == access->offset)
            register_set(model, forcewakes[i].acknowledge, access->stored);
    }
    /* Ivy Bridge acknowledges elsewhere. */
    if (access->offset == 0xa188 && model->chip->traits & ON_IVY_BRIDGE)
        register_set(model, 0x130040, access->stored);
}

static void reset_written(struct model *model, const struct register_access *access)
{
    register_set(model, access->offset, 0);
    engines_reset(model, access->stored);
}

/* The driver has changed the GGTT, or wants old translations to be forgotten. */
static void flush_written(struct model *model, const struct register_access *access)
{
    struct gt *gt = model->gt;
    aperture_sync(model);
    for (unsigned i = 0; i < gt->count; i++)
        ppgtt_invalidate(&gt->engines[i].ppgtt);
}

/* The same, with a bit that says when it is done: at once. */
static void invalidate_written(struct model *model,
                               const struct register_access *access)
{
    register_set(model, access->offset, 0);
    flush_written(model, access);
}

static void done_at_once(struct model *model, const struct register_access *access)
{
    register_set(model, access->offset, 0);
}

#define FORCEWAKE(at, times, chips)                                            \
    {                                                                          \
        .name = "FORCEWAKE", .offset = (at), .count = (times), .masked = true, \
        .written = forcewake_written, .on = (chips)                            \
    }
#define ACKNOWLEDGE(at, times, chips)                              \
    {                                                              \
        .name = "FORCEWAKE_ACK", .offset = (at), .count = (times), \
        .fixed = REGISTER_READ_ONLY, .on = (chips)                 \
    }
#define FUSE(text, at, value, chips)                                                   \
    {                                                                                  \
        .name = (text), .offset = (at), .reset = (value), .fixed = REGISTER_READ_ONLY, \
        .on = (chips)                                                                  \
    }
#define DONE(text, at, times, step, chips)                                  \
    {                                                                       \
        .name = (text), .offset = (at), .count = (times), .stride = (step), \
        .written = done_at_once, .on = (chips)                              \
    }
#define MASKED(at, times, chips)                                             \
    {                                                                        \
        .name = "CHICKEN", .offset = (at), .count = (times), .masked = true, \
        .on = (chips)                                                        \
    }

/* clang-format off: a row a register */
static const struct register_rule rules[] = {
    { .name = "FORCEWAKE",
      .offset = 0xa18c,
      .written = forcewake_written,
      .on = ON_GEN6 },
    FORCEWAKE(0xa188, 1, ON_IVY_BRIDGE | ON_HASWELL | ON_BROADWELL | ON_GEN9_UP),
    FORCEWAKE(0xa278, 1, ON_GEN9_UP),
    FORCEWAKE(0xa270, 1, ON_GEN9 | ON_CANNON_LAKE),
    FORCEWAKE(0xa540, 4, ON_GEN11_UP),
    FORCEWAKE(0xa560, 2, ON_GEN11_UP),
    ACKNOWLEDGE(0x130090, 1, ON_GEN6),
    ACKNOWLEDGE(0x130040, 1, ON_IVY_BRIDGE),
    ACKNOWLEDGE(0x130044, 1, ON_HASWELL | ON_BROADWELL | ON_GEN9_UP),
    ACKNOWLEDGE(0x0d84, 1, ON_GEN9_UP),
    ACKNOWLEDGE(0x0d88, 1, ON_GEN9 | ON_CANNON_LAKE),
    ACKNOWLEDGE(0x0d50, 4, ON_GEN11_UP),
    ACKNOWLEDGE(0x0d70, 2, ON_GEN11_UP),
    /* The write queue of old: always room. */
    { .name = "GTFIFODBG",
      .offset = 0x120000,
      .clear = REGISTER_WRITE_1_CLEAR,
      .on = ON_GEN7_DOWN | ON_GEN8 },
    FUSE("GTFIFOCTL", 0x120008, 0x40, ON_GEN7_DOWN | ON_GEN8),
    { .name = "ECOBUS", .offset = 0xa180, .reset = 1u << 5, .on = ON_IVY_BRIDGE },

    { .name = "GDRST", .offset = 0x941c, .written = reset_written },
    { .name = "GFX_FLSH_CNTL", .offset = 0x101008, .written = flush_written },
    { .name = "TLB_INVALIDATE",
      .offset = 0x4260,
      .count = 5,
      .written = invalidate_written,
      .on = ON_GEN8_UP },
    { .name = "TLB_INVALIDATE",
      .offset = 0xced8,
      .count = 4,
      .written = invalidate_written,
      .on = ON_GEN12_UP },
    DONE("GUC_TLB_INVALIDATE", 0xcee8, 1, 4, ON_GEN12_UP),
    DONE("AUX_INVALIDATE", 0x4208, 5, 16, ON_GEN12_UP),
    DONE("AUX_INVALIDATE", 0x4298, 4, 16, ON_GEN12_UP),

    /* Faults: told by the engines, cleared by the driver. */
    { .name = "RING_FAULT", .offset = 0x4094 },

    /* The microcontroller is in reset, where it stays. */
    FUSE("GUC_STATUS", 0xc000, 1, ON_GEN9_UP),

    /* One slice, three sub-slices of eight execution units; Gen12 six of sixteen. */
    FUSE("FUSE2", 0x9120, 0x02000000, ON_GEN8),
    FUSE("FUSE2", 0x9120, 0x02800000, ON_GEN9 | ON_CANNON_LAKE),
    FUSE("SLICE_ENABLE", 0x9138, 1, ON_GEN11_UP),
    FUSE("SUBSLICE_DISABLE", 0x913c, 0, ON_GEN11),
    FUSE("DSS_ENABLE", 0x913c, 0x3f, ON_GEN12_UP),

    /*
     * How large a context is, in parts of 64 bytes; a driver makes no contexts where
     * they are 0. The model keeps nothing in one, so any sizes do.
     */
    FUSE("CXT_SIZE", 0x21a0, 3u << 18 | 32u << 6 | 16u, ON_SANDY_BRIDGE),
    FUSE("CXT_SIZE", 0x21a8, 96u << 9 | 32u, ON_IVY_BRIDGE | ON_BAY_TRAIL),

    /* How fast the timestamp counts: see engine_timestamp. */
    FUSE("CTC_MODE", 0xa26c, 2u << 1, ON_SKYLAKE | ON_CANNON_LAKE),
    FUSE("CTC_MODE", 0xa26c, 3u << 1, ON_APOLLO_LAKE),
    FUSE("RPM_CONFIG0", 0x0d00, 2u << 1, ON_GEN11),
    FUSE("RPM_CONFIG0", 0x0d00, 1u << 3 | 3u << 1, ON_GEN12_UP),

    /* Registers whose high half says what is written, and are nothing else. */
    MASKED(0x20d4, 1, ON_GEN7_DOWN | ON_GEN8_UP),
    MASKED(0x20e0, 2, ON_GEN8_UP),
    MASKED(0x20ec, 1, ON_GEN9_UP),
    MASKED(0x2520, 1, ON_GEN6), /* GFX_MODE */
    MASKED(0x2580, 1, ON_GEN8_UP),
    MASKED(0x7000, 2, 0),
    MASKED(0x7008, 6, ON_GEN8_UP),
    MASKED(0x7300, 2, ON_GEN8_UP),
    MASKED(0x83a4, 1, ON_GEN9_UP),
    MASKED(0xe100, 1, ON_GEN7),
    MASKED(0xe180, 4, ON_GEN8_UP),
    MASKED(0xe194, 1, ON_GEN8_UP),
    MASKED(0xe4c0, 1, ON_GEN8_UP),
    MASKED(0xe4f0, 2, ON_GEN7 | ON_GEN8_UP),
    { .name = "BCS_SWCTRL",
      .offset = 0x22200,
      .masked = true,
      .on = ON_GEN8_UP | ON_GEN7_DOWN },
};
/* clang-format on */

const struct register_table gt_registers = {
    .name = "GT",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
};
