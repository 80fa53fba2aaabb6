/* surface_layout.c: where the pixels of a plane's surface lie in its memory. */
#include "model/surface_layout.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "model/pixels.h" /* bytes of a pixel */
#include "model/yuv.h"    /* pairs of pixels */

/* Tiling 4 came with chips whose display is not modelled. */
static const struct {
    enum tiling tiling;
    uint16_t width, height; /* of a tile: bytes, rows */
} tilings[] = {
    [SCANOUT_LINEAR] = { TILING_LINEAR, 0, 0 },
    [SCANOUT_X_TILED] = { TILING_X, 512, 8 },
    [SCANOUT_Y_TILED] = { TILING_Y, 128, 32 },
    [SCANOUT_YF_TILED] = { TILING_YF, 128, 32 }, /* of 16 and 32 bits a pixel */
};

bool surface_layout_of(const struct scanout_plane *plane, struct surface_layout *layout)
{
    unsigned pixel = pixels_size(plane->format);
    bool rotated = plane->rotation == 90 || plane->rotation == 270;
    if (!pixel || plane->tiling >= ARRAY_SIZE(tilings) || !plane->stride)
        return false;
    *layout = (struct surface_layout){
        .tiling = tilings[plane->tiling].tiling,
        .pixel = pixel,
        .stride = plane->stride,
        .tile_width = tilings[plane->tiling].width,
        .tile_height = tilings[plane->tiling].height,
        .rotated = rotated,
    };
    if (plane->tiling == SCANOUT_LINEAR)
        return !rotated;
    if (plane->tiling == SCANOUT_YF_TILED && pixel != 2 && pixel != 4)
        return false;
    /* Only Y tiles can be turned. */
    if (rotated && (plane->tiling == SCANOUT_X_TILED || yuv_is_pairs(plane->format)))
        return false;
    return plane->stride >= layout->tile_width;
}

static uint64_t offset_in_rotated(const struct surface_layout *layout, uint32_t x,
                                  uint32_t y)
{
    unsigned pixels = layout->tile_width / layout->pixel;
    unsigned row = layout->tile_height - 1 - x % layout->tile_height;
    unsigned byte = y % pixels * layout->pixel;
    uint64_t tile = (uint64_t)(y / pixels) * (layout->stride / layout->tile_width) +
                    x / layout->tile_height;
    uint32_t run;
    return tile * SURFACE_PAGE +
           tiling_offset(layout->tiling, layout->tile_width, byte, row, &run);
}

uint64_t surface_offset(const struct surface_layout *layout, uint32_t x, uint32_t y,
                        uint32_t *run)
{
    if (layout->rotated) {
        *run = 1;
        return offset_in_rotated(layout, x, y);
    }
    uint64_t offset =
        tiling_offset(layout->tiling, layout->stride, x * layout->pixel, y, run);
    *run /= layout->pixel;
    return offset;
}

static struct area linear_area(const struct surface_layout *layout, uint64_t page)
{
    uint64_t start = page * SURFACE_PAGE, last = start + SURFACE_PAGE - 1;
    struct area area = {
        .x0 = 0,
        .y0 = (uint32_t)(start / layout->stride),
        .x1 = UINT32_MAX,
        .y1 = (uint32_t)(last / layout->stride) + 1,
    };
    if (area.y1 == area.y0 + 1) {
        area.x0 = (uint32_t)(start % layout->stride / layout->pixel);
        area.x1 = (uint32_t)(last % layout->stride / layout->pixel) + 1;
    }
    return area;
}

struct area surface_page_area(const struct surface_layout *layout, uint64_t page)
{
    if (layout->tiling == TILING_LINEAR)
        return linear_area(layout, page);
    unsigned width = layout->tile_width / layout->pixel, height = layout->tile_height;
    if (layout->rotated) {
        unsigned turned = width;
        width = height;
        height = turned;
    }
    uint64_t columns = layout->stride / layout->tile_width;
    struct area area = {
        .x0 = (uint32_t)(page % columns) * width,
        .y0 = (uint32_t)(page / columns) * height,
    };
    area.x1 = area.x0 + width;
    area.y1 = area.y0 + height;
    return area;
}
