/* overlay_table.c: the table of virtualised registers, one row each. */
#include "igd/overlay_table.h"

#include "igd/ggc.h" /* register places */

#include "base/bytes.h" /* loads */

/* Addresses this near the host's stolen memory are taken for part of it. */
#define NEIGHBOURHOOD (64 * MIB)
/* Low bits of the stolen-reserved register that are no address, Gen11 on. */
#define RESERVED_FLAGS 0xfffffu
#define CLASS_VGA      0x0300

/* Which devices a row is for: a set of stolen-memory styles, or all devices. */
enum {
    BDSM32 = 1 << IGD_STOLEN_BDSM32,
    BDSM64 = 1 << IGD_STOLEN_BDSM64,
    LMEMBAR = 1 << IGD_STOLEN_NONE,
    LISTED = BDSM32 | BDSM64 | LMEMBAR,
    ALL = 1 << 7, /* also what is not in the table of devices */
};

/* Complete a row for this device. False: it is not for it. */
typedef bool complete_function(const struct igd_examined *examined,
                               struct igd_overlay_register *reg);

/* Where the host has its stolen memory; 0: not known. */
static uint64_t host_base(const struct igd_examined *examined)
{
    if (examined->bdsm || !examined->platform)
        return examined->bdsm;
    /* Sources differ on whether this register still is there from Meteor Lake on. */
    return round_down(load64(examined->facts->gpu_config + IGD_REG_BDSM64), MIB);
}

static bool near_stolen(const struct igd_examined *examined, uint64_t address)
{
    uint64_t base = host_base(examined);
    if (!base || !address)
        return false;
    uint64_t first = base > NEIGHBOURHOOD ? base - NEIGHBOURHOOD : 0;
    uint64_t size = examined->ggc.stolen_size + 2 * NEIGHBOURHOOD;
    return address >= first && address - first < size;
}

/* Keep the distance the hardware has from its base. */
static bool keep_distance(const struct igd_examined *examined,
                          struct igd_overlay_register *reg, uint64_t value)
{
    reg->distance = value - host_base(examined);
    return near_stolen(examined, value);
}

/* What the hardware's config space holds in this register's place. */
static uint64_t hardware_value(const struct igd_examined *examined,
                               const struct igd_overlay_register *reg)
{
    return load_sized(examined->facts->gpu_config + reg->offset, reg->size);
}

static bool take_ggc(const struct igd_examined *examined,
                     struct igd_overlay_register *reg)
{
    reg->value = examined->ggc_raw;
    return true;
}

/*
 * Firmware that knows the 32-bit register alone (SeaBIOS) writes there on every VGA
 * device. Where the hardware still has its base there, too, that is not shown.
 */
static bool take_narrow_base(const struct igd_examined *examined,
                             struct igd_overlay_register *reg)
{
    if (near_stolen(examined, hardware_value(examined, reg)))
        reg->rule = IGD_OVERLAY_BASE_ALIAS;
    return examined->class_code == CLASS_VGA || reg->rule == IGD_OVERLAY_BASE_ALIAS;
}

static bool take_near(const struct igd_examined *examined,
                      struct igd_overlay_register *reg)
{
    return keep_distance(examined, reg, hardware_value(examined, reg));
}

static bool hide_near(const struct igd_examined *examined,
                      struct igd_overlay_register *reg)
{
    return near_stolen(examined, hardware_value(examined, reg));
}

/*
 * GTT stolen memory is below data stolen memory in the hardware. Drivers of Gen11 on
 * use it, so in the guest it follows data stolen memory, in the block that is reserved.
 */
static bool take_above(const struct igd_examined *examined,
                       struct igd_overlay_register *reg)
{
    reg->distance = examined->ggc.stolen_size | 1;
    return true;
}

/* The same register in config space; some parts have another one of the block there. */
static bool take_wide_bgsm(const struct igd_examined *examined,
                           struct igd_overlay_register *reg)
{
    uint64_t value = hardware_value(examined, reg);
    if (!near_stolen(examined, value))
        return false;
    if (value >= host_base(examined))
        return keep_distance(examined, reg, value);
    return take_above(examined, reg);
}

static bool take_reserved(const struct igd_examined *examined,
                          struct igd_overlay_register *reg)
{
    if (!keep_distance(examined, reg, examined->facts->stolen_reserved)) {
        /* Not known, or nowhere near: nothing is reserved. */
        reg->rule = IGD_OVERLAY_READ_ONLY;
        reg->distance = 0;
    }
    return true;
}

