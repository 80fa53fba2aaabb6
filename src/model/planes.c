/* planes.c: registers of cursors and of planes from Gen9 on. */
#include "model/planes.h"

#include "model/colour.h"          /* a matrix in registers */
#include "model/pixels.h"          /* bytes of a pixel */
#include "model/plane_registers.h" /* where they are */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */
#include "model/yuv.h"             /* planar formats */

#define FETCHES_LUMA 0x00080000u

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

/*
 * By bits 27:24 of PLANE_CTL; the second row when bit 20 (order RGBX) is set. Whether
 * alpha counts is asked for apart.
 */
static enum scanout_format universal_format(uint32_t control, bool gen11)
{
    /* What the tables leave out reads as SCANOUT_C8, which is 12. */
    static const uint8_t formats[2][16] = {
        { [1] = SCANOUT_NV12,
          [2] = SCANOUT_ARGB2101010,
          [3] = SCANOUT_P016,
          [4] = SCANOUT_ARGB8888,
          [5] = SCANOUT_P016,
          [6] = SCANOUT_ARGB16161616F,
          [7] = SCANOUT_P016,
          [8] = SCANOUT_XYUV8888,
          [12] = SCANOUT_C8,
          [14] = SCANOUT_RGB565 },
        { [1] = SCANOUT_NV12,
          [2] = SCANOUT_ABGR2101010,
          [3] = SCANOUT_P016,
          [4] = SCANOUT_ABGR8888,
          [5] = SCANOUT_P016,
          [6] = SCANOUT_ABGR16161616F,
          [7] = SCANOUT_P016,
          [8] = SCANOUT_XYUV8888,
          [12] = SCANOUT_C8,
          [14] = SCANOUT_RGB565 },
    };
    /* Gen11 on, with bit 23. */
    static const uint8_t more_formats[16] = {
        [0] = SCANOUT_Y216,         [1] = SCANOUT_Y216,
        [2] = SCANOUT_Y216,         [3] = SCANOUT_XVYU2101010,
        [4] = SCANOUT_XVYU16161616, [5] = SCANOUT_XVYU16161616,
    };
    static const uint8_t packed[4] = { SCANOUT_YUYV, SCANOUT_UYVY, SCANOUT_YVYU,
                                       SCANOUT_VYUY };
    unsigned number = control >> 24 & 0xf;
    bool more = gen11 && control & 0x00800000, compressed = control & 0x8000;
    if (compressed)
        return SCANOUT_OTHER;
    if (number == 0 && !more)
        return packed[control >> 16 & 3];
    uint8_t format = more ? more_formats[number] : formats[control >> 20 & 1][number];
    return format == SCANOUT_C8 && (more || number != 12) ? SCANOUT_OTHER : format;
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

/* Planes of high precision have a matrix in place of a choice. */
static struct scanout_matrix input_matrix(const struct model *model, uint32_t base)
{
    struct scanout_matrix matrix;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t row = base + PLANE_INPUT_MATRIX + 8 * i;
        uint32_t first = register_get(model, row);
        matrix.factors[i][0] = colour_coefficient(first >> 16);
        matrix.factors[i][1] = colour_coefficient(first & 0xffff);
        matrix.factors[i][2] = colour_coefficient(register_get(model, row + 4) >> 16);
        matrix.before[i] =
            colour_offset(register_get(model, base + PLANE_INPUT_BEFORE + 4 * i));
        matrix.after[i] =
            colour_offset(register_get(model, base + PLANE_INPUT_AFTER + 4 * i));
    }
    return matrix;
}

/* Alpha and colours: with Gemini Lake and Gen11 they moved to PLANE_COLOR_CTL. */
static void universal_colours(const struct model *model, uint32_t base,
                              uint32_t control, struct scanout_plane *plane)
{
    static const uint8_t alphas[4] = { SCANOUT_OPAQUE, SCANOUT_OPAQUE,
                                       SCANOUT_PREMULTIPLIED, SCANOUT_STRAIGHT };
    static const uint8_t encodings[8] = { SCANOUT_BT601, SCANOUT_BT601, SCANOUT_BT709,
                                          SCANOUT_BT2020 };
    bool moved = model->chip->traits & (WITH_COLOUR_CONTROL | ON_GEN11_UP);
    uint32_t value = moved ? register_get(model, base + PLANE_COLOUR_CONTROL) : control;
    plane->alpha = alphas[value >> 4 & 3];
    plane->gamma = value & 0x40000000;
    plane->matrix = value & 0x00800000;
    plane->full_range = value & 0x10000000;
    if (!moved)
        plane->encoding = control & 0x00040000 ? SCANOUT_BT709 : SCANOUT_BT601;
    else
        plane->encoding = encodings[value >> 17 & 7];
    plane->has_matrix = model->chip->traits & ON_GEN11_UP && value & 0x00100000;
    if (plane->has_matrix)
        plane->matrix_of_plane = input_matrix(model, base);
}

