/*
 * port.c: the way from pipe A to a DDI, as DVI or DisplayPort have it. (Intel graphics
 * PRMs, DDI_BUF_CTL, TRANS_DDI_FUNC_CTL, and which PLL a port takes: PORT_CLK_SEL,
 * DPLL_CTRL2, DPCLKA_CFGCR0; Linux i915 display/intel_ddi.c.)
 */
#include "gop.h"

#define LETTERS 5 /* of ports */

/* Where a port chooses its PLL, by letter. */
static const struct choice {
    uint32_t offset[LETTERS]; /* 0: nothing to choose */
    uint8_t shift[LETTERS];   /* of the choice */
    uint32_t stop[LETTERS];   /* bits that stop the clock */
    uint8_t mask, chosen;     /* not shifted */
} choices[GOP_DISPLAYS] = {
    [GOP_HASWELL] = { { 0x46100, 0x46104, 0x46108, 0x4610c },
                      { 29, 29, 29, 29 },
                      { 7u << 29, 7u << 29, 7u << 29, 7u << 29 }, /* none chosen */
                      7,
                      4 }, /* WRPLL 1 */
    [GOP_SKYLAKE] = { { 0x6c05c, 0x6c05c, 0x6c05c, 0x6c05c },
                      { 0, 3, 6, 9 },
                      { 1 << 15, 1 << 16, 1 << 17, 1 << 18 },
                      7,
                      3 }, /* DPLL 1; and the choice counts */
    [GOP_CANNON_LAKE] = { { 0x6c200, 0x6c200, 0x6c200, 0x6c200 },
                          { 0, 2, 4, 6 },
                          { 1 << 10, 1 << 11, 1 << 12, 1 << 13 },
                          3,
                          0 },
    [GOP_ICE_LAKE] = { { 0x164280, 0x164280, 0x164280 },
                       { 0, 2, 4 },
                       { 1 << 10, 1 << 11, 1 << 24 },
                       3,
                       0 },
    [GOP_TIGER_LAKE] = { { 0x164280, 0x164280 }, { 0, 2 }, { 1 << 10, 1 << 11 }, 3, 0 },
    [GOP_ROCKET_LAKE] = { { 0x164280, 0x164280, 0x164280, 0x164280 },
                          { 0, 2, 4, 27 },
                          { 1 << 10, 1 << 11, 1 << 12, 1 << 13 },
                          3,
                          0 },
    [GOP_ALDER_LAKE_S] = { { 0x164280, 0x164280, 0x164280, 0x1642bc, 0x1642bc },
                           { 0, 2, 4, 0, 2 },
                           { 1 << 10, 1 << 11, 1 << 24, 1 << 4, 1 << 5 },
                           3,
                           0 },
};

#define FUNCTION          0x60400
#define FUNCTION_ENABLE   0x80000000u
#define FUNCTION_DVI      0x01000000u
#define FUNCTION_LINK     0x02000000u
#define FUNCTION_V_HIGH   0x00020000u
#define FUNCTION_H_HIGH   0x00010000u
#define PORT_SHIFT        28
#define PORT_SHIFT_GEN12  27 /* and 0 is none */
#define DVI_LANES         4
#define TRANSCODER_CLOCK  0x46140 /* the port again, counted from 1 */
#define CLOCK_SHIFT       29
#define CLOCK_SHIFT_GEN12 28

#define BUFFER(ddi)   (0x64000u + 0x100u * (ddi))
#define BUFFER_ENABLE 0x80000000u
#define BUFFER_LANES  0x0000000eu
#define LANES_SHIFT   1 /* in FUNCTION, too; less one */

#define TRANSPORT(ddi)  (0x64040u + 0x100u * (ddi)) /* DP_TP_CTL */
#define TRANSPORT_GEN12 0x60540                     /* of transcoder A */
#define TRANSPORT_ON    0x80040000u                 /* and enhanced frames */
#define PATTERN_SHIFT   8
#define PIXELS          0x300u

static bool is_gen12(const struct gop *gop)
{
    return gop->config->display >= GOP_TIGER_LAKE;
}