/* From Meteor Lake on, drivers want the size alone: the place is the end of the block.
 */
static bool take_reserved_size(const struct igd_examined *examined,
                               struct igd_overlay_register *reg)
{
    reg->value = examined->facts->stolen_reserved & RESERVED_FLAGS;
    return true;
}

static bool unless_passed(const struct igd_examined *examined,
                          struct igd_overlay_register *reg)
{
    (void)reg;
    return !examined->request->pass_swsci;
}

#define QEMU_IGD "QEMU hw/vfio/igd.c"
#define EVE_GSM  "EVE patch vfio/igd: emulate GSMBASE for gen12 iGPU passthrough"
#define EVE_BGSM \
    "EVE patch vfio/igd: emulate STOLEN_RESERVED for gen12 iGPU passthrough"
#define EVE_DBUF \
    "EVE patch vfio/igd: sanitize DBUF_CTL POWER_STATE for iGPU passthrough"
#define I915_GEM  "Linux i915 gem/i915_gem_stolen.c"
#define I915_OPR  "Linux i915 display/intel_opregion.c"
#define MOVED     "stolen memory is where the guest's firmware puts it"
#define FOLLOWS   "the host's address; in the guest it follows stolen memory"
#define NOT_THERE "the host's address, which means nothing in the guest"
#define BELL      "a write would ring the host's firmware"
#define LEFTOVER                                                                       \
    "the firmware's modeset leaves it powered without a request, and drivers believe " \
    "it"

/* The power of one slice of the display buffer. */
#define DBUF(number)                                                              \
    {                                                                             \
        LISTED, number, NULL,                                                     \
        {                                                                         \
            .name = "DBUF_CTL_S" #number, .reason = LEFTOVER, .source = EVE_DBUF, \
            .rule = IGD_OVERLAY_GATED, .value = IGD_DBUF_POWER_STATE,             \
            .gate = IGD_DBUF_POWER_REQUEST, .mirror = IGD_MMIO_DBUF_##number,     \
            .mirror_size = 4                                                      \
        }                                                                         \
    }

