/* planes.c: the registers of planes and cursors, in each generation's form. */
#include "model/planes.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "model/state.h"  /* struct model */
#include "model/traits.h" /* which chips */

#define PIPE_SOURCE(pipe) (0x6001cu + 0x1000u * (pipe))
#define ENABLE            0x80000000u
#define SURFACE_MASK      0xfffff000u

/* Registers of a plane, from its base; the older ones have most of them, too. */
enum {
    CONTROL = 0x00,
    LINEAR_OFFSET = 0x04, /* old */
    STRIDE = 0x08,
    POSITION = 0x0c,
    SIZE = 0x10,
    KEY_MASK = 0x18,
    SURFACE = 0x1c,
    KEY_MAX = 0x20,
    OFFSET = 0x24,
    COLOUR_CONTROL = 0x4c,
};

uint32_t planes_base(const struct model *model, unsigned pipe, unsigned index)
{
    if (model->chip->traits & ON_SANDY_BRIDGE && index)
        return 0x72180u + 0x1000u * pipe;
    return 0x70180u + 0x1000u * pipe + 0x100u * index;
}

uint32_t planes_cursor_base(const struct model *model, unsigned pipe)
{
    bool near = model->chip->traits & ON_SANDY_BRIDGE;
    return 0x70080u + (near ? 0x40u : 0x1000u) * pipe;
}

static uint32_t low(uint32_t value)
{
    return value & 0x3fff;
}

static uint32_t high(uint32_t value)
{
    return value >> 16 & 0x3fff;
}

/* By bits 27:24 of PLANE_CTL; the second row when bit 20 (order RGBX) is set. */
static enum scanout_format universal_format(uint32_t control, bool gen11)
{
    static const uint8_t formats[2][16] = {
        { [2] = SCANOUT_XRGB2101010,
          [4] = SCANOUT_XRGB8888,
          [6] = SCANOUT_XRGB16161616F,
          [8] = SCANOUT_XYUV8888,
          [12] = SCANOUT_C8,
          [14] = SCANOUT_RGB565 },
        { [2] = SCANOUT_XBGR2101010,
          [4] = SCANOUT_XBGR8888,
          [6] = SCANOUT_XBGR16161616F,
          [8] = SCANOUT_XYUV8888,
          [12] = SCANOUT_C8,
          [14] = SCANOUT_RGB565 },
    };
    static const uint8_t packed[4] = { SCANOUT_YUYV, SCANOUT_UYVY, SCANOUT_YVYU,
                                       SCANOUT_VYUY };
    unsigned number = control >> 24 & 0xf;
    bool compressed = control & 0x8000;
    if (compressed || (gen11 && control & 0x00800000))
        return SCANOUT_OTHER;
    if (number == 0)
        return packed[control >> 16 & 3];
    uint8_t format = formats[control >> 20 & 1][number];
    /* What the table leaves out reads as SCANOUT_C8. */
    return format == SCANOUT_C8 && number != 12 ? SCANOUT_OTHER : format;
}

/* Tiling and, for the stride, the bytes a unit of its register stands for. */
static enum scanout_tiling universal_tiling(const struct model *model, uint32_t control,
                                            uint32_t bytes_per_pixel, uint32_t *unit)
{
    switch (control >> 10 & 7) {
    case 1:
        *unit = 512;
        return SCANOUT_X_TILED;
    case 4:
        *unit = 128;
        return SCANOUT_Y_TILED;
    case 5:
        if (model->chip->traits & ON_GEN12_UP) {
            *unit = 128;
            return SCANOUT_4_TILED;
        }
        *unit = bytes_per_pixel == 1 ? 64 : bytes_per_pixel == 8 ? 256 : 128;
        return SCANOUT_YF_TILED;
    default:
        *unit = 64;
        return SCANOUT_LINEAR;
    }
}

static uint32_t bytes_per_pixel(enum scanout_format format)
{
    switch (format) {
    case SCANOUT_C8:
        return 1;
    case SCANOUT_RGB565:
    case SCANOUT_YUYV:
    case SCANOUT_UYVY:
    case SCANOUT_YVYU:
    case SCANOUT_VYUY:
        return 2;
    case SCANOUT_XRGB16161616F:
    case SCANOUT_XBGR16161616F:
        return 8;
    default:
        return 4;
    }
}

/* Alpha moved to PLANE_COLOR_CTL with Gemini Lake and Gen11. */
static enum scanout_alpha universal_alpha(const struct model *model, uint32_t base,
                                          uint32_t control)
{
    static const uint8_t modes[4] = { SCANOUT_OPAQUE, SCANOUT_OPAQUE,
                                      SCANOUT_PREMULTIPLIED, SCANOUT_STRAIGHT };
    bool in_control = model->chip->traits & ON_SKYLAKE;
    uint32_t value = in_control ? control : register_get(model, base + COLOUR_CONTROL);
    return modes[value >> 4 & 3];
}

