/*
 * pipe.c: pipe A and its plane. (Intel graphics PRMs, display registers; the places are
 * those of firmware/vbios.)
 */
#include "gop.h"

#define VGA_PLANE         0x41000
#define VGA_PLANE_DISABLE 0x80000000u
#define PIPE_TIMING       0x60000 /* six registers: total, blank, sync; then vertical */
#define PIPE_SOURCE       0x6001c
#define PIPE_CONF         0x70008
#define PIPE_ENABLE       0x80000000u
#define PANEL_TRANSCODER  0xf000
#define PLANE_CONTROL     0x70180
#define PLANE_STRIDE      0x70188
#define PLANE_POSITION    0x7018c
#define PLANE_SIZE        0x70190
#define PLANE_SURFACE     0x7019c
#define PLANE_OFFSET      0x701a4
#define OLD_PLANE         0x98000000u /* on, BGRX 8888: up to Gen8 */
#define UNIVERSAL_PLANE   0x84000000u /* likewise: Gen9 on */

/* A panel on DDI A has a transcoder of its own on Haswell to Cannon Lake. */
uint32_t transcoder_offset(const struct gop *gop)
{
    bool own = gop->config->display >= GOP_HASWELL &&
               gop->config->display <= GOP_CANNON_LAKE && gop->port &&
               gop->port->ddi == 0;
    return own ? PANEL_TRANSCODER : 0;
}

void pipe_stop(struct gop *gop)
{
    register_write(gop, PLANE_CONTROL, 0);
    register_write(gop, PLANE_SURFACE, 0); /* takes the change over */
    register_write(gop, PIPE_CONF + transcoder_offset(gop), 0);
    port_disable(gop);
}

/* The three registers of a direction. */
static void write_timing(struct gop *gop, uint32_t at, const struct gop_axis *axis)
{
    uint32_t total = (axis->total - 1u) << 16 | (axis->active - 1u);
    register_write(gop, at, total);
    register_write(gop, at + 4, total); /* blanking */
    register_write(gop, at + 8, (axis->sync_end - 1u) << 16 | (axis->sync_start - 1u));
}

void pipe_start(struct gop *gop, const struct gop_mode *mode, uint32_t pitch)
{
    uint32_t width = mode->horizontal.active - 1u, height = mode->vertical.active - 1u;
    bool universal = gop->config->universal_planes;
    uint32_t transcoder = transcoder_offset(gop);
    pipe_stop(gop);
    register_write(gop, VGA_PLANE, VGA_PLANE_DISABLE);
    write_timing(gop, PIPE_TIMING + transcoder, &mode->horizontal);
    write_timing(gop, PIPE_TIMING + 12 + transcoder, &mode->vertical);
    register_write(gop, PIPE_SOURCE, width << 16 | height);
    port_connect(gop, mode);
    register_write(gop, PIPE_CONF + transcoder, PIPE_ENABLE);
    port_enable(gop, mode);
    register_write(gop, PLANE_SIZE, height << 16 | width);
    register_write(gop, PLANE_STRIDE, universal ? pitch / 64 : pitch);
    register_write(gop, PLANE_CONTROL, universal ? UNIVERSAL_PLANE : OLD_PLANE);
    register_write(gop, PLANE_POSITION, 0);
    register_write(gop, PLANE_OFFSET, 0);
    register_write(gop, PLANE_SURFACE, 0); /* takes all of it over */
}
