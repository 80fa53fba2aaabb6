/*
 * fdi.c: the way from pipe A to a port of Sandy and Ivy Bridge: a panel on the
 * processor, or over FDI and the PCH's transcoder A to the PCH's DVI and DisplayPort.
 * (Intel graphics PRMs, Ivy Bridge, volume 3; Linux i915 display/intel_fdi.c,
 * intel_pch_display.c, g4x_dp.c, g4x_hdmi.c.)
 */
#include "gop.h"

#define LINK_CLOCK 270000u /* kHz, of a byte; FDI runs at 2.7 GHz */
#define BITS       24u     /* a pixel */
#define MOST_LANES 4u

#define SENDER         0x60100
#define RECEIVER       0xf000c
#define FDI_ENABLE     0x80000000u
#define LANES_SHIFT    19
#define SENDER_PLL     0x00044000u /* and enhanced frames */
#define SENDER_TRAINED 3u
#define RECEIVER_READY 0x00002310u /* PLL, its clock is taken; trained */

#define PLL_CHOICE     0xc7000
#define PLL_FIELD      0x0000000fu /* of transcoder A */
#define PLL_A          0x00000008u
#define PCH            0x80000 /* its transcoder's timings and ratios: pipe A's, so far on */
#define PIPE_TIMING    0x60000
#define TIMINGS        6
#define PCH_TRANSCODER 0xf0008
#define PCH_ENABLE     0x80000000u
#define PCH_LINK       0xe0300 /* which DisplayPort port has the transcoder */
#define PCH_NO_LINK    0x60000000u
#define PCH_PORT_SHIFT 29

#define DVI(ddi)          (0xe1140u + 0x10u * ((ddi)-1u))
#define DVI_TMDS          0x00000800u
#define PCH_DP(ddi)       (0xe4100u + 0x100u * ((ddi)-1u))
#define PANEL             0x64000
#define PANEL_PLL         0x00004000u
#define PANEL_SLOW        0x00010000u /* 1.62 GHz */
#define SLOW              162000u
#define PORT_ENABLE       0x80000000u
#define ENHANCED          0x00040000u /* frames; in PCH_LINK, too */
#define V_HIGH            0x00000010u
#define H_HIGH            0x00000008u
#define PATTERN_PIXELS    3u
#define PATTERN_SHIFT     8  /* of a link, and of the sender */
#define PATTERN_SHIFT_OLD 28 /* on Sandy Bridge's processor */

static bool is_panel(const struct gop *gop)
{
    return gop->port->ddi == 0;
}

static uint32_t port_register(const struct gop *gop)
{
    uint32_t ddi = gop->port->ddi;
    if (is_panel(gop))
        return PANEL;
    return gop->is_displayport ? PCH_DP(ddi) : DVI(ddi);
}

static unsigned processor_shift(const struct gop *gop)
{
    return gop->config->display == GOP_SANDY_BRIDGE ? PATTERN_SHIFT_OLD : PATTERN_SHIFT;
}

static uint32_t pulses(const struct gop_mode *mode)
{
    return (mode->vertical_high ? V_HIGH : 0) | (mode->horizontal_high ? H_HIGH : 0);
}

/* Lanes of 2.7 GHz for this clock, with 5 % to spare. */
static uint32_t fdi_lanes(uint32_t clock)
{
    uint32_t lane = LINK_CLOCK * 8;
    return (clock * BITS / 20 * 21 + lane - 1) / lane;
}

static void start_fdi(struct gop *gop, uint32_t clock)
{
    uint32_t lanes = fdi_lanes(clock), width = (lanes - 1) << LANES_SHIFT;
    link_fill(gop, 0, clock, LINK_CLOCK, lanes);
    register_write(gop, RECEIVER, FDI_ENABLE | RECEIVER_READY | width);
    register_write(gop, SENDER,
                   FDI_ENABLE | SENDER_PLL | SENDER_TRAINED << processor_shift(gop) |
                       width);
}

bool fdi_connect(struct gop *gop, const struct gop_mode *mode)
{
    if (gop->is_displayport && !link_choose(gop, mode))
        return false;
    if (is_panel(gop)) {
        panel_on(gop);
        link_fill(gop, 0, mode->clock, gop->link.clock, gop->link.lanes);
        return true;
    }
    if (fdi_lanes(mode->clock) > MOST_LANES)
        return false;
    if (!pll_start(gop, gop->is_displayport ? gop->link.clock : mode->clock))
        return false;
    start_fdi(gop, mode->clock);
    return true;
}

static void send_pattern(struct gop *gop, unsigned pattern)
{
    unsigned shift = is_panel(gop) ? processor_shift(gop) : PATTERN_SHIFT;
    uint32_t code = pattern ? pattern - 1 : PATTERN_PIXELS;
    uint32_t panel = PANEL_PLL | (gop->link.clock == SLOW ? PANEL_SLOW : 0);
    register_change(gop, port_register(gop), 3u << shift,
                    PORT_ENABLE | (gop->link.lanes - 1) << LANES_SHIFT | ENHANCED |
                        (is_panel(gop) ? panel : 0) | code << shift);
}

static void start_pch(struct gop *gop, const struct gop_mode *mode)
{
    register_change(gop, PLL_CHOICE, PLL_FIELD, PLL_A);
    for (uint32_t at = PIPE_TIMING; at < PIPE_TIMING + 4 * TIMINGS; at += 4)
        register_write(gop, PCH + at, register_read(gop, at));
    if (gop->is_displayport) {
        link_fill(gop, PCH, mode->clock, gop->link.clock, gop->link.lanes);
        register_write(gop, PCH_LINK,
                       PCH_ENABLE | (gop->port->ddi - 1u) << PCH_PORT_SHIFT | ENHANCED |
                           pulses(mode));
    }
    register_write(gop, PCH_TRANSCODER, PCH_ENABLE);
}

void fdi_enable(struct gop *gop, const struct gop_mode *mode)
{
    if (!is_panel(gop))
        start_pch(gop, mode);
    if (gop->is_displayport)
        link_train(gop, send_pattern);
    register_change(gop, port_register(gop), 0,
                    PORT_ENABLE | (gop->is_displayport ? 0 : DVI_TMDS) | pulses(mode));
}

void fdi_disable(struct gop *gop)
{
    register_change(gop, port_register(gop), PORT_ENABLE | V_HIGH | H_HIGH, 0);
    if (is_panel(gop))
        return;
    register_write(gop, PCH_TRANSCODER, 0);
    register_write(gop, PCH_LINK, PCH_NO_LINK);
    register_write(gop, SENDER, 0);
    register_write(gop, RECEIVER, 0);
    register_change(gop, PLL_CHOICE, PLL_FIELD, 0);
    pll_stop(gop);
}