void planes_read_universal(const struct model *model, unsigned pipe, unsigned index,
                           struct scanout_plane *plane)
{
    /* The register's are clockwise. */
    static const uint16_t rotations[4] = { 0, 270, 180, 90 };
    uint32_t base = planes_base(model, pipe, index), unit;
    uint32_t control = register_get(model, base + CONTROL);
    uint32_t size = register_get(model, base + SIZE);
    uint32_t position = register_get(model, base + POSITION);
    uint32_t offset = register_get(model, base + OFFSET);
    plane->enabled = control & ENABLE;
    plane->format = universal_format(control, model->chip->traits & ON_GEN11_UP);
    plane->tiling =
        universal_tiling(model, control, bytes_per_pixel(plane->format), &unit);
    plane->stride = (register_get(model, base + STRIDE) & 0xfff) * unit;
    plane->alpha = universal_alpha(model, base, control);
    plane->constant_alpha = 255;
    if (register_get(model, base + KEY_MASK) & ENABLE)
        plane->constant_alpha = (uint8_t)(register_get(model, base + KEY_MAX) >> 24);
    plane->rotation = rotations[control & 3];
    plane->mirrored = control & 0x100;
    plane->base = register_get(model, base + SURFACE) & SURFACE_MASK;
    plane->source_x = low(offset);
    plane->source_y = high(offset);
    plane->source_width = plane->width = low(size) + 1;
    plane->source_height = plane->height = high(size) + 1;
    plane->x = (int32_t)low(position);
    plane->y = (int32_t)high(position);
}

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
    uint32_t offset = register_get(model, base + LINEAR_OFFSET);
    if (!plane->stride)
        return;
    plane->source_y = offset / plane->stride;
    plane->source_x = offset % plane->stride / bytes_per_pixel(plane->format);
}

void planes_read_old(const struct model *model, unsigned pipe, unsigned index,
                     struct scanout_plane *plane)
{
    uint32_t base = planes_base(model, pipe, index);
    uint32_t control = register_get(model, base + CONTROL);
    uint32_t size = register_get(model, base + SIZE);
    uint32_t position = register_get(model, base + POSITION);
    uint32_t offset = register_get(model, base + OFFSET);
    plane->enabled = control & ENABLE;
    plane->format = index ? sprite_format(control) : primary_format(control);
    plane->tiling = control & 0x400 ? SCANOUT_X_TILED : SCANOUT_LINEAR;
    plane->stride = register_get(model, base + STRIDE) & 0x7fff;
    plane->constant_alpha = 255;
    plane->rotation = control & 0x8000 ? 180 : 0;
    plane->base = register_get(model, base + SURFACE) & SURFACE_MASK;
    plane->source_x = low(offset);
    plane->source_y = high(offset);
    if (index == 0) { /* the primary plane is as large as the pipe */
        uint32_t source = register_get(model, PIPE_SOURCE(pipe));
        size = source >> 16 | source << 16;
        position = 0;
    }
    plane->source_width = plane->width = low(size) + 1;
    plane->source_height = plane->height = high(size) + 1;
    plane->x = (int32_t)low(position);
    plane->y = (int32_t)high(position);
    if (model->chip->traits & ON_FDI && plane->tiling == SCANOUT_LINEAR)
        linear_offset(model, base, plane);
}

/* Sign and magnitude, not a complement. */
static int32_t cursor_coordinate(uint32_t value)
{
    int32_t magnitude = (int32_t)(value & 0x3fff);
    return value & 0x8000 ? -magnitude : magnitude;
}

void planes_read_cursor(const struct model *model, unsigned pipe,
                        struct scanout_plane *plane)
{
    static const uint16_t sizes[8] = { 0, 0, 128, 256, 0, 0, 0, 64 };
    uint32_t base = planes_cursor_base(model, pipe);
    uint32_t control = register_get(model, base);
    uint32_t position = register_get(model, base + 8);
    uint32_t height = register_get(model, base + 0x20);
    plane->cursor = true;
    plane->width = plane->source_width = sizes[control & 7];
    plane->height = plane->source_height =
        height & ENABLE ? (height & 0xff) + 1 : plane->width;
    plane->enabled = plane->width != 0;
    plane->format = SCANOUT_ARGB8888;
    plane->alpha = control & 0x20 ? SCANOUT_PREMULTIPLIED : SCANOUT_OPAQUE;
    plane->constant_alpha = 255;
    plane->rotation = control & 0x8000 ? 180 : 0;
    plane->base = register_get(model, base + 4) & SURFACE_MASK;
    plane->stride = plane->width * 4;
    plane->x = cursor_coordinate(position & 0xffff);
    plane->y = cursor_coordinate(position >> 16);
}
