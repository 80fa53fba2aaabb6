/* chips.c: the table of chips the model can be. */
#include "model/chips.h"

#include "base/bytes.h"   /* ARRAY_SIZE, MIB */
#include "igd/ggc.h"      /* register places */
#include "model/traits.h" /* kinds of chips */
#include "pci/regs.h"     /* standard registers */

#include <string.h> /* strcmp */

/*
 * Capabilities. BARs and identity are laid down from the chip's row.
 *
 * Gen6 to Gen8, as public lspci dumps show them: MSI (32 bits, one vector, no masking)
 * at 90, power management (version 2) at D0, advanced features (FLR) at A4.
 */
static const struct model_config_register gen6_capabilities[] = {
    { "COMMAND", PCI_COMMAND, 2, false, 0, 0x0407, MODEL_CONFIG_PLAIN },
    { "STATUS", PCI_STATUS, 2, false, PCI_STATUS_CAPABILITIES, 0, MODEL_CONFIG_PLAIN },
    { "INTLINE", PCI_INTERRUPT_LINE, 1, false, 0, 0xff, MODEL_CONFIG_PLAIN },
    { "INTPIN", PCI_INTERRUPT_PIN, 1, false, 1, 0, MODEL_CONFIG_PLAIN },
    { "CAPPTR", PCI_CAPABILITIES, 1, false, 0x90, 0, MODEL_CONFIG_PLAIN },
    { "MSI", 0x90, 2, false, 0xd005, 0, MODEL_CONFIG_PLAIN },
    { "MSICTL", 0x92, 2, false, 0, 0x0001, MODEL_CONFIG_PLAIN },
    { "MSIADDR", 0x94, 4, false, 0, 0xfffffffc, MODEL_CONFIG_PLAIN },
    { "MSIDATA", 0x98, 2, false, 0, 0xffff, MODEL_CONFIG_PLAIN },
    { "AFCAP", 0xa4, 4, false, 0x03060013, 0, MODEL_CONFIG_PLAIN },
    { "AFCTL", 0xa8, 1, false, 0, 0, MODEL_CONFIG_AF_CONTROL },
    { "PMCAP", 0xd0, 4, false, 0x0022a401, 0, MODEL_CONFIG_PLAIN },
    { "PMCSR", 0xd4, 2, false, 0, 0x0003, MODEL_CONFIG_PLAIN },
};

/*
 * Gen9 on: vendor capability at 40, PCI Express (root complex integrated endpoint,
 * version 2, FLR) at 70, MSI at AC, power management (version 2, DSI) at D0.
 */
#define FROM_GEN9(msi_flags)                                                                \
    { "COMMAND", PCI_COMMAND, 2, false, 0, 0x0407, MODEL_CONFIG_PLAIN },                    \
        { "STATUS", PCI_STATUS, 2, false, PCI_STATUS_CAPABILITIES, 0, MODEL_CONFIG_PLAIN }, \
        { "INTLINE", PCI_INTERRUPT_LINE, 1, false, 0, 0xff, MODEL_CONFIG_PLAIN },           \
        { "INTPIN", PCI_INTERRUPT_PIN, 1, false, 1, 0, MODEL_CONFIG_PLAIN },                \
        { "CAPPTR", PCI_CAPABILITIES, 1, false, 0x40, 0, MODEL_CONFIG_PLAIN },              \
        { "CAPID0", 0x40, 4, false, 0x010c7009, 0, MODEL_CONFIG_PLAIN },                    \
        { "PCIECAP", 0x70, 4, false, 0x0092ac10, 0, MODEL_CONFIG_PLAIN },                   \
        { "DEVCAP", 0x74, 4, false, 0x10008000, 0, MODEL_CONFIG_PLAIN },                    \
        { "DEVCTL", 0x78, 2, false, 0, 0x781f, MODEL_CONFIG_DEVICE_CONTROL },               \
        { "MSI", 0xac, 2, false, 0xd005, 0, MODEL_CONFIG_PLAIN },                           \
        { "MSICTL", 0xae, 2, false, msi_flags, 0x0001, MODEL_CONFIG_PLAIN },                \
        { "MSIADDR", 0xb0, 4, false, 0, 0xfffffffc, MODEL_CONFIG_PLAIN },                   \
        { "MSIDATA", 0xb4, 2, false, 0, 0xffff, MODEL_CONFIG_PLAIN },                       \
        { "PMCAP", 0xd0, 4, false, 0x00220001, 0, MODEL_CONFIG_PLAIN },                     \
    {                                                                                       \
        "PMCSR", 0xd4, 2, false, 0, 0x0003, MODEL_CONFIG_PLAIN                              \
    }

static const struct model_config_register gen9_capabilities[] = { FROM_GEN9(0) };

