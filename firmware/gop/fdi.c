/*
 * fdi.c: the way from pipe A to an HDMI or DVI port of Sandy and Ivy Bridge: over FDI
 * to the PCH's transcoder A. (Intel graphics PRMs, Ivy Bridge, volume 3; Linux i915
 * display/intel_fdi.c, intel_pch_display.c.)
 */
#include "gop.h"

#define LINK_CLOCK 270000u /* kHz, of a byte; FDI runs at 2.7 GHz */
#define BITS       24u     /* a pixel */
#define UNIT_64    (63u << 25)

#define DATA_M         0x60030 /* then N, and a second set; then those of the link */
#define LINK_M         0x60040
#define SENDER         0x60100
#define RECEIVER       0xf000c
#define FDI_ENABLE     0x80000000u
#define LANES_SHIFT    19
#define SENDER_READY   0x30044300u /* enhanced frames, PLL; trained, for either chip */
#define RECEIVER_READY 0x00002310u /* PLL, its clock is taken; trained */
#define PLL_CHOICE     0xc7000
#define PLL_FIELD      0x0000000fu /* of transcoder A */
#define PLL_A          0x00000008u
#define PCH_TIMING     0xe0000 /* as the pipe's, which are at 60000 */
#define PIPE_TIMING    0x60000
#define TIMINGS        6
#define PCH_TRANSCODER 0xf0008
#define PCH_ENABLE     0x80000000u
#define PORT(ddi)      (0xe1140u + 0x10u * ((ddi)-1u))
#define PORT_ENABLE    0x80000000u
#define PORT_TMDS      0x00000800u
#define PORT_V_HIGH    0x00000010u
#define PORT_H_HIGH    0x00000008u

/* Lanes of 2.7 GHz for this clock, with 5 % to spare. */
static uint32_t lanes(uint32_t clock)
{
    uint32_t lane = LINK_CLOCK * 8;
    return (clock * BITS / 20 * 21 + lane - 1) / lane;
}

bool fdi_connect(struct gop *gop, const struct gop_mode *mode)
{
    uint32_t count = lanes(mode->clock), width = (count - 1) << LANES_SHIFT;
    if (!pll_start(gop, mode->clock))
        return false;
    /* Ratios of 24 bits. */
    register_write(gop, DATA_M, UNIT_64 | mode->clock * BITS / 8);
    register_write(gop, DATA_M + 4, LINK_CLOCK * count);
    register_write(gop, LINK_M, mode->clock);
    register_write(gop, LINK_M + 4, LINK_CLOCK);
    register_write(gop, RECEIVER, FDI_ENABLE | RECEIVER_READY | width);
    register_write(gop, SENDER, FDI_ENABLE | SENDER_READY | width);
    return true;
}

void fdi_enable(struct gop *gop, const struct gop_mode *mode)
{
    register_change(gop, PLL_CHOICE, PLL_FIELD, PLL_A);
    for (uint32_t at = 0; at < 4 * TIMINGS; at += 4)
        register_write(gop, PCH_TIMING + at, register_read(gop, PIPE_TIMING + at));
    register_write(gop, PCH_TRANSCODER, PCH_ENABLE);
    register_change(gop, PORT(gop->port->ddi), 0,
                    PORT_ENABLE | PORT_TMDS | (mode->vertical_high ? PORT_V_HIGH : 0) |
                        (mode->horizontal_high ? PORT_H_HIGH : 0));
}

void fdi_disable(struct gop *gop)
{
    register_change(gop, PORT(gop->port->ddi),
                    PORT_ENABLE | PORT_TMDS | PORT_V_HIGH | PORT_H_HIGH, 0);
    register_write(gop, PCH_TRANSCODER, 0);
    register_write(gop, SENDER, 0);
    register_write(gop, RECEIVER, 0);
    register_change(gop, PLL_CHOICE, PLL_FIELD, 0);
    pll_stop(gop);
}
