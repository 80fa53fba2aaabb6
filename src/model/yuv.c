/* yuv.c: formats of luma and chroma, turned into colours. */
#include "model/yuv.h"

#include "base/bytes.h"   /* loads */
#include "model/colour.h" /* COLOUR_ONE */

#define OPAQUE 0xff000000u

/*
 * How the parts of one or, where chroma is shared, of two pixels lie: the bit each
 * begins at. Linux include/uapi/drm/drm_fourcc.h.
 */
static const struct layout {
    uint8_t size; /* bytes of a pixel; 0: not such a format */
    uint8_t bits; /* of each part */
    bool pairs;
    uint8_t luma[2], u, v;
} layouts[SCANOUT_OTHER + 1] = {
    [SCANOUT_YUYV] = { 2, 8, true, { 0, 16 }, 8, 24 },
    [SCANOUT_UYVY] = { 2, 8, true, { 8, 24 }, 0, 16 },
    [SCANOUT_YVYU] = { 2, 8, true, { 0, 16 }, 24, 8 },
    [SCANOUT_VYUY] = { 2, 8, true, { 8, 24 }, 16, 0 },
    [SCANOUT_Y216] = { 4, 16, true, { 0, 32 }, 16, 48 },
    [SCANOUT_XYUV8888] = { 4, 8, false, { 16, 16 }, 8, 0 },
    [SCANOUT_XVYU2101010] = { 4, 10, false, { 10, 10 }, 0, 20 },
    [SCANOUT_XVYU16161616] = { 8, 16, false, { 16, 16 }, 0, 32 },
    [SCANOUT_NV12] = { 1, 8, false, { 0, 0 }, 0, 8 },
    [SCANOUT_P016] = { 2, 16, false, { 0, 0 }, 0, 16 },
    [SCANOUT_CHROMA_8] = { 2, 8, false, { 0, 0 }, 0, 8 },
    [SCANOUT_CHROMA_16] = { 4, 16, false, { 0, 0 }, 0, 16 },
};

unsigned yuv_size(enum scanout_format format)
{
    return layouts[format].size;
}

bool yuv_is_pairs(enum scanout_format format)
{
    return layouts[format].pairs;
}

bool yuv_is_planar(enum scanout_format format)
{
    return format == SCANOUT_NV12 || format == SCANOUT_P016;
}

bool yuv_chroma_plane(const struct scanout_plane *plane, struct scanout_plane *chroma)
{
    if (!yuv_is_planar(plane->format))
        return false;
    *chroma = *plane;
    chroma->format =
        plane->format == SCANOUT_NV12 ? SCANOUT_CHROMA_8 : SCANOUT_CHROMA_16;
    chroma->base = plane->chroma.base;
    chroma->stride = plane->chroma.stride;
    chroma->source_x = plane->chroma.source_x;
    chroma->source_y = plane->chroma.source_y;
    chroma->source_width = (plane->source_width + 1) / 2;
    chroma->source_height = (plane->source_height + 1) / 2;
    return true;
}

bool yuv_same_matrix(const struct scanout_plane *a, const struct scanout_plane *b)
{
    return a->has_matrix == b->has_matrix &&
           memcmp(&a->matrix_of_plane, &b->matrix_of_plane,
                  sizeof(a->matrix_of_plane)) == 0;
}

/* What a matrix makes of luma and of chroma, times 65536. */
struct matrix {
    int32_t luma, red_v, green_u, green_v, blue_u;
};

/* ITU-R BT.601, BT.709, BT.2020; the second of each for luma from 16 to 235. */
static const struct matrix matrices[][2] = {
    [SCANOUT_BT709] = { { 65536, 103206, -12276, -30679, 121609 },
                        { 76309, 117489, -13975, -34925, 138438 } },
    [SCANOUT_BT601] = { { 65536, 91881, -22553, -46802, 116130 },
                        { 76309, 104597, -25675, -53279, 132201 } },
    [SCANOUT_BT2020] = { { 65536, 96639, -10784, -37444, 123299 },
                         { 76309, 110014, -12277, -42626, 140363 } },
};

