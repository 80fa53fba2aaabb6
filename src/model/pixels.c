/* pixels.c: pixel formats of planes, turned into colours. */
#include "model/pixels.h"

#include "base/bytes.h" /* loads */
#include "model/yuv.h"  /* formats with luma */

#define OPAQUE 0xff000000u

/*
 * Formats of up to 32 bits of red, green, blue and alpha: where each lies. Linux
 * include/uapi/drm/drm_fourcc.h.
 */
struct channel {
    uint8_t shift, bits; /* bits 0: there is none */
};

static const struct layout {
    uint8_t size; /* bytes of a pixel; 0: not such a format */
    struct channel red, green, blue, alpha;
} layouts[SCANOUT_OTHER + 1] = {
    [SCANOUT_RGB565] = { 2, { 11, 5 }, { 5, 6 }, { 0, 5 }, { 0, 0 } },
    [SCANOUT_XRGB8888] = { 4, { 16, 8 }, { 8, 8 }, { 0, 8 }, { 0, 0 } },
    [SCANOUT_XBGR8888] = { 4, { 0, 8 }, { 8, 8 }, { 16, 8 }, { 0, 0 } },
    [SCANOUT_ARGB8888] = { 4, { 16, 8 }, { 8, 8 }, { 0, 8 }, { 24, 8 } },
    [SCANOUT_ABGR8888] = { 4, { 0, 8 }, { 8, 8 }, { 16, 8 }, { 24, 8 } },
    [SCANOUT_XRGB2101010] = { 4, { 20, 10 }, { 10, 10 }, { 0, 10 }, { 0, 0 } },
    [SCANOUT_XBGR2101010] = { 4, { 0, 10 }, { 10, 10 }, { 20, 10 }, { 0, 0 } },
    [SCANOUT_ARGB2101010] = { 4, { 20, 10 }, { 10, 10 }, { 0, 10 }, { 30, 2 } },
    [SCANOUT_ABGR2101010] = { 4, { 0, 10 }, { 10, 10 }, { 20, 10 }, { 30, 2 } },
};

static bool is_half(enum scanout_format format)
{
    return format >= SCANOUT_XRGB16161616F && format <= SCANOUT_ABGR16161616F;
}

unsigned pixels_size(enum scanout_format format)
{
    if (format == SCANOUT_C8)
        return 1;
    if (is_half(format))
        return 8;
    return layouts[format].size ? layouts[format].size : yuv_size(format);
}

/* A channel's value, stretched or cut to 8 bits. */
static uint32_t channel_of(uint32_t pixel, struct channel channel)
{
    uint32_t most = (1u << channel.bits) - 1;
    uint32_t value = pixel >> channel.shift & most;
    return channel.bits == 8 ? value : (value * 255 + most / 2) / most;
}

static void convert_packed(const struct layout *layout, const uint8_t *from,
                           unsigned count, uint32_t *to)
{
    for (unsigned i = 0; i < count; i++, from += layout->size) {
        uint32_t pixel = layout->size == 2 ? load16(from) : load32(from);
        uint32_t alpha =
            layout->alpha.bits ? channel_of(pixel, layout->alpha) << 24 : OPAQUE;
        to[i] = alpha | channel_of(pixel, layout->red) << 16 |
                channel_of(pixel, layout->green) << 8 | channel_of(pixel, layout->blue);
    }
}

/* IEEE 754 binary16, 0 to 1 as 0 to 255. */
static uint32_t half_colour(uint16_t half)
{
    unsigned exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (half & 0x8000 || exponent < 5) /* negative, or less than half a step */
        return 0;
    if (exponent >= 15) /* 1 or more */
        return 255;
    /* (1024 + fraction) * 2^(exponent - 25) * 255, rounded. */
    unsigned shift = 25 - exponent;
    return ((1024 + fraction) * 255 + (1u << (shift - 1))) >> shift;
}

static void convert_half(enum scanout_format format, const uint8_t *from,
                         unsigned count, uint32_t *to)
{
    bool red_first = format == SCANOUT_XBGR16161616F || format == SCANOUT_ABGR16161616F;
    bool alpha = format == SCANOUT_ARGB16161616F || format == SCANOUT_ABGR16161616F;
    for (unsigned i = 0; i < count; i++, from += 8) {
        uint32_t first = half_colour(load16(from));
        uint32_t green = half_colour(load16(from + 2));
        uint32_t third = half_colour(load16(from + 4));
        to[i] = (alpha ? half_colour(load16(from + 6)) << 24 : OPAQUE) |
                (red_first ? first : third) << 16 | green << 8 |
                (red_first ? third : first);
    }
}

void pixels_convert(const struct scanout_plane *plane, const uint8_t *from,
                    unsigned count, const uint32_t *palette, uint32_t *to)
{
    enum scanout_format format = plane->format;
    switch (format) {
    case SCANOUT_C8:
        for (unsigned i = 0; i < count; i++)
            to[i] = OPAQUE | (palette ? palette[from[i]] : from[i] * 0x10101u);
        return;
    case SCANOUT_XRGB8888:
        for (unsigned i = 0; i < count; i++)
            to[i] = OPAQUE | load32(from + (size_t)i * 4);
        return;
    case SCANOUT_ARGB8888:
        memcpy(to, from, (size_t)count * 4);
        return;
    case SCANOUT_XRGB16161616F:
    case SCANOUT_XBGR16161616F:
    case SCANOUT_ARGB16161616F:
    case SCANOUT_ABGR16161616F:
        convert_half(format, from, count, to);
        return;
    default:
        if (layouts[format].size)
            convert_packed(&layouts[format], from, count, to);
        else if (yuv_size(format))
            yuv_convert(plane, from, count, to);
    }
}

/* value * factor / 255, rounded; both at most 255. */
static uint32_t scale(uint32_t value, uint32_t factor)
{
    uint32_t product = value * factor + 128;
    return (product + (product >> 8)) >> 8;
}

static uint32_t blend_one(uint32_t above, uint32_t below, uint32_t own, uint32_t rest)
{
    uint32_t result = 0;
    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t sum =
            scale(above >> shift & 255, own) + scale(below >> shift & 255, rest);
        result |= (sum > 255 ? 255 : sum) << shift;
    }
    return result;
}

void pixels_blend(const struct scanout_plane *plane, const uint32_t *from,
                  unsigned count, uint32_t *to)
{
    uint32_t whole = plane->constant_alpha;
    if (plane->alpha == SCANOUT_OPAQUE && whole == 255) {
        for (unsigned i = 0; i < count; i++)
            to[i] = from[i] & ~OPAQUE;
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        uint32_t alpha =
            plane->alpha == SCANOUT_OPAQUE ? whole : scale(from[i] >> 24, whole);
        uint32_t own = plane->alpha == SCANOUT_PREMULTIPLIED ? whole : alpha;
        to[i] = blend_one(from[i], to[i], own, 255 - alpha);
    }
}
