/*
 * port.c: the way from pipe A to a DDI as HDMI or DVI have it. (Intel graphics PRMs,
 * DDI_BUF_CTL, TRANS_DDI_FUNC_CTL, and which PLL a port takes: PORT_CLK_SEL,
 * DPLL_CTRL2, DPCLKA_CFGCR0; Linux i915 display/intel_ddi.c.)
 */
#include "gop.h"

#define LETTERS 5 /* of ports with HDMI */

/*
 * Where a port chooses its PLL: by letter the register, the lowest bit of the choice
 * and the bit that stops the clock.
 */
static const struct choice {
    uint32_t offset[LETTERS]; /* 0: nothing to choose */
    uint8_t shift[LETTERS], stop[LETTERS];
    uint8_t mask, chosen; /* not shifted */
} choices[GOP_DISPLAYS] = {
    [GOP_HASWELL] = { { 0x46100, 0x46104, 0x46108, 0x4610c },
                      { 29, 29, 29, 29 },
                      { 31, 31, 31, 31 }, /* all ones: none */
                      7,
                      4 }, /* WRPLL 1 */
    [GOP_SKYLAKE] = { { 0x6c05c, 0x6c05c, 0x6c05c, 0x6c05c },
                      { 0, 3, 6, 9 },
                      { 15, 16, 17, 18 },
                      7,
                      3 }, /* DPLL 1; and the choice counts */
    [GOP_CANNON_LAKE] = { { 0x6c200, 0x6c200, 0x6c200, 0x6c200 },
                          { 0, 2, 4, 6 },
                          { 10, 11, 12, 13 },
                          3,
                          0 },
    [GOP_ICE_LAKE] = { { 0x164280, 0x164280, 0x164280 },
                       { 0, 2, 4 },
                       { 10, 11, 24 },
                       3,
                       0 },
    [GOP_TIGER_LAKE] = { { 0x164280, 0x164280 }, { 0, 2 }, { 10, 11 }, 3, 0 },
    [GOP_ROCKET_LAKE] = { { 0x164280, 0x164280, 0x164280, 0x164280 },
                          { 0, 2, 4, 27 },
                          { 10, 11, 12, 13 },
                          3,
                          0 },
    [GOP_ALDER_LAKE_S] = { { 0x164280, 0x164280, 0x164280, 0x1642bc, 0x1642bc },
                           { 0, 2, 4, 0, 2 },
                           { 10, 11, 24, 4, 5 },
                           3,
                           0 },
};

#define FUNCTION          0x60400
#define FUNCTION_ENABLE   0x80000000u
#define FUNCTION_DVI      0x01000000u
#define FUNCTION_V_HIGH   0x00020000u
#define FUNCTION_H_HIGH   0x00010000u
#define PORT_SHIFT        28
#define PORT_SHIFT_GEN12  27      /* and 0 is none */
#define TRANSCODER_CLOCK  0x46140 /* the port again, counted from 1 */
#define CLOCK_SHIFT       29
#define CLOCK_SHIFT_GEN12 28

#define BUFFER(ddi)    (0x64000u + 0x100u * (ddi))
#define BUFFER_ENABLE  0x80000000u
#define BUFFER_4_LANES 0x00000006u

static bool is_gen12(const struct gop *gop)
{
    return gop->config->display >= GOP_TIGER_LAKE;
}

/* Have the port's clock come from the PLL, or stop. */
static void choose_clock(struct gop *gop, bool on)
{
    const struct choice *choice = &choices[gop->config->display];
    unsigned letter = gop->port->letter;
    uint32_t stop = 1u << choice->stop[letter];
    uint32_t mask = (uint32_t)choice->mask << choice->shift[letter];
    if (!choice->offset[letter])
        return;
    if (on)
        register_change(gop, choice->offset[letter], stop | mask,
                        (uint32_t)choice->chosen << choice->shift[letter]);
    else
        register_change(gop, choice->offset[letter], 0, stop);
}

static bool ddi_connect(struct gop *gop, const struct gop_mode *mode)
{
    uint32_t ddi = gop->port->ddi;
    if (!pll_start(gop, mode->clock))
        return false;
    choose_clock(gop, true);
    register_write(gop, TRANSCODER_CLOCK,
                   (ddi + 1) << (is_gen12(gop) ? CLOCK_SHIFT_GEN12 : CLOCK_SHIFT));
    register_write(
        gop, FUNCTION,
        FUNCTION_ENABLE | FUNCTION_DVI |
            (is_gen12(gop) ? (ddi + 1) << PORT_SHIFT_GEN12 : ddi << PORT_SHIFT) |
            (mode->vertical_high ? FUNCTION_V_HIGH : 0) |
            (mode->horizontal_high ? FUNCTION_H_HIGH : 0));
    return true;
}

static void ddi_disable(struct gop *gop)
{
    register_change(gop, BUFFER(gop->port->ddi), BUFFER_ENABLE, 0);
    register_write(gop, FUNCTION, 0);
    register_write(gop, TRANSCODER_CLOCK, 0);
    choose_clock(gop, false);
    pll_stop(gop);
}

static bool is_behind_fdi(const struct gop *gop)
{
    return gop->config->display == GOP_SANDY_BRIDGE;
}

void port_connect(struct gop *gop, const struct gop_mode *mode)
{
    if (gop->port)
        gop->connected =
            is_behind_fdi(gop) ? fdi_connect(gop, mode) : ddi_connect(gop, mode);
}

void port_enable(struct gop *gop, const struct gop_mode *mode)
{
    if (!gop->connected)
        return;
    if (is_behind_fdi(gop))
        fdi_enable(gop, mode);
    else
        register_change(gop, BUFFER(gop->port->ddi), 0, BUFFER_ENABLE | BUFFER_4_LANES);
}

void port_disable(struct gop *gop)
{
    if (!gop->connected)
        return;
    if (is_behind_fdi(gop))
        fdi_disable(gop);
    else
        ddi_disable(gop);
    gop->connected = false;
}
