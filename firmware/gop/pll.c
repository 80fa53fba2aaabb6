/*
 * pll.c: the PLL of the port: dividers for a clock, and where they are written. (Intel
 * graphics PRMs, display clocks; Linux i915 display/intel_dpll_mgr.c, intel_dpll.c.)
 */
#include "gop.h"

#define ENABLE        0x80000000u
#define POWER_REQUEST 0x08000000u /* Gen10 on */
#define SYMBOL        5u /* of a symbol of ten bits the clock makes two at a time */

/* Where it is: the switch, and the first of its numbers. */
static const struct place {
    uint32_t enable, numbers;
} places[GOP_DISPLAYS] = {
    [GOP_SANDY_BRIDGE] = { 0xc6014, 0xc6040 }, /* PCH_DPLL_A, PCH_FP0_A */
    [GOP_IVY_BRIDGE] = { 0xc6014, 0xc6040 },
    [GOP_HASWELL] = { 0x46040, 0x46040 }, /* WRPLL_CTL1 */
    [GOP_SKYLAKE] = { 0x46014, 0x6c040 }, /* LCPLL2_CTL, DPLL1_CFGCR1 */
    [GOP_BROXTON] = { 0x46074, 0 },       /* PORT_PLL_ENABLE; ports have their own */
    [GOP_CANNON_LAKE] = { 0x46010, 0x6c000 }, /* DPLL0_ENABLE, DPLL0_CFGCR0 */
    [GOP_ICE_LAKE] = { 0x46010, 0x164000 },
    [GOP_TIGER_LAKE] = { 0x46010, 0x164284 },
    [GOP_ROCKET_LAKE] = { 0x46010, 0x164284 },
    [GOP_ALDER_LAKE_S] = { 0x46010, 0x164284 },
};

/* Sandy and Ivy Bridge: 120 MHz * (5 (m1 + 2) + m2 + 2) / (n + 2) / p1 / p2. */
#define PCH_REFERENCE 120000u
#define PCH_SLOWEST   1760000u
#define PCH_FASTEST   3510000u
#define PCH_FAST      225000u     /* from this clock on p2 is 5, else 10 */
#define PCH_MODE      0x44000000u /* for serial ports, at a high speed */
#define PCH_P2_5      0x01000000u
#define PCH_NUMBERS_1 4u /* a second set for a panel's slow clock; the same here */

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static bool start_pch(struct gop *gop, const struct place *place, uint32_t clock)
{
    uint32_t p2 = clock >= PCH_FAST ? 5 : 10, p1 = 8, best = UINT32_MAX, numbers = 0;
    while (p1 > 1 && clock * p1 * p2 > PCH_FASTEST)
        p1--;
    uint32_t wanted = clock * p1 * p2;
    for (uint32_t n = 1; n <= 5; n++) {
        for (uint32_t m1 = 12; m1 <= 22; m1++) {
            for (uint32_t m2 = 5; m2 <= 9; m2++) {
                uint32_t vco = PCH_REFERENCE * (5 * (m1 + 2) + m2 + 2) / (n + 2);
                if (vco < PCH_SLOWEST || vco > PCH_FASTEST ||
                    distance(vco, wanted) >= best)
                    continue;
                best = distance(vco, wanted);
                numbers = n << 16 | m1 << 8 | m2;
            }
        }
    }
    uint32_t post = 1u << (p1 - 1);
    register_write(gop, place->numbers, numbers);
    register_write(gop, place->numbers + PCH_NUMBERS_1, numbers);
    register_write(gop, place->enable,
                   ENABLE | PCH_MODE | (p2 == 5 ? PCH_P2_5 : 0) | post << 16 | post);
    return true;
}

/* Haswell, Broadwell: 2.7 GHz * n / r / p / 5. */
#define LC_PLL            2700000u
#define LC_SLOWEST        2400000u
#define LC_REFERENCE      0x30000000u
#define LC_POST_SHIFT     8
#define LC_FEEDBACK_SHIFT 16

