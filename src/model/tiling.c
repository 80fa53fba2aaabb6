/* tiling.c: where the bytes of a surface lie in its memory. */
#include "model/tiling.h"

#include "base/bytes.h"   /* round_up */
#include "model/pixels.h" /* bytes of a pixel */

#define OWORD 16u /* bytes: what a column of a Y tile is wide */

/* Intel graphics PRMs, volume "Memory Views", "Tiled memory". */
static const struct {
    uint16_t width, height; /* bytes, rows */
} tiles[] = {
    [SCANOUT_LINEAR] = { 0, 0 },
    [SCANOUT_X_TILED] = { 512, 8 },
    [SCANOUT_Y_TILED] = { 128, 32 },
    [SCANOUT_YF_TILED] = { 128, 32 }, /* of 16 and 32 bits a pixel */
};

bool tiling_of(const struct scanout_plane *plane, struct tiling *tiling)
{
    unsigned pixel = pixels_size(plane->format);
    bool rotated = plane->rotation == 90 || plane->rotation == 270;
    if (!pixel || plane->tiling >= ARRAY_SIZE(tiles) || !plane->stride)
        return false;
    *tiling = (struct tiling){
        .kind = plane->tiling,
        .pixel = pixel,
        .stride = plane->stride,
        .tile_width = tiles[plane->tiling].width,
        .tile_height = tiles[plane->tiling].height,
        .rotated = rotated,
    };
    if (plane->tiling == SCANOUT_LINEAR)
        return !rotated;
    if (plane->tiling == SCANOUT_YF_TILED && pixel != 2 && pixel != 4)
        return false;
    /* Only Y tiles can be turned. */
    if (rotated &&
        (plane->tiling == SCANOUT_X_TILED || pixels_are_pairs(plane->format)))
        return false;
    return plane->stride >= tiling->tile_width;
}

/* Spread the bits of value: bit n goes to bit 2n. */
static unsigned spread(unsigned value)
{
    unsigned result = 0;
    for (unsigned i = 0; i < 4; i++)
        result |= (value >> i & 1) << (2 * i);
    return result;
}

/* Byte x of row y inside a tile. */
static unsigned offset_in_tile(const struct tiling *tiling, unsigned x, unsigned y)
{
    switch (tiling->kind) {
    case SCANOUT_X_TILED:
        return y * tiling->tile_width + x;
    case SCANOUT_Y_TILED:
        return x / OWORD * (OWORD * tiling->tile_height) + y * OWORD + x % OWORD;
    case SCANOUT_YF_TILED:
        /* 16 bytes, 4 rows of those, then columns and rows in turns. */
        return x % OWORD + y % 4 * OWORD + (spread(x / OWORD) << 6) +
               (spread(y / 4) << 7);
    default:
        return 0;
    }
}

uint64_t tiling_offset(const struct tiling *tiling, uint32_t x, uint32_t y)
{
    if (tiling->kind == SCANOUT_LINEAR)
        return (uint64_t)y * tiling->stride + (uint64_t)x * tiling->pixel;
    unsigned column, row;    /* of tiles */
    unsigned inside, across; /* row and byte in the tile as it lies in memory */
    uint64_t columns = tiling->stride / tiling->tile_width; /* in a row of tiles */
    if (tiling->rotated) {
        unsigned pixels = tiling->tile_width / tiling->pixel;
        column = x / tiling->tile_height;
        row = y / pixels;
        inside = tiling->tile_height - 1 - x % tiling->tile_height;
        across = y % pixels * tiling->pixel;
    } else {
        uint64_t byte = (uint64_t)x * tiling->pixel;
        column = (unsigned)(byte / tiling->tile_width);
        row = y / tiling->tile_height;
        inside = y % tiling->tile_height;
        across = (unsigned)(byte % tiling->tile_width);
    }
    return (row * columns + column) * TILING_PAGE +
           offset_in_tile(tiling, across, inside);
}

uint32_t tiling_run(const struct tiling *tiling, uint32_t x)
{
    if (tiling->kind == SCANOUT_LINEAR)
        return UINT32_MAX;
    if (tiling->rotated)
        return 1;
    unsigned run = tiling->kind == SCANOUT_X_TILED ? tiling->tile_width : OWORD;
    return (uint32_t)((run - (uint64_t)x * tiling->pixel % run) / tiling->pixel);
}

struct tiling_span tiling_page_span(const struct tiling *tiling, uint64_t page)
{
    struct tiling_span span;
    if (tiling->kind == SCANOUT_LINEAR) {
        uint64_t start = page * TILING_PAGE, last = start + TILING_PAGE - 1;
        span = (struct tiling_span){
            .x0 = 0,
            .y0 = (uint32_t)(start / tiling->stride),
            .x1 = UINT32_MAX,
            .y1 = (uint32_t)(last / tiling->stride) + 1,
        };
        if (span.y1 == span.y0 + 1) {
            span.x0 = (uint32_t)(start % tiling->stride / tiling->pixel);
            span.x1 = (uint32_t)(last % tiling->stride / tiling->pixel) + 1;
        }
        return span;
    }
    unsigned width =
        tiling->rotated ? tiling->tile_height : tiling->tile_width / tiling->pixel;
    unsigned height =
        tiling->rotated ? tiling->tile_width / tiling->pixel : tiling->tile_height;
    uint64_t columns = tiling->stride / tiling->tile_width;
    span.x0 = (uint32_t)(page % columns) * width;
    span.y0 = (uint32_t)(page / columns) * height;
    span.x1 = span.x0 + width;
    span.y1 = span.y0 + height;
    return span;
}
