/* platform.c: the table of platforms, one row each, and how to find a row. */
#include "igd/platform.h"

#include "igd/platform_table.h" /* the rows' order */

#include "base/bytes.h" /* MIB */

#include <stdio.h>  /* snprintf */
#include <string.h> /* strcmp */

/*
 * What generations have in common. GGC and BDSM: Linux arch/x86/kernel/early-quirks.c;
 * GTT: Linux i915 gt/intel_ggtt.c, in the upper half of BAR0; the IOBAR pair and where
 * the VBIOS ends (Gen9): QEMU docs/igd-assign.txt and hw/vfio/igd.c; slices of the
 * display buffer, and how the display is fused off: Linux i915
 * display/intel_display_device.c; ports without fuses: display/intel_display.c.
 */
#define GEN6                                                             \
    .ggc = IGD_GGC_GEN6, .stolen = IGD_STOLEN_BDSM32, .has_vbios = true, \
    .bar0_size = 4 * MIB, .gtt_offset = 2 * MIB, .pte_size = 4, .iobar_gtt = true
#define GEN8                                                               \
    .stolen = IGD_STOLEN_BDSM32, .has_vbios = true, .bar0_size = 16 * MIB, \
    .gtt_offset = 8 * MIB, .pte_size = 8, .iobar_gtt = true
#define GEN9 GEN8, .ggc = IGD_GGC_GEN9, .dbuf_slices = 1
/* No VBIOS was made for it. */
#define GEN10                                                                \
    .ggc = IGD_GGC_GEN9, .stolen = IGD_STOLEN_BDSM32, .bar0_size = 16 * MIB, \
    .gtt_offset = 8 * MIB, .pte_size = 8, .iobar_gtt = true, .dbuf_slices = 1
#define GEN11                                                                \
    .ggc = IGD_GGC_GEN9, .stolen = IGD_STOLEN_BDSM64, .bar0_size = 16 * MIB, \
    .gtt_offset = 8 * MIB, .pte_size = 8, .dbuf_slices = 2
/* The display of Alder Lake P has two slices more. */
#define GEN12_4                                                              \
    .ggc = IGD_GGC_GEN9, .stolen = IGD_STOLEN_BDSM64, .bar0_size = 16 * MIB, \
    .gtt_offset = 8 * MIB, .pte_size = 8, .dbuf_slices = 4
#define LMEMBAR                                                           \
    .ggc = IGD_GGC_MTL, .stolen = IGD_STOLEN_NONE, .bar0_size = 16 * MIB, \
    .gtt_offset = 8 * MIB, .pte_size = 8, .dbuf_slices = 4

#define QUIRKS "Linux arch/x86/kernel/early-quirks.c"
#define STOLEN "Linux i915 gem/i915_gem_stolen.c"
#define PCIIDS "Linux include/drm/intel/pciids.h"
#define DISPUTED                                                                 \
    "QEMU docs/igd-assign.txt, EVE and VfioIgdPkg: no BDSM; QEMU hw/vfio/igd.c " \
    "(2026) "                                                                    \
    "and FreeBSD bhyve: as Gen12, BDSM at 0xc0"
#define UNTRIED "taken to be as Meteor Lake (VfioIgdPkg); not in QEMU's list"