/* Up to Gen10 luma's registers say where chroma is. */
static void chroma_beside(const struct model *model, uint32_t base, uint32_t unit,
                          struct scanout_plane *plane)
{
    uint32_t distance = register_get(model, base + PLANE_CHROMA_DISTANCE);
    uint32_t offset = register_get(model, base + PLANE_CHROMA_OFFSET);
    plane->chroma = (struct scanout_chroma){
        .base = (uint32_t)(plane->base + (distance & PLANE_SURFACE_MASK)),
        .stride = (distance & 0xfff) * unit,
        .source_x = plane_low(offset),
        .source_y = plane_high(offset),
    };
}

/* Which plane fetches luma for one of planar format; negative: none. */
static int luma_plane(const struct model *model, unsigned pipe, uint32_t base,
                      unsigned index)
{
    if (index < 3) {
        uint32_t control = register_get(model, base + PLANE_CHROMA_CONTROL);
        unsigned first = model->chip->traits & PLANES_7 ? 5 : 3;
        return control & PLANE_ENABLE ? (int)(first + (control >> 30 & 1)) : -1;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint32_t scaler = register_get(model, PLANES_SCALER(pipe, i));
        if (scaler & PLANE_ENABLE && (scaler >> 25 & 7) == index + 1)
            return (int)(scaler >> 5 & 7) - 1;
    }
    return -1;
}

/* From Gen11 on a plane fetches chroma, and another one luma for it. */
static void luma_elsewhere(const struct model *model, unsigned pipe, uint32_t unit,
                           int luma, struct scanout_plane *plane)
{
    if (luma < 0) {
        plane->enabled = false;
        return;
    }
    uint32_t base = planes_base(model, pipe, (unsigned)luma);
    uint32_t offset = register_get(model, base + PLANE_OFFSET);
    plane->chroma = (struct scanout_chroma){ plane->base, plane->stride,
                                             plane->source_x, plane->source_y };
    plane->base = register_get(model, base + PLANE_SURFACE) & PLANE_SURFACE_MASK;
    plane->stride = (register_get(model, base + PLANE_STRIDE) & 0xfff) * unit;
    plane->source_x = plane_low(offset);
    plane->source_y = plane_high(offset);
}

void planes_read_universal(const struct model *model, unsigned pipe, unsigned index,
                           struct scanout_plane *plane)
{
    /* The register's are clockwise. */
    static const uint16_t rotations[4] = { 0, 270, 180, 90 };
    uint32_t base = planes_base(model, pipe, index), unit;
    uint32_t control = register_get(model, base + PLANE_CONTROL);
    uint32_t size = register_get(model, base + PLANE_SIZE);
    uint32_t position = register_get(model, base + PLANE_POSITION);
    uint32_t offset = register_get(model, base + PLANE_OFFSET);
    plane->enabled = control & PLANE_ENABLE;
    plane->format = universal_format(control, model->chip->traits & ON_GEN11_UP);
    plane->tiling = universal_tiling(model, control, pixels_size(plane->format), &unit);
    plane->stride = (register_get(model, base + PLANE_STRIDE) & 0xfff) * unit;
    universal_colours(model, base, control, plane);
    plane->constant_alpha = 255;
    if (register_get(model, base + PLANE_KEY_MASK) & PLANE_ENABLE)
        plane->constant_alpha =
            (uint8_t)(register_get(model, base + PLANE_KEY_MAX) >> 24);
    plane->rotation = rotations[control & 3];
    plane->mirrored = control & 0x100;
    plane->base = register_get(model, base + PLANE_SURFACE) & PLANE_SURFACE_MASK;
    plane->source_x = plane_low(offset);
    plane->source_y = plane_high(offset);
    plane->source_width = plane->width = plane_low(size) + 1;
    plane->source_height = plane->height = plane_high(size) + 1;
    plane->x = (int32_t)plane_low(position);
    plane->y = (int32_t)plane_high(position);
    if (!yuv_is_planar(plane->format))
        return;
    if (!(model->chip->traits & ON_GEN11_UP))
        chroma_beside(model, base, unit, plane);
    else if (control & FETCHES_LUMA)
        plane->enabled = false; /* it is shown by the other */
    else
        luma_elsewhere(model, pipe, unit, luma_plane(model, pipe, base, index), plane);
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
        height & PLANE_ENABLE ? (height & 0xff) + 1 : plane->width;
    plane->enabled = plane->width != 0;
    plane->format = SCANOUT_ARGB8888;
    plane->alpha = control & 0x20 ? SCANOUT_PREMULTIPLIED : SCANOUT_OPAQUE;
    plane->constant_alpha = 255;
    plane->rotation = control & 0x8000 ? 180 : 0;
    plane->base = register_get(model, base + 4) & PLANE_SURFACE_MASK;
    plane->stride = plane->width * 4;
    plane->x = cursor_coordinate(position & 0xffff);
    plane->y = cursor_coordinate(position >> 16);
}