/* From 1 / 256 * 65536 of a step to 8 bits. */
static uint32_t rounded(int64_t value)
{
    value = (value + (1 << 23)) >> 24;
    return value < 0 ? 0 : value > 255 ? 255 : (uint32_t)value;
}

/* A matrix of the plane's own is for the full range, to which the rest is stretched. */
static uint32_t through_matrix(const struct scanout_plane *plane, int32_t y, int32_t u,
                               int32_t v)
{
    const struct scanout_matrix *matrix = &plane->matrix_of_plane;
    int32_t in[3] = { v, y, u };
    uint32_t colour = OPAQUE;
    if (!plane->full_range) {
        in[0] = (v - 0x8000) * 255 / 224 + 0x8000;
        in[1] = (y - 0x1000) * 255 / 219;
        in[2] = (u - 0x8000) * 255 / 224 + 0x8000;
    }
    for (unsigned i = 0; i < 3; i++) {
        int64_t sum = (int64_t)matrix->after[i] * COLOUR_ONE;
        for (unsigned j = 0; j < 3; j++)
            sum += (int64_t)matrix->factors[i][j] * (in[j] + matrix->before[j]);
        colour |= rounded(sum) << (16 - 8 * i);
    }
    return colour;
}

/* Parts have 16 bits, those of less their bits at the top. */
static uint32_t to_colour(const struct scanout_plane *plane, uint32_t y, uint32_t u,
                          uint32_t v)
{
    if (plane->has_matrix)
        return through_matrix(plane, (int32_t)y, (int32_t)u, (int32_t)v);
    const struct matrix *matrix = &matrices[plane->encoding][!plane->full_range];
    int64_t luma =
        (int64_t)matrix->luma * ((int32_t)y - (plane->full_range ? 0 : 0x1000));
    int64_t blue = (int32_t)u - 0x8000, red = (int32_t)v - 0x8000;
    return OPAQUE | rounded(luma + matrix->red_v * red) << 16 |
           rounded(luma + matrix->green_u * blue + matrix->green_v * red) << 8 |
           rounded(luma + matrix->blue_u * blue);
}

static uint32_t part(const struct layout *layout, uint64_t bits, unsigned at)
{
    uint64_t mask = (1ULL << layout->bits) - 1;
    return (uint32_t)(bits >> at & mask) << (16 - layout->bits);
}

static uint64_t load(const uint8_t *from, unsigned size)
{
    return size == 1   ? *from
           : size == 2 ? load16(from)
           : size == 4 ? load32(from)
                       : load64(from);
}

void yuv_convert(const struct scanout_plane *plane, const uint8_t *from, unsigned count,
                 uint32_t *to)
{
    const struct layout *layout = &layouts[plane->format];
    unsigned shared = layout->pairs ? 2 : 1, size = layout->size * shared;
    for (unsigned i = 0; i < count; i++) {
        uint64_t bits = load(from + (size_t)(i / shared) * size, size);
        to[i] = to_colour(plane, part(layout, bits, layout->luma[i % shared]),
                          part(layout, bits, layout->u), part(layout, bits, layout->v));
    }
}

void yuv_convert_planar(const struct scanout_plane *plane, const uint8_t *luma,
                        const uint8_t *chroma, bool odd, unsigned count, uint32_t *to)
{
    const struct layout *layout = &layouts[plane->format];
    unsigned size = 2 * layout->size;
    for (unsigned i = 0; i < count; i++) {
        uint64_t y = load(luma + (size_t)i * layout->size, layout->size);
        uint64_t both = load(chroma + (size_t)((i + odd) / 2) * size, size);
        to[i] = to_colour(plane, part(layout, y, 0), part(layout, both, layout->u),
                          part(layout, both, layout->v));
    }
}
