/* clocks.c: PLLs and the core display clock: what asks for a lock gets it. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "model/state.h"  /* struct model */
#include "model/traits.h" /* which chips */

#define PLL_ENABLE  0x80000000u
#define PLL_LOCK    0x40000000u
#define PLL_POWERED 0x04000000u /* bit 27 asks */
#define LCPLL       0x130040
#define FCLK_DONE   0x00080000u /* bit 21 asks for FCLK as the clock's source */
#define SBI_ADDRESS 0xc6000
#define SBI_DATA    0xc6004
#define SBI_CONTROL 0xc6008
#define SBI_BUSY    0x00000001u
#define SBI_FAILED  0x00000006u
#define SBI_WRITE   0x00000100u
#define SBI_CLOCKS  0x00010000u /* one of two destinations */

/* Skylake's four PLLs lock in one register. */
static uint32_t read_dpll_status(struct model *model,
                                 const struct register_access *access)
{
    static const uint32_t enables[] = { 0x46010, 0x46014, 0x46040, 0x46060 };
    uint32_t status = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(enables); i++) {
        if (register_get(model, enables[i]) & PLL_ENABLE)
            status |= 1u << (8 * i);
    }
    return status;
}

/* Haswell and Broadwell: bit 31 switches off. */
static void lcpll_written(struct model *model, const struct register_access *access)
{
    register_set_bits(model, LCPLL, PLL_LOCK, !(access->stored & PLL_ENABLE));
}

/*
 * The sideband to the PCH's clocks: addresses of 16 bits in two spaces, memory behind
 * each, done at once. (Linux i915 intel_sbi.c, i915_reg.h.)
 */
static void sbi_written(struct model *model, const struct register_access *access)
{
    if (!(access->written & SBI_BUSY))
        return;
    unsigned at = register_get(model, SBI_ADDRESS) >> 18;
    uint32_t *place = &model->sideband[access->written & SBI_CLOCKS ? 1 : 0][at];
    if (access->written & SBI_WRITE)
        *place = register_get(model, SBI_DATA);
    else
        register_set(model, SBI_DATA, *place);
    register_set_bits(model, SBI_CONTROL, SBI_BUSY | SBI_FAILED, false);
}

static void reset(struct model *model)
{
    memset(model->sideband, 0, sizeof(model->sideband));
}

#define LOCK(text, at, number, chips)                                   \
    {                                                                   \
        .name = (text), .offset = (at), .count = (number),              \
        .follow = PLL_LOCK | PLL_POWERED, .follow_by = 1, .on = (chips) \
    }

/* Linux i915 i915_reg.h, display/intel_dpll_mgr.c, intel_cdclk.c; Intel PRMs. */

static const struct register_rule rules[] = {
    { .name = "LCPLL_CTL",
      .offset = LCPLL,
      .reset = PLL_LOCK,
      .fixed = PLL_LOCK,
      .follow = FCLK_DONE,
      .follow_by = 2,
      .written = lcpll_written,
      .on = ON_HASWELL | ON_BROADWELL },
    { .name = "LCPLL1_CTL",
      .offset = 0x46010,
      .follow = PLL_LOCK,
      .follow_by = 1,
      .on = ON_SKYLAKE },
    { .name = "DPLL_STATUS",
      .offset = 0x6c060,
      .fixed = REGISTER_READ_ONLY,
      .read = read_dpll_status,
      .on = ON_SKYLAKE },
    { .name = "SBI_CTL_STAT",
      .offset = SBI_CONTROL,
      .written = sbi_written,
      .on = PCH_COUGAR_POINT | PCH_LYNX_POINT },
    /* At reset no port has a clock: gated, or none chosen. */
    { .name = "DPLL_CTRL2", .offset = 0x6c05c, .reset = 0x000f8000, .on = ON_SKYLAKE },
    { .name = "PORT_CLK_SEL",
      .offset = 0x46100,
      .count = 5,
      .reset = 0xe0000000,
      .on = ON_HASWELL | ON_BROADWELL },
    { .name = "DPCLKA_CFGCR0",
      .offset = 0x164280,
      .reset = 0x0160fc30,
      .on = ON_GEN11_UP },
    { .name = "DPCLKA_CFGCR1",
      .offset = 0x1642bc,
      .reset = 0x0160fc30,
      .on = ON_ALDER_LAKE_S },
    /* The core display clock's PLL; bit 23 asks for a change, bit 22 acknowledges. */
    { .name = "DE_PLL_ENABLE",
      .offset = 0x46070,
      .follow = PLL_LOCK | 0x00400000u,
      .follow_by = 1,
      .on = ON_APOLLO_LAKE | ON_CANNON_LAKE | ON_GEN11_UP },
    LOCK("DPLL_ENABLE", 0x46010, 2, ON_CANNON_LAKE | ON_GEN11_UP),
    LOCK("DPLL2_ENABLE", 0x46018, 1, ON_GEN11_UP),
    LOCK("TBT_PLL_ENABLE", 0x46020, 1, ON_GEN11_UP),
    /* Type-C PHYs' PLLs, and Alder Lake S's DPLL3 at 46030. */
    LOCK("MG_PLL_ENABLE", 0x46030, 6, ON_GEN11_UP),
};
const struct register_table clock_registers = {
    .name = "clocks",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