/* clang-format off: one row a platform */
const struct igd_platform igd_platforms[IGD_PLATFORM_COUNT] = {
    [SANDY_BRIDGE] = { "sandy-bridge", "Sandy Bridge", 60, GEN6,
                       .display = IGD_DISPLAY_PORTS, .source = QUIRKS },
    [IVY_BRIDGE] = { "ivy-bridge", "Ivy Bridge", 70, GEN6,
                     .display = IGD_DISPLAY_FUSE_STRAP, .source = QUIRKS },
    [BAY_TRAIL] = { "bay-trail", "Bay Trail", 70, GEN6,
                    .display = IGD_DISPLAY_PORTS_VLV, .source = QUIRKS },
    [HASWELL] = { "haswell", "Haswell", 75, GEN6, .display = IGD_DISPLAY_FUSE_STRAP,
                  .source = QUIRKS },
    [BROADWELL] = { "broadwell", "Broadwell", 80, GEN8, .ggc = IGD_GGC_GEN8,
                    .display = IGD_DISPLAY_FUSE_STRAP, .host_blocks_iommu = true,
                    .source = QUIRKS "; drivers/iommu/intel/iommu.c" },
    [CHERRYVIEW] = { "cherryview", "Cherryview / Braswell", 80, GEN8,
                     .ggc = IGD_GGC_CHV, .display = IGD_DISPLAY_PORTS_VLV,
                     .source = QUIRKS },
    [SKYLAKE] = { "skylake", "Skylake", 90, GEN9, .source = QUIRKS },
    [APOLLO_LAKE] = { "apollo-lake", "Broxton / Apollo Lake", 90, GEN9,
                      .source = QUIRKS },
    [GEMINI_LAKE] = { "gemini-lake", "Gemini Lake", 90, GEN9, .source = QUIRKS },
    [KABY_LAKE] = { "kaby-lake", "Kaby Lake", 90, GEN9, .source = QUIRKS },
    [AMBER_LAKE] = { "amber-lake", "Amber Lake", 90, GEN9, .source = QUIRKS },
    [COFFEE_LAKE] = { "coffee-lake", "Coffee Lake / Whiskey Lake", 90, GEN9,
                      .source = QUIRKS },
    [COMET_LAKE] = { "comet-lake", "Comet Lake", 90, GEN9, .source = QUIRKS },
    [CANNON_LAKE] = { "cannon-lake", "Cannon Lake", 100, GEN10, .source = PCIIDS,
                      .note = "never sold widely; QEMU and VfioIgdPkg do not list it" },
    [ICE_LAKE] = { "ice-lake", "Ice Lake", 110, GEN11, .source = QUIRKS },
    [ELKHART_LAKE] = { "elkhart-lake", "Elkhart Lake", 110, GEN11, .source = QUIRKS },
    [JASPER_LAKE] = { "jasper-lake", "Jasper Lake", 110, GEN11, .source = QUIRKS },
    [TIGER_LAKE] = { "tiger-lake", "Tiger Lake", 120, GEN11, .source = QUIRKS },
    [ROCKET_LAKE] = { "rocket-lake", "Rocket Lake", 120, GEN11, .source = QUIRKS },
    [ALDER_LAKE_S] = { "alder-lake-s", "Alder Lake S", 120, GEN11, .source = QUIRKS },
    [ALDER_LAKE_P] = { "alder-lake-p", "Alder Lake P", 120, GEN12_4, .source = QUIRKS },
    [ALDER_LAKE_N] = { "alder-lake-n", "Alder Lake N", 120, GEN12_4, .source = QUIRKS },
    [RAPTOR_LAKE_S] = { "raptor-lake-s", "Raptor Lake S", 120, GEN11,
                        .source = QUIRKS },
    [RAPTOR_LAKE_P] = { "raptor-lake-p", "Raptor Lake P / U", 120, GEN12_4,
                        .source = QUIRKS },
    [METEOR_LAKE] = { "meteor-lake", "Meteor Lake", 127, LMEMBAR, .source = STOLEN,
                      .note = DISPUTED },
    [ARROW_LAKE] = { "arrow-lake", "Arrow Lake", 127, LMEMBAR, .source = STOLEN,
                     .note = DISPUTED },
    [LUNAR_LAKE] = { "lunar-lake", "Lunar Lake", 200, LMEMBAR, .source = PCIIDS,
                     .note = UNTRIED },
    [PANTHER_LAKE] = { "panther-lake", "Panther Lake", 300, LMEMBAR, .source = PCIIDS,
                       .note = UNTRIED },
    [WILDCAT_LAKE] = { "wildcat-lake", "Wildcat Lake", 300, LMEMBAR, .source = PCIIDS,
                       .note = UNTRIED },
    [NOVA_LAKE_S] = { "nova-lake-s", "Nova Lake S", 300, LMEMBAR, .source = PCIIDS,
                      .note = UNTRIED },
    [NOVA_LAKE_P] = { "nova-lake-p", "Nova Lake P", 350, LMEMBAR, .source = PCIIDS,
                      .note = UNTRIED },
};
/* clang-format on */

const struct igd_platform *igd_platform_at(size_t index)
{
    return index < ARRAY_SIZE(igd_platforms) ? &igd_platforms[index] : NULL;
}

const struct igd_platform *igd_platform_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(igd_platforms); i++) {
        if (strcmp(igd_platforms[i].name, name) == 0)
            return &igd_platforms[i];
    }
    return NULL;
}

const char *igd_generation_text(const struct igd_platform *platform, char *buffer,
                                size_t size)
{
    unsigned whole = platform->generation / 10, tenths = platform->generation % 10;
    if (tenths)
        snprintf(buffer, size, "%u.%u", whole, tenths);
    else
        snprintf(buffer, size, "%u", whole);
    return buffer;
}
