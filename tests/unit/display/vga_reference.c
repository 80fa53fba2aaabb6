/* vga_reference.c: what one pixel of a view shows: slow, and written apart from
 * vga_draw. */
#include "vga_reference.h"

#include "base/bytes.h"       /* load32 */
#include "display/vga_draw.h" /* how fast it blinks */

#include <stdbool.h> /* bool */

uint32_t vga_reference_pixel(const struct vga_view *view, const uint8_t *memory,
                             uint64_t now, uint32_t x, uint32_t y)
{
    bool lower = y >= view->split;
    uint32_t line = lower ? y - view->split : y + view->first_line * view->repeat;
    uint32_t scan = line / view->repeat, row = scan / view->row_lines;
    uint32_t offset = (lower ? 0 : view->start) + row * view->pitch;
    scan %= view->row_lines;
    x += lower && !view->split_panned ? 0 : view->panning;
    x >>= view->double_width;
    if (view->kind == VGA_VIEW_TEXT) {
        uint32_t at = (offset + x / view->cell_width * 4) & (view->wrap - 1) & ~3u;
        const uint8_t *cell =
            at / 4 < view->window_cells ? memory + view->window + at / 2 : memory + at;
        unsigned dot = x % view->cell_width;
        const uint8_t *glyph =
            memory + view->fonts[cell[1] >> 3 & 1] + (cell[0] * 32u + scan) * 4 + 2;
        bool on = dot < 8 ? *glyph >> (7 - dot) & 1
                          : view->line_graphics && cell[0] >> 5 == 6 && *glyph & 1;
        on = on || (scan == view->underline && (cell[1] & 7) == 1);
        if (view->blinks && cell[1] & 0x80 && now / VGA_BLINK_MS & 2)
            on = false;
        if (((offset + x / view->cell_width * 4) & (view->wrap - 1)) == view->cursor &&
            scan >= view->cursor_first && scan < view->cursor_end &&
            !(now / VGA_BLINK_MS & 1))
            on = true;
        return view
            ->palette[on ? cell[1] & 15 : cell[1] >> 4 & (view->blinks ? 7 : 15)];
    }
    for (unsigned i = 0; i < 2; i++) {
        if (view->fold[i])
            offset = (offset & ~(1u << view->fold[i])) | (scan >> i & 1)
                                                             << view->fold[i];
    }
    uint32_t step = view->kind != VGA_VIEW_LINEAR ? 0 : (view->bits + 7u) / 8;
    uint8_t bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] =
            memory[(offset + (step ? x * step : x / 8 * 4) + i) & (view->wrap - 1)];
    uint32_t value = load32(bytes);
    if (view->kind == VGA_VIEW_PLANAR) {
        unsigned bit = 7 - x % 8;
        return view->palette[(bytes[0] >> bit & 1) | (bytes[1] >> bit & 1) << 1 |
                             (bytes[2] >> bit & 1) << 2 | (bytes[3] >> bit & 1) << 3];
    }
    if (view->kind == VGA_VIEW_PAIRS) {
        unsigned half = x / 4 % 2, bit = 6 - x % 4 * 2;
        return view
            ->palette[(bytes[half] >> bit & 3) | (bytes[half + 2] >> bit & 3) << 2];
    }
    if (step == 1)
        return view->palette[bytes[0]];
    if (step > 2)
        return value & 0xffffff;
    unsigned green = view->bits == 16 ? 6 : 5;
    uint32_t r = value >> (5 + green) & 31, g = value >> 5 & ((1u << green) - 1),
             b = value & 31;
    g = green == 6 ? g << 2 | g >> 4 : g << 3 | g >> 2;
    return (r << 3 | r >> 2) << 16 | g << 8 | (b << 3 | b >> 2);
}
