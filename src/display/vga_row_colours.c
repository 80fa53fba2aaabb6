/* vga_row_colours.c: from bytes of a VGA's memory to colours, by kind of view. */
#include "base/bytes.h"                /* loads */
#include "display/vga_draw_internal.h" /* vga_row_colours */

/* Bit `pixel` (0 is the leftmost) of each plane, plane 0 lowest. */
static unsigned planar_pixel(const uint8_t *group, unsigned pixel)
{
    unsigned value = 0;
    for (unsigned plane = 0; plane < 4; plane++)
        value |= (group[plane] >> (7 - pixel) & 1u) << plane;
    return value;
}

/*
 * IBM VGA, shift register interleave: two bits of plane 0 for the first 4 pixels and of
 * plane 1 for the next, with those of planes 2 and 3 above them.
 */
static unsigned pair_pixel(const uint8_t *group, unsigned pixel)
{
    unsigned plane = pixel / 4, shift = 6 - pixel % 4 * 2;
    return (group[plane] >> shift & 3u) | (group[plane + 2] >> shift & 3u) << 2;
}

/* 5 or 6 bits of a colour's part to 8: all ones stay all ones. */
static uint32_t widen(uint32_t part, unsigned bits)
{
    part &= (1u << bits) - 1;
    return part << (8 - bits) | part >> (2 * bits - 8);
}

static uint32_t linear_colour(const struct vga_view *view, const uint8_t *row,
                              uint32_t pixel)
{
    uint32_t value;
    switch (view->bits) {
    case 8:
        return view->palette[row[pixel]];
    case 15:
        value = load16(row + (size_t)pixel * 2);
        return widen(value >> 10, 5) << 16 | widen(value >> 5, 5) << 8 |
               widen(value, 5);
    case 16:
        value = load16(row + (size_t)pixel * 2);
        return widen(value >> 11, 5) << 16 | widen(value >> 5, 6) << 8 |
               widen(value, 5);
    case 24:
        row += (size_t)pixel * 3;
        return (uint32_t)row[2] << 16 | (uint32_t)row[1] << 8 | row[0];
    default:
        return load32(row + (size_t)pixel * 4) & 0xffffffu;
    }
}

void vga_row_colours(const struct vga_view *view, const uint8_t *row, uint32_t first,
                     uint32_t count, uint32_t *colours)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t pixel = first + i;
        const uint8_t *group = row + (size_t)pixel / 8 * 4;
        if (view->kind == VGA_VIEW_PLANAR)
            colours[i] = view->palette[planar_pixel(group, pixel % 8)];
        else if (view->kind == VGA_VIEW_PAIRS)
            colours[i] = view->palette[pair_pixel(group, pixel % 8)];
        else
            colours[i] = linear_colour(view, row, pixel);
    }
}
