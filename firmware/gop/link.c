/*
 * link.c: a DisplayPort link from pipe A to a monitor or panel: how fast and how wide
 * it is, its training, and how pixels fill it. (VESA DisplayPort 1.2, 2.9.3 and 3.5.1;
 * Intel graphics PRMs, TRANS_DATAM1, PP_CONTROL.)
 */
#include "gop.h"

/* DPCD addresses. */
#define MOST_RATE     0x001
#define MOST_LANES    0x002 /* in bits 4:0 */
#define RATE          0x100
#define LANES         0x101
#define PATTERN       0x102
#define POWER         0x600
#define ENHANCED      0x80 /* frames; with the lanes */
#define NOT_SCRAMBLED 0x20 /* with a pattern */
#define POWER_NORMAL  1

#define DATA_M  0x60030 /* then N */
#define LINK_M  0x60040
#define UNIT_64 (63u << 25)
#define BYTES   3u /* a pixel */

#define OLD_MOST 270000u /* kHz: Sandy and Ivy Bridge */

#define PANEL    0xc7204
#define PANEL_ON 0x00000005u /* and its backlight */

/*
 * From the slowest: in units of 270 Mbit/s; as what chooses it on Haswell and Skylake,
 * which need no dividers for it; as kHz of bytes.
 */
static const struct {
    uint8_t code, choice;
    uint32_t clock;
} rates[] = { { 6, 2, 162000 }, { 10, 1, 270000 }, { 20, 0, 540000 } };

bool link_choose(struct gop *gop, const struct gop_mode *mode)
{
    uint8_t most[2];
    if (!aux_read(gop, MOST_RATE, &most[0]) || !aux_read(gop, MOST_LANES, &most[1]))
        return false;
    gop->link.lanes = most[1] & 0x1f;
    if (gop->link.lanes != 1 && gop->link.lanes != 2 && gop->link.lanes != 4)
        return false;
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        bool has = gop->config->display >= GOP_HASWELL || rates[i].clock <= OLD_MOST;
        if (!has || rates[i].code > most[0] ||
            mode->clock * BYTES > rates[i].clock * gop->link.lanes)
            continue;
        gop->link.clock = rates[i].clock;
        gop->link.code = rates[i].code;
        gop->link.choice = rates[i].choice;
        return true;
    }
    return false;
}

void link_train(struct gop *gop, void (*send)(struct gop *gop, unsigned pattern))
{
    aux_write(gop, POWER, POWER_NORMAL);
    aux_write(gop, RATE, gop->link.code);
    aux_write(gop, LANES, (uint8_t)(gop->link.lanes | ENHANCED));
    for (uint8_t pattern = 1; pattern <= 2; pattern++) {
        send(gop, pattern);
        aux_write(gop, PATTERN, pattern | NOT_SCRAMBLED);
    }
    send(gop, 0);
    aux_write(gop, PATTERN, 0);
}

void link_fill(struct gop *gop, uint32_t transcoder, uint32_t clock, uint32_t link,
               uint32_t lanes)
{
    /* Ratios of 24 bits. */
    register_write(gop, DATA_M + transcoder, UNIT_64 | clock * BYTES);
    register_write(gop, DATA_M + 4 + transcoder, link * lanes);
    register_write(gop, LINK_M + transcoder, clock);
    register_write(gop, LINK_M + 4 + transcoder, link);
}

void panel_on(struct gop *gop)
{
    register_change(gop, PANEL, 0, PANEL_ON);
}