static bool start_haswell(struct gop *gop, const struct place *place, uint32_t clock)
{
    if (gop->is_displayport) /* has the 2.7 GHz, or a part of them */
        return true;
    uint32_t p = 2, best_n = 1, best_r = 1, best = UINT32_MAX;
    while (p < 62 && SYMBOL * clock * p < LC_SLOWEST)
        p += 2;
    uint32_t wanted = SYMBOL * clock * p;
    for (uint32_t r = 14; r <= 112; r++) {
        uint32_t n = (uint32_t)(((uint64_t)wanted * r + LC_PLL / 2) / LC_PLL);
        uint32_t off = distance((uint32_t)((uint64_t)LC_PLL * n / r), wanted);
        if (off < best) {
            best = off;
            best_n = n;
            best_r = r;
        }
    }
    register_write(gop, place->numbers,
                   ENABLE | LC_REFERENCE | best_n << LC_FEEDBACK_SHIFT |
                       p << LC_POST_SHIFT | best_r);
    return true;
}

/* Apollo and Gemini Lake: 100 MHz * 2 m2 / p1 / p2 / 5, m2 with a fraction of 22 bits.
 */
#define PORT_STEP     200000u
#define PORT_FASTEST  6700000u
#define PORT_POWER    0x04000000u /* Gemini Lake */
#define PORT_PLL_N    0x100u      /* 1 */
#define PORT_FRACTION 0x10000u    /* there is one */
#define PORT_10_BITS  0x2000u

/* Dividers (EBB_0), and the numbers, for ports A, B, C. */
static const struct {
    uint32_t dividers, numbers;
} port_plls[] = { { 0x162034, 0x162100 }, { 0x6c034, 0x6c100 }, { 0x6c340, 0x6c380 } };

static bool start_broxton(struct gop *gop, const struct place *place, uint32_t clock)
{
    unsigned port = gop->port->letter;
    if (port >= sizeof(port_plls) / sizeof(port_plls[0]))
        return false;
    uint64_t vco = 0;
    uint32_t dividers = 0;
    for (uint32_t p1 = 2; p1 <= 4; p1++) {
        for (uint32_t p2 = 1; p2 <= 20; p2 += p2 < 10 ? 1 : 2) {
            uint64_t next = (uint64_t)SYMBOL * clock * p1 * p2;
            if (next > PORT_FASTEST || next <= vco)
                continue;
            vco = next;
            dividers = p1 << 13 | p2 << 8;
        }
    }
    if (!vco)
        return false;
    uint32_t fraction = (uint32_t)((vco % PORT_STEP << 22) / PORT_STEP);
    uint32_t at = port_plls[port].numbers;
    register_write(gop, port_plls[port].dividers, dividers);
    register_write(gop, port_plls[port].dividers + 4, PORT_10_BITS);
    register_write(gop, at, (uint32_t)(vco / PORT_STEP));
    register_write(gop, at + 4, PORT_PLL_N);
    register_write(gop, at + 8, fraction);
    register_write(gop, at + 12, fraction ? PORT_FRACTION : 0);
    register_write(gop, place->enable + 4 * port, ENABLE | PORT_POWER);
    return true;
}

/*
 * Skylake, and Cannon Lake on: an oscillator at a multiple, with a fraction of 15 bits,
 * of 24 MHz, divided by p, q and k, then by 5. q is for a k of 2 only.
 */
#define REFERENCE     24000u
#define FRACTION_BITS 15
#define MOST          102u /* p * q * k */

struct divider {
    uint8_t by, code;
};

static const struct oscillator {
    uint32_t slowest, fastest; /* kHz */
    struct divider p[4], k[4];
} skylake = { 7896000,
              9696000,
              { { 2, 1 }, { 3, 2 }, { 7, 4 }, { 7, 4 } },
              { { 1, 3 }, { 2, 1 }, { 3, 2 }, { 5, 0 } } },
  combination = { 7998000,
                  10000000,
                  { { 2, 1 }, { 3, 2 }, { 5, 4 }, { 7, 8 } },
                  { { 1, 1 }, { 2, 2 }, { 3, 4 }, { 3, 4 } } };

struct numbers {
    uint32_t vco, whole, fraction; /* kHz; of 24 MHz */
    uint32_t p, q, k;              /* codes, but for q */
};

/* Can these be divided so? */
static bool split(const struct oscillator *type, uint32_t total,
                  struct numbers *numbers)
{
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            uint32_t q = total / (type->p[i].by * type->k[j].by);
            if (q * type->p[i].by * type->k[j].by != total ||
                (q != 1 && type->k[j].by != 2))
                continue;
            numbers->p = type->p[i].code;
            numbers->k = type->k[j].code;
            numbers->q = q;
            return true;
        }
    }
    return false;
}

