/* ggc.c: decoding of GGC and BDSM, by tables of layouts and GMS steps. */
#include "igd/ggc.h"

#include "base/bytes.h" /* loads, MIB */

#include <errno.h> /* EINVAL */

/* Where a layout keeps its fields and what GGMS means. */
struct layout {
    uint8_t gms_shift, gms_mask;
    uint8_t ggms_shift;
    int8_t ggms_mib[4]; /* by GGMS; -1: reserved */
};

/* Linux arch/x86/kernel/early-quirks.c (fields), i915 gt/intel_ggtt.c (GGMS). */
static const struct layout layouts[] = {
    [IGD_GGC_GEN6] = { 3, 0x1f, 8, { 0, 1, 2, -1 } },
    [IGD_GGC_CHV] = { 3, 0x1f, 8, { 0, 2, 4, 8 } },
    [IGD_GGC_GEN8] = { 8, 0xff, 6, { 0, 2, 4, 8 } },
    [IGD_GGC_GEN9] = { 8, 0xff, 6, { 0, 2, 4, 8 } },
    [IGD_GGC_MTL] = { 8, 0xff, 6, { 0, 2, 4, 8 } },
};

/* A run of GMS codes: code `first` means `start` MiB, each further one `step` more. */
struct gms_run {
    enum igd_ggc_layout layout;
    uint8_t first, last;
    uint8_t start, step; /* MiB */
};

/* Codes in no run are reserved. Linux early-quirks.c; MTL: i915 gem/i915_gem_stolen.c.
 */
static const struct gms_run gms_runs[] = {
    { IGD_GGC_GEN6, 0x00, 0x10, 0, 32 }, { IGD_GGC_CHV, 0x00, 0x10, 0, 32 },
    { IGD_GGC_CHV, 0x11, 0x16, 8, 4 },   { IGD_GGC_CHV, 0x17, 0x1d, 36, 4 },
    { IGD_GGC_GEN8, 0x00, 0xff, 0, 32 }, { IGD_GGC_GEN9, 0x00, 0xef, 0, 32 },
    { IGD_GGC_GEN9, 0xf0, 0xfe, 4, 4 },  { IGD_GGC_MTL, 0x00, 0x04, 0, 32 },
    { IGD_GGC_MTL, 0xf0, 0xfe, 4, 4 },
};

static const struct gms_run *find_run(enum igd_ggc_layout layout, uint8_t code)
{
    for (size_t i = 0; i < ARRAY_SIZE(gms_runs); i++) {
        const struct gms_run *run = &gms_runs[i];
        if (run->layout == layout && code >= run->first && code <= run->last)
            return run;
    }
    return NULL;
}

int igd_ggc_decode(const struct igd_platform *platform, uint16_t raw,
                   struct igd_ggc *ggc)
{
    const struct layout *layout = &layouts[platform->ggc];
    uint8_t gms = raw >> layout->gms_shift & layout->gms_mask;
    int8_t gtt_mib = layout->ggms_mib[raw >> layout->ggms_shift & 3];
    const struct gms_run *run = find_run(platform->ggc, gms);

    *ggc = (struct igd_ggc){
        .vga_disabled = raw & IGD_GGC_IVD,
        .locked = raw & IGD_GGC_LOCK,
    };
    if (!run || gtt_mib < 0)
        return -EINVAL;
    ggc->stolen_size = (run->start + (uint64_t)(gms - run->first) * run->step) * MIB;
    ggc->gtt_size = (uint64_t)gtt_mib * MIB;
    return 0;
}

uint16_t igd_ggc_with_gms(const struct igd_platform *platform, uint16_t raw,
                          uint8_t gms)
{
    const struct layout *layout = &layouts[platform->ggc];
    uint16_t field = (uint16_t)(layout->gms_mask << layout->gms_shift);
    return (uint16_t)((raw & ~field) | ((gms << layout->gms_shift) & field));
}

uint64_t igd_bdsm_decode(const struct igd_platform *platform, const uint8_t *config)
{
    switch (platform->stolen) {
    case IGD_STOLEN_BDSM32:
        return round_down(load32(config + IGD_REG_BDSM32), MIB);
    case IGD_STOLEN_BDSM64:
        return round_down(load64(config + IGD_REG_BDSM64), MIB);
    case IGD_STOLEN_NONE:
        break;
    }
    return 0;
}