/*
 * Gen12 on: MSI has mask and pending bits (public lspci dumps of Alder Lake-S and
 * Raptor Lake-P: "MSI: Enable+ Count=1/1 Maskable+ 64bit-" at AC). Whoever a VFIO
 * device is served to masks by itself, so nothing is held back here.
 */
static const struct model_config_register gen12_capabilities[] = {
    FROM_GEN9(0x0100),
    { "MSIMASK", 0xb8, 4, false, 0, 0x00000001, MODEL_CONFIG_PLAIN },
    { "MSIPEND", 0xbc, 4, false, 0, 0, MODEL_CONFIG_PLAIN },
};

/*
 * Stolen memory, bells and OpRegion; GGC is laid down from the chip's row. 256 MiB of
 * aperture in MSAC, as Gen6 and later parts encode it.
 */
#define GRAPHICS(msac)                                                        \
    { "GGC", IGD_REG_GGC, 2, true, 0, 0, MODEL_CONFIG_PLAIN },                \
        { "DEVEN", 0x54, 4, true, 0x00000011, 0, MODEL_CONFIG_PLAIN },        \
        { "MSAC", IGD_REG_MSAC, 1, true, msac, 0, MODEL_CONFIG_PLAIN },       \
        { "SWSMI", IGD_REG_SWSMI, 2, false, 0, 0xffff, MODEL_CONFIG_SWSMI },  \
        { "ASLE", IGD_REG_ASLE, 4, false, 0, 0xffffffff, MODEL_CONFIG_ASLE }, \
        { "SWSCI", IGD_REG_SWSCI, 2, false, 0, 0xffff, MODEL_CONFIG_SWSCI },  \
        { "BGSM", IGD_REG_BGSM, 4, true, 0, 0, MODEL_CONFIG_PLAIN },          \
    {                                                                         \
        "ASLS", IGD_REG_ASLS, 4, true, 0, 0xffffffff, MODEL_CONFIG_PLAIN      \
    }
#define NARROW_BASE                                                         \
    {                                                                       \
        "BDSM", IGD_REG_BDSM32, 4, true, 0, 0xfff00001, MODEL_CONFIG_BDSM32 \
    }
/* Also Meteor Lake on: where sources differ, the model shows what a host may leak. */
#define WIDE_BASE                                                                      \
    { "BDSM", IGD_REG_BDSM64, 4, true, 0, 0xfff00001, MODEL_CONFIG_BDSM64 },           \
        { "BDSMHI", IGD_REG_BDSM64 + 4, 4, true, 0, 0xffffffff, MODEL_CONFIG_BDSM64 }, \
    {                                                                                  \
        "BGSMHI", IGD_REG_BGSM + 4, 4, true, 0, 0, MODEL_CONFIG_PLAIN                  \
    }

static const struct model_config_register gen6_graphics[] = { GRAPHICS(0x02),
                                                              NARROW_BASE };
static const struct model_config_register gen8_graphics[] = { GRAPHICS(0x01),
                                                              NARROW_BASE };
static const struct model_config_register gen11_graphics[] = { GRAPHICS(0x01),
                                                               WIDE_BASE };

#define SET(set)             \
    {                        \
        set, ARRAY_SIZE(set) \
    }
#define SETS(capabilities, graphics) .config = { SET(capabilities), SET(graphics) }

/*
 * GTT entries (Linux i915 gt/intel_ggtt.c): of Gen6 and Gen7 4 bytes, address bits from
 * 32 on in bits 10:4; from Gen8 on 8 bytes, bits 38:12, from Gen12 on 45:12.
 */
#define COMMON .subsystem_id = 0x2212, .aperture_size = 256 * MIB
#define GEN6                                                                       \
    COMMON, .pte_address_mask = 0xfffff000, .pte_high_mask = 0xff0, .ggc = 0x0211, \
            .msi_control = 0x92, SETS(gen6_capabilities, gen6_graphics)
#define HASWELL                                                                    \
    COMMON, .pte_address_mask = 0xfffff000, .pte_high_mask = 0x7f0, .ggc = 0x0211, \
            .msi_control = 0x92, SETS(gen6_capabilities, gen6_graphics)
#define GEN8                                                                      \
    COMMON, .pte_address_mask = 0x7ffffff000, .ggc = 0x02c1, .msi_control = 0x92, \
            SETS(gen6_capabilities, gen8_graphics)
#define CHERRYVIEW                                                                \
    COMMON, .pte_address_mask = 0x7ffffff000, .ggc = 0x0311, .msi_control = 0x92, \
            SETS(gen6_capabilities, gen8_graphics)
#define GEN9                                                                      \
    COMMON, .pte_address_mask = 0x7ffffff000, .ggc = 0x02c1, .msi_control = 0xae, \
            SETS(gen9_capabilities, gen8_graphics)
#define GEN11                                                                     \
    COMMON, .pte_address_mask = 0x7ffffff000, .ggc = 0x02c1, .msi_control = 0xae, \
            SETS(gen9_capabilities, gen11_graphics)