/* The slowest that is possible; all zero: this clock is not. */
static struct numbers find(const struct oscillator *type, uint32_t clock)
{
    struct numbers numbers = { 0 };
    for (uint32_t total = 2; total <= MOST; total++) {
        uint32_t vco = SYMBOL * clock * total;
        if (vco < type->slowest || vco > type->fastest || !split(type, total, &numbers))
            continue;
        numbers.vco = vco;
        numbers.whole = vco / REFERENCE;
        numbers.fraction = (vco % REFERENCE << FRACTION_BITS) / REFERENCE;
        break;
    }
    return numbers;
}

#define SKYLAKE_CONTROL    0x6c058 /* DPLL_CTRL1: six bits a PLL */
#define SKYLAKE_FIELD      0xfc0u  /* of DPLL1 */
#define SKYLAKE_HDMI       0x840u  /* in it: as CFGCR say */
#define SKYLAKE_LINK       0x040u  /* or at the rate of a link */
#define SKYLAKE_RATE_SHIFT 7
#define SKYLAKE_PROGRAMMED 0x80000000u

static bool start_skylake(struct gop *gop, const struct place *place, uint32_t clock)
{
    if (gop->is_displayport) {
        register_change(gop, SKYLAKE_CONTROL, SKYLAKE_FIELD,
                        SKYLAKE_LINK | (uint32_t)gop->link.choice
                                           << SKYLAKE_RATE_SHIFT);
        register_write(gop, place->enable, ENABLE);
        return true;
    }
    struct numbers numbers = find(&skylake, clock);
    if (!numbers.vco)
        return false;
    /* Which of 9.6, 9.0 and 8.4 GHz is near: from 6 % below to 1 % above. */
    uint32_t centre = numbers.vco > 9090000 ? 0 : numbers.vco > 8484000 ? 1 : 3;
    register_change(gop, SKYLAKE_CONTROL, SKYLAKE_FIELD, SKYLAKE_HDMI);
    register_write(gop, place->numbers,
                   SKYLAKE_PROGRAMMED | numbers.fraction << 9 | numbers.whole);
    register_write(gop, place->numbers + 4,
                   numbers.q << 8 | (numbers.q > 1 ? 1u << 7 : 0) | numbers.k << 5 |
                       numbers.p << 2 | centre);
    register_write(gop, place->enable, ENABLE);
    return true;
}

#define CANNON_LAKE_HDMI 0x40000000u
#define CENTRE_8400      3u /* before Gen12, where it means another reference */

static bool start_combination(struct gop *gop, const struct place *place,
                              uint32_t clock)
{
    struct numbers numbers = find(&combination, clock);
    enum gop_display display = gop->config->display;
    if (!numbers.vco)
        return false;
    register_write(gop, place->enable, POWER_REQUEST);
    bool hdmi = display == GOP_CANNON_LAKE && !gop->is_displayport;
    register_write(gop, place->numbers,
                   (hdmi ? CANNON_LAKE_HDMI : 0) | numbers.fraction << 10 |
                       numbers.whole);
    register_write(gop, place->numbers + 4,
                   numbers.q << 10 | (numbers.q > 1 ? 1u << 9 : 0) | numbers.k << 6 |
                       numbers.p << 2 | (display < GOP_TIGER_LAKE ? CENTRE_8400 : 0));
    register_write(gop, place->enable, POWER_REQUEST | ENABLE);
    return true;
}

bool pll_start(struct gop *gop, uint32_t clock)
{
    const struct place *place = &places[gop->config->display];
    switch ((enum gop_display)gop->config->display) {
    case GOP_SANDY_BRIDGE:
    case GOP_IVY_BRIDGE:
        return start_pch(gop, place, clock);
    case GOP_HASWELL:
        return start_haswell(gop, place, clock);
    case GOP_SKYLAKE:
        return start_skylake(gop, place, clock);
    case GOP_BROXTON:
        return start_broxton(gop, place, clock);
    default:
        return start_combination(gop, place, clock);
    }
}

void pll_stop(struct gop *gop)
{
    bool own = gop->config->display == GOP_BROXTON;
    register_write(
        gop, places[gop->config->display].enable + (own ? 4u * gop->port->letter : 0),
        0);
}
