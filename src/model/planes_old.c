/* planes_old.c: primary planes and sprites of chips before Gen9. */
#include "model/pixels.h"          /* bytes of a pixel */
#include "model/plane_registers.h" /* where they are */
#include "model/planes.h"          /* this file's part of it */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define PIPE_SOURCE(pipe) (0x6001cu + 0x1000u * (pipe))

/* By bits 29:26 of DSPCNTR. */
static enum scanout_format primary_format(uint32_t control)
{
    switch (control >> 26 & 0xf) {
    case 2:
        return SCANOUT_C8;
    case 5:
        return SCANOUT_RGB565;
    case 6:
        return SCANOUT_XRGB8888;
    case 8:
        return SCANOUT_XBGR2101010;
    case 10:
        return SCANOUT_XRGB2101010;
    case 12:
        return SCANOUT_XBGR16161616F;
    case 14:
        return SCANOUT_XBGR8888;
    default:
        return SCANOUT_OTHER;
    }
}

/* By bits 27:25 of SPRCTL; bit 20: red and blue changed places. */
static enum scanout_format sprite_format(uint32_t control)
{
    static const uint8_t packed[4] = { SCANOUT_YUYV, SCANOUT_UYVY, SCANOUT_YVYU,
                                       SCANOUT_VYUY };
    bool swapped = control & 0x00100000;
    switch (control >> 25 & 7) {
    case 0:
        return packed[control >> 16 & 3];
    case 1:
        return swapped ? SCANOUT_XBGR2101010 : SCANOUT_XRGB2101010;
    case 2:
        return swapped ? SCANOUT_XBGR8888 : SCANOUT_XRGB8888;
    case 3:
        return swapped ? SCANOUT_XBGR16161616F : SCANOUT_XRGB16161616F;
    default:
        return SCANOUT_OTHER;
    }
}

/* Up to Ivy Bridge linear surfaces have the offset of the first pixel in bytes. */
static void linear_offset(const struct model *model, uint32_t base,
                          struct scanout_plane *plane)
{
    uint32_t offset = register_get(model, base + PLANE_LINEAR_OFFSET);
    uint32_t pixel = pixels_size(plane->format);
    if (!plane->stride || !pixel)
        return;
    plane->source_y = offset / plane->stride;
    plane->source_x = offset % plane->stride / pixel;
}

void planes_read_old(const struct model *model, unsigned pipe, unsigned index,
                     struct scanout_plane *plane)
{
    uint32_t base = planes_base(model, pipe, index);
    uint32_t control = register_get(model, base + PLANE_CONTROL);
    uint32_t size = register_get(model, base + PLANE_SIZE);
    uint32_t position = register_get(model, base + PLANE_POSITION);
    uint32_t offset = register_get(model, base + PLANE_OFFSET);
    plane->enabled = control & PLANE_ENABLE;
    plane->format = index ? sprite_format(control) : primary_format(control);
    plane->tiling = control & 0x400 ? SCANOUT_X_TILED : SCANOUT_LINEAR;
    plane->stride = register_get(model, base + PLANE_STRIDE) & 0x7fff;
    plane->constant_alpha = 255;
    plane->gamma = control & 0x40000000;
    plane->matrix = control & 0x01000000;
    plane->encoding = control & 0x00040000 ? SCANOUT_BT709 : SCANOUT_BT601;
    plane->full_range =
        control & (model->chip->traits & ON_SANDY_BRIDGE ? 0x08000000 : 0x10000000);
    plane->rotation = control & 0x8000 ? 180 : 0;
    plane->base = register_get(model, base + PLANE_SURFACE) & PLANE_SURFACE_MASK;
    plane->source_x = plane_low(offset);
    plane->source_y = plane_high(offset);
    if (index == 0) { /* the primary plane is as large as the pipe */
        uint32_t source = register_get(model, PIPE_SOURCE(pipe));
        size = source >> 16 | source << 16;
        position = 0;
    }
    plane->source_width = plane->width = plane_low(size) + 1;
    plane->source_height = plane->height = plane_high(size) + 1;
    plane->x = (int32_t)plane_low(position);
    plane->y = (int32_t)plane_high(position);
    uint32_t scale = register_get(model, base + PLANE_SCALE);
    if (index && model->chip->traits & ON_FDI && scale & PLANE_ENABLE) {
        plane->source_width = (scale >> 16 & 0x7ff) + 1;
        plane->source_height = (scale & 0x7ff) + 1;
    }
    if (model->chip->traits & ON_FDI && plane->tiling == SCANOUT_LINEAR)
        linear_offset(model, base, plane);
}
