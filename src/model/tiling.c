/* tiling.c: where a pixel of a tiled surface lies. */
#include "model/tiling.h"

#include <stdbool.h> /* bool */

/*
 * A tile of 4 KiB, as the order of its address bits: which bit of x or y each of the
 * bits 4 to 11 of the offset is. Bits 0 to 3 are x's everywhere.
 */
struct layout {
    uint32_t width, height; /* bytes, rows */
    char bits[9];           /* from bit 4 on: x or y, each time its next bit */
};

static const struct layout layouts[] = {
    [TILING_X] = { 512, 8, "xxxxxyyy" },
    [TILING_Y] = { 128, 32, "yyyyyxxx" },
    [TILING_YF] = { 128, 32, "yyxyxyxy" },
};

static uint32_t inside(const struct layout *layout, uint32_t x, uint32_t y)
{
    uint32_t offset = x & 15;
    x >>= 4;
    for (unsigned i = 0; layout->bits[i]; i++) {
        uint32_t *from = layout->bits[i] == 'x' ? &x : &y;
        offset |= (*from & 1) << (4 + i);
        *from >>= 1;
    }
    return offset;
}

/* Bytes of a row that lie together. */
static uint32_t contiguous_bytes(enum tiling tiling)
{
    return tiling == TILING_X ? layouts[tiling].width : 16;
}

uint64_t tiling_offset(enum tiling tiling, uint32_t pitch, uint32_t x, uint32_t y,
                       uint32_t *run)
{
    if (tiling == TILING_LINEAR) {
        *run = UINT32_MAX;
        return (uint64_t)pitch * y + x;
    }
    const struct layout *layout = &layouts[tiling];
    uint32_t contiguous = contiguous_bytes(tiling);
    uint64_t tiles_before =
        (uint64_t)(y / layout->height) * (pitch / layout->width) + x / layout->width;
    *run = contiguous - x % contiguous;
    return tiles_before * 4096 + inside(layout, x % layout->width, y % layout->height);
}

void tiling_place(enum tiling tiling, uint32_t pitch, uint64_t offset, uint64_t *x,
                  uint64_t *y, uint32_t *run)
{
    if (tiling == TILING_LINEAR) {
        *x = offset % pitch;
        *y = offset / pitch;
        *run = UINT32_MAX;
        return;
    }
    const struct layout *layout = &layouts[tiling];
    uint64_t tile = offset / 4096, tiles = pitch / layout->width;
    uint32_t in_x = offset & 15, in_y = 0, x_bit = 16, y_bit = 1;
    for (unsigned i = 0; layout->bits[i]; i++) {
        bool set = offset >> (4 + i) & 1, is_x = layout->bits[i] == 'x';
        uint32_t *to = is_x ? &in_x : &in_y, *bit = is_x ? &x_bit : &y_bit;
        *to |= set ? *bit : 0;
        *bit <<= 1;
    }
    *x = tile % tiles * layout->width + in_x;
    *y = tile / tiles * layout->height + in_y;
    *run = contiguous_bytes(tiling) - in_x % contiguous_bytes(tiling);
}