/* Have the port's clock come from the PLL, or stop. */
static void choose_clock(struct gop *gop, bool on)
{
    const struct choice *choice = &choices[gop->config->display];
    bool fixed = gop->is_displayport && gop->config->display == GOP_HASWELL;
    uint32_t chosen = fixed ? gop->link.choice : choice->chosen;
    unsigned letter = gop->port->letter;
    uint32_t stop = choice->stop[letter];
    uint32_t mask = (uint32_t)choice->mask << choice->shift[letter];
    if (!choice->offset[letter])
        return;
    if (on)
        register_change(gop, choice->offset[letter], stop | mask,
                        chosen << choice->shift[letter]);
    else
        register_change(gop, choice->offset[letter], 0, stop);
}

static uint32_t transport(const struct gop *gop)
{
    return is_gen12(gop) ? TRANSPORT_GEN12 : TRANSPORT(gop->port->ddi);
}

static void send_pattern(struct gop *gop, unsigned pattern)
{
    register_write(gop, transport(gop),
                   TRANSPORT_ON | (pattern ? (pattern - 1) << PATTERN_SHIFT : PIXELS));
}

static void enable_buffer(struct gop *gop)
{
    uint32_t lanes = gop->is_displayport ? gop->link.lanes : DVI_LANES;
    register_change(gop, BUFFER(gop->port->ddi), BUFFER_LANES,
                    BUFFER_ENABLE | (lanes - 1) << LANES_SHIFT);
}

static bool ddi_connect(struct gop *gop, const struct gop_mode *mode)
{
    uint32_t ddi = gop->port->ddi, kind = FUNCTION_DVI, clock = mode->clock;
    uint32_t transcoder = transcoder_offset(gop);
    if (gop->is_displayport) {
        if (!link_choose(gop, mode))
            return false;
        kind = FUNCTION_LINK | (gop->link.lanes - 1) << LANES_SHIFT;
        clock = gop->link.clock;
    }
    if (!pll_start(gop, clock))
        return false;
    choose_clock(gop, true);
    if (gop->is_displayport) {
        if (ddi == 0)
            panel_on(gop);
        enable_buffer(gop);
        link_train(gop, send_pattern);
        link_fill(gop, transcoder, mode->clock, gop->link.clock, gop->link.lanes);
    }
    if (!transcoder) /* the panel's has its port's */
        register_write(gop, TRANSCODER_CLOCK,
                       (ddi + 1) << (is_gen12(gop) ? CLOCK_SHIFT_GEN12 : CLOCK_SHIFT));
    register_write(
        gop, FUNCTION + transcoder,
        FUNCTION_ENABLE | kind |
            (is_gen12(gop) ? (ddi + 1) << PORT_SHIFT_GEN12 : ddi << PORT_SHIFT) |
            (mode->vertical_high ? FUNCTION_V_HIGH : 0) |
            (mode->horizontal_high ? FUNCTION_H_HIGH : 0));
    return true;
}

static void ddi_disable(struct gop *gop)
{
    register_change(gop, BUFFER(gop->port->ddi), BUFFER_ENABLE, 0);
    if (gop->is_displayport)
        register_write(gop, transport(gop), 0);
    register_write(gop, FUNCTION + transcoder_offset(gop), 0);
    register_write(gop, TRANSCODER_CLOCK, 0);
    choose_clock(gop, false);
    pll_stop(gop);
}

static bool is_behind_fdi(const struct gop *gop)
{
    return gop->config->display <= GOP_IVY_BRIDGE;
}

void port_connect(struct gop *gop, const struct gop_mode *mode)
{
    if (!gop->port)
        return;
    if (is_behind_fdi(gop))
        gop->connected = fdi_connect(gop, mode);
    else
        gop->connected = ddi_connect(gop, mode);
}

void port_enable(struct gop *gop, const struct gop_mode *mode)
{
    if (!gop->connected)
        return;
    if (is_behind_fdi(gop))
        fdi_enable(gop, mode);
    else if (!gop->is_displayport)
        enable_buffer(gop);
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