static const struct {
    unsigned devices;
    unsigned slice; /* for platforms with so many slices of display buffer, at least */
    complete_function *complete;
    struct igd_overlay_register reg;
} rows[] = {
    { LISTED,
      0,
      take_ggc,
      { .name = "GGC",
        .reason = "the size of stolen memory stays the host's",
        .source = QEMU_IGD,
        .offset = IGD_REG_GGC,
        .size = 2,
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = IGD_MMIO_GGC,
        .mirror_size = 2 } },
    { BDSM32,
      0,
      NULL,
      { .name = "BDSM",
        .reason = MOVED,
        .source = QEMU_IGD,
        .offset = IGD_REG_BDSM32,
        .size = 4,
        .rule = IGD_OVERLAY_HELD,
        .mirror = IGD_MMIO_BDSM,
        .mirror_size = 4 } },
    { BDSM64,
      0,
      NULL,
      { .name = "BDSM",
        .reason = MOVED,
        .source = QEMU_IGD,
        .offset = IGD_REG_BDSM64,
        .size = 8,
        .rule = IGD_OVERLAY_HELD,
        .mirror = IGD_MMIO_BDSM,
        .mirror_size = 8 } },
    { BDSM64,
      0,
      take_narrow_base,
      { .name = "BDSM_LOW",
        .reason = "firmware that knows the 32-bit register alone writes BDSM there",
        .source = "SeaBIOS src/fw/pciinit.c",
        .offset = IGD_REG_BDSM32,
        .size = 4,
        .rule = IGD_OVERLAY_BASE_WRITTEN } },
    { LMEMBAR,
      0,
      hide_near,
      { .name = "BDSM_LOW",
        .reason = NOT_THERE,
        .source = QEMU_IGD,
        .offset = IGD_REG_BDSM32,
        .size = 4,
        .rule = IGD_OVERLAY_READ_ONLY } },
    { LMEMBAR,
      0,
      NULL,
      { .name = "DSMBASE",
        .reason = NOT_THERE,
        .source = "disputed: QEMU hw/vfio/igd.c has it, QEMU docs/igd-assign.txt and "
                  "VfioIgdPkg have not",
        .offset = IGD_REG_BDSM64,
        .size = 8,
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = IGD_MMIO_BDSM,
        .mirror_size = 8 } },
    { BDSM32,
      0,
      take_near,
      { .name = "BGSM",
        .reason = FOLLOWS,
        .source = EVE_BGSM,
        .offset = IGD_REG_BGSM,
        .size = 4,
        .rule = IGD_OVERLAY_REBASED } },
    { BDSM64,
      0,
      take_wide_bgsm,
      { .name = "BGSM",
        .reason = FOLLOWS,
        .source = EVE_BGSM,
        .offset = IGD_REG_BGSM,
        .size = 8,
        .rule = IGD_OVERLAY_REBASED } },
    { LMEMBAR,
      0,
      hide_near,
      { .name = "BGSM",
        .reason = NOT_THERE,
        .source = EVE_BGSM,
        .offset = IGD_REG_BGSM,
        .size = 8,
        .rule = IGD_OVERLAY_READ_ONLY } },
    { BDSM64,
      0,
      take_above,
      { .name = "GSMBASE",
        .reason = FOLLOWS,
        .source = EVE_GSM,
        .rule = IGD_OVERLAY_REBASED,
        .mirror = IGD_MMIO_GSM_BASE,
        .mirror_size = 8 } },
    { LMEMBAR,
      0,
      NULL,
      { .name = "GSMBASE",
        .reason = NOT_THERE,
        .source = I915_GEM,
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = IGD_MMIO_GSM_BASE,
        .mirror_size = 8 } },
    { BDSM32,
      0,
      take_reserved,
      { .name = "STOLEN_RESERVED",
        .reason = FOLLOWS,
        .source = I915_GEM,
        .rule = IGD_OVERLAY_REBASED,
        .mirror = IGD_MMIO_STOLEN_RESERVED,
        .mirror_size = 4 } },
    { BDSM64,
      0,
      take_reserved,
      { .name = "STOLEN_RESERVED",
        .reason = FOLLOWS,
        .source = I915_GEM,
        .rule = IGD_OVERLAY_REBASED,
        .mirror = IGD_MMIO_STOLEN_RESERVED,
        .mirror_size = 8 } },
    { LMEMBAR,
      0,
      take_reserved_size,
      { .name = "STOLEN_RESERVED",
        .reason = NOT_THERE,
        .source = I915_GEM,
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = IGD_MMIO_STOLEN_RESERVED,
        .mirror_size = 8 } },
    { LMEMBAR,
      0,
      NULL,
      { .name = "STOLEN_ACCESS",
        .reason = "the host's stolen memory is no business of the guest's",
        .source = "Linux i915 i915_utils.c; " QEMU_IGD,
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = IGD_MMIO_STOLEN_ACCESS,
        .mirror_size = 4 } },
    DBUF(1),
    DBUF(2),
    DBUF(3),
    DBUF(4),
    { ALL,
      0,
      unless_passed,
      { .name = "SWSMI",
        .reason = BELL,
        .source = I915_OPR,
        .offset = IGD_REG_SWSMI,
        .size = 2,
        .rule = IGD_OVERLAY_NO_WRITE } },
    { ALL,
      0,
      unless_passed,
      { .name = "SWSCI",
        .reason = BELL,
        .source = I915_OPR,
        .offset = IGD_REG_SWSCI,
        .size = 2,
        .rule = IGD_OVERLAY_NO_WRITE } },
    { ALL,
      0,
      NULL,
      { .name = "ASLS",
        .reason = "the OpRegion is where the guest's firmware puts its copy",
        .source = I915_OPR,
        .offset = IGD_REG_ASLS,
        .size = 4,
        .rule = IGD_OVERLAY_HELD } },
};

static bool applies(unsigned devices, unsigned slice,
                    const struct igd_platform *platform)
{
    if (devices == ALL)
        return true;
    return platform && devices & 1U << platform->stolen &&
           slice <= platform->dbuf_slices;
}

void igd_overlay_fill(struct igd_overlay *overlay, const struct igd_examined *examined)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows) && overlay->count < IGD_OVERLAY_MAX; i++) {
        struct igd_overlay_register reg = rows[i].reg;
        if (!applies(rows[i].devices, rows[i].slice, examined->platform))
            continue;
        if (rows[i].complete && !rows[i].complete(examined, &reg))
            continue;
        overlay->registers[overlay->count++] = reg;
        if (strcmp(reg.name, "BDSM") == 0)
            overlay->base = overlay->count;
    }
}
