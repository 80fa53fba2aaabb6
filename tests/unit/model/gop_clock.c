/*
 * gop_clock.c: the clock of a port, as Linux i915 reads it (display/intel_ddi.c and
 * intel_dpll_mgr.c: the functions called get_pll and get_freq; intel_dpll.c).
 */
#include "gop_clock.h"

#include "base/bytes.h"      /* ARRAY_SIZE */
#include "model/chips.h"     /* which chip */
#include "model/model.h"     /* registers */
#include "model/ports.h"     /* which port */
#include "model/registers.h" /* register_load */
#include "model/state.h"     /* struct model */
#include "model/traits.h"    /* kinds of chips */

#define ON 0x80000000u

static uint32_t get(struct model *model, uint32_t offset)
{
    return register_load(model, offset);
}

static uint32_t bits(uint32_t value, unsigned high, unsigned low)
{
    return value >> low & ((1u << (high - low + 1)) - 1);
}

static uint32_t pch_clock(struct model *model, const struct model_port *port)
{
    if (port->ddi == 0 && get(model, 0x64000) & ON) /* a panel on the processor */
        return get(model, 0x64000) & 1u << 16 ? 162000 : 270000;
    uint32_t pll = get(model, 0xc6014), numbers = get(model, 0xc6040);
    if (!(pll & ON) || !(get(model, 0xc7000) & 8) || get(model, 0xc7000) & 1)
        return 0;
    uint32_t m = 5 * (bits(numbers, 13, 8) + 2) + bits(numbers, 5, 0) + 2;
    uint32_t p1 = (uint32_t)__builtin_ffs((int)bits(pll, 23, 16));
    uint32_t p2 = pll & 1u << 24 ? 5 : 10;
    return p1 ? 120000 * m / (bits(numbers, 21, 16) + 2) / p1 / p2 : 0;
}

/* Of a link; the codes of Haswell and Skylake are the same. */
static const uint32_t link_clocks[] = { 540000, 270000, 162000 };

static uint32_t haswell_clock(struct model *model, const struct model_port *port)
{
    uint32_t pll = get(model, 0x46040);
    uint32_t choice = bits(get(model, 0x46100 + 4u * port->ddi), 31, 29);
    if (choice < ARRAY_SIZE(link_clocks))
        return link_clocks[choice];
    uint32_t r = bits(pll, 7, 0), p = bits(pll, 13, 8), n = bits(pll, 23, 16);
    if (choice != 4 || !(pll & ON) || bits(pll, 29, 28) != 3 || !p || !r)
        return 0;
    return 2700000 * n / 10 / (p * r) * 2;
}

static uint32_t skylake_clock(struct model *model, const struct model_port *port)
{
    static const uint32_t ps[] = { 1, 2, 3, 0, 7, 0, 0, 0 }, ks[] = { 5, 2, 3, 1 };
    uint32_t choice = get(model, 0x6c05c), first = get(model, 0x6c040),
             second = get(model, 0x6c044);
    if (bits(choice, 3u * port->ddi + 2, 3u * port->ddi) != 3 ||
        choice & 1u << (15 + port->ddi) || !(get(model, 0x6c060) & 1u << 8))
        return 0;
    uint32_t kind = bits(get(model, 0x6c058), 11, 6);
    if (kind != 0x21)
        return kind & 1 && kind >> 1 < ARRAY_SIZE(link_clocks) ? link_clocks[kind >> 1]
                                                               : 0;
    uint32_t vco = bits(first, 8, 0) * 24000 + bits(first, 23, 9) * 24000 / 0x8000;
    uint32_t by = ps[bits(second, 4, 2)] * ks[bits(second, 6, 5)] *
                  (second & 1u << 7 ? bits(second, 15, 8) : 1);
    return by ? vco / (by * 5) : 0;
}

static uint32_t broxton_clock(struct model *model, const struct model_port *port)
{
    static const uint32_t dividers[] = { 0x162034, 0x6c034, 0x6c340 };
    static const uint32_t numbers[] = { 0x162100, 0x6c100, 0x6c380 };
    uint32_t by = get(model, dividers[port->ddi]), at = numbers[port->ddi];
    uint64_t m = (uint64_t)(get(model, at) & 0xff) << 22;
    if (get(model, at + 12) & 1u << 16)
        m |= get(model, at + 8) & 0x3fffff;
    by = bits(by, 15, 13) * bits(by, 12, 8) * 5;
    if (!(get(model, 0x46074 + 4u * port->ddi) & ON) || !by ||
        bits(get(model, at + 4), 11, 8) != 1)
        return 0;
    return (uint32_t)((100000 * 2 * m >> 22) / by);
}

/* Cannon Lake on. */
static uint32_t combination_clock(struct model *model, const struct model_port *port)
{
    uint64_t traits = model->chip->traits;
    static const uint32_t ps[] = { 0, 2, 3, 0, 5, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0 };
    static const uint32_t ks[] = { 0, 1, 2, 0, 3, 0, 0, 0 };
    static const unsigned stops[] = { 10, 11, 24, 4, 5 };
    static const unsigned rocket_lake[] = { 0, 2, 4, 27 };
    unsigned letter = (unsigned)(port->letter - 'a');
    bool straight = traits & (ON_CANNON_LAKE | ON_ROCKET_LAKE);
    uint32_t at = traits & ON_CANNON_LAKE ? 0x6c200u : 0x164280u;
    if (traits & ON_ALDER_LAKE_S && letter >= 3)
        at = 0x1642bc;
    unsigned shift = traits & ON_ROCKET_LAKE ? rocket_lake[letter] : 2 * (letter % 3);
    if (traits & ON_CANNON_LAKE)
        shift = 2 * letter;
    uint32_t choice = get(model, at);
    if (choice & 1u << (straight ? 10 + letter : stops[letter]) ||
        bits(choice, shift + 1, shift) != 0 || !(get(model, 0x46010) & ON))
        return 0;
    at = traits & ON_CANNON_LAKE ? 0x6c000 : traits & ON_GEN11 ? 0x164000 : 0x164284;
    uint32_t first = get(model, at), second = get(model, at + 4);
    uint32_t vco = bits(first, 9, 0) * 24000 + bits(first, 24, 10) * 24000 / 0x8000;
    uint32_t by = ps[bits(second, 5, 2)] * ks[bits(second, 8, 6)] *
                  (second & 1u << 9 ? bits(second, 17, 10) : 1);
    return by ? vco / (by * 5) : 0;
}

uint32_t gop_clock(struct model *model, const struct model_port *port)
{
    uint64_t traits = model->chip->traits;
    if (traits & ON_FDI)
        return pch_clock(model, port);
    if (traits & (ON_HASWELL | ON_BROADWELL))
        return haswell_clock(model, port);
    if (traits & ON_SKYLAKE)
        return skylake_clock(model, port);
    if (traits & ON_APOLLO_LAKE)
        return broxton_clock(model, port);
    return combination_clock(model, port);
}