#define GEN12                                                                       \
    COMMON, .pte_address_mask = 0x3ffffffff000, .ggc = 0x02c1, .msi_control = 0xae, \
            SETS(gen12_capabilities, gen11_graphics)

/* clang-format off: one row a chip */
static const struct model_chip chips[] = {
    { "sandy-bridge", 0x0126, 0x09, GEN6,
      .traits = ON_SANDY_BRIDGE | PCH_COUGAR_POINT },
    { "ivy-bridge", 0x0166, 0x09, GEN6, .traits = ON_IVY_BRIDGE | PCH_COUGAR_POINT },
    { "bay-trail", 0x0f31, 0x0e, GEN6, .traits = ON_BAY_TRAIL },
    { "haswell", 0x0412, 0x06, HASWELL, .traits = ON_HASWELL | PCH_LYNX_POINT },
    { "broadwell", 0x1616, 0x09, GEN8, .traits = ON_BROADWELL | PCH_LYNX_POINT },
    { "cherryview", 0x22b1, 0x35, CHERRYVIEW, .traits = ON_CHERRYVIEW },
    { "skylake", 0x1912, 0x06, GEN9, .traits = ON_SKYLAKE | PCH_SUNRISE_POINT },
    { "apollo-lake", 0x5a85, 0x0b, GEN9, .traits = ON_APOLLO_LAKE },
    { "gemini-lake", 0x3185, 0x06, GEN9,
      .traits = ON_APOLLO_LAKE | WITH_COLOUR_CONTROL },
    { "kaby-lake", 0x5912, 0x04, GEN9, .traits = ON_SKYLAKE | PCH_SUNRISE_POINT },
    { "amber-lake", 0x591c, 0x02, GEN9, .traits = ON_SKYLAKE | PCH_SUNRISE_POINT },
    { "coffee-lake", 0x3e92, 0x00, GEN9, .traits = ON_SKYLAKE | PCH_CANNON_POINT },
    { "comet-lake", 0x9bc5, 0x05, GEN9, .traits = ON_SKYLAKE | PCH_CANNON_POINT },
    { "cannon-lake", 0x5a52, 0x00, GEN9,
      .traits = ON_CANNON_LAKE | PCH_CANNON_POINT | WITH_COLOUR_CONTROL },
    { "ice-lake", 0x8a52, 0x07, GEN11,
      .traits = ON_ICE_LAKE | PCH_ICE_LAKE | WITH_DBUF_2 },
    { "elkhart-lake", 0x4571, 0x01, GEN11,
      .traits = ON_ELKHART_LAKE | PCH_ICE_LAKE | WITH_DBUF_2 },
    { "jasper-lake", 0x4e61, 0x01, GEN11,
      .traits = ON_ELKHART_LAKE | PCH_TIGER_LAKE | WITH_DBUF_2 },
    { "tiger-lake", 0x9a49, 0x01, GEN12,
      .traits = ON_TIGER_LAKE | PCH_TIGER_LAKE | WITH_DBUF_2 },
    { "rocket-lake", 0x4c8a, 0x04, GEN12,
      .traits = ON_ROCKET_LAKE | PCH_TIGER_LAKE | WITH_DBUF_2 },
    { "alder-lake-s", 0x4680, 0x0c, GEN12,
      .traits = ON_ALDER_LAKE_S | PCH_ALDER_LAKE | WITH_DBUF_2 },
    { "alder-lake-p", 0x46a6, 0x0c, GEN12,
      .traits = ON_ALDER_LAKE_P | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "alder-lake-n", 0x46d1, 0x00, GEN12,
      .traits = ON_ALDER_LAKE_P | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "raptor-lake-s", 0xa780, 0x04, GEN12,
      .traits = ON_ALDER_LAKE_S | PCH_ALDER_LAKE | WITH_DBUF_2 },
    { "raptor-lake-p", 0xa7a0, 0x04, GEN12,
      .traits = ON_ALDER_LAKE_P | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "meteor-lake", 0x7d55, 0x08, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "arrow-lake", 0x7d67, 0x06, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "lunar-lake", 0x64a0, 0x04, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "panther-lake", 0xb0a0, 0x00, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "wildcat-lake", 0xfd80, 0x00, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "nova-lake-s", 0xd740, 0x00, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
    { "nova-lake-p", 0xd750, 0x00, GEN12,
      .traits = ON_METEOR_LAKE | PCH_ALDER_LAKE | WITH_DBUF_2 | WITH_DBUF_4 },
};
/* clang-format on */

const struct model_chip *model_chip_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(chips); i++) {
        if (strcmp(chips[i].name, name) == 0)
            return &chips[i];
    }
    return NULL;
}

const struct model_chip *model_chip_at(size_t index)
{
    return index < ARRAY_SIZE(chips) ? &chips[index] : NULL;
}
