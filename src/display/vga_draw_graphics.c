/* vga_draw_graphics.c: draws rows of pixels that differ from what they were. */
#include "display/vga_draw_internal.h" /* struct vga_draw_job */

#include <errno.h>  /* errors */
#include <string.h> /* memcmp */

/* Changes are looked for in steps of this many bytes: whole groups of pixels. */
#define STEP 96u /* a multiple of 4 (8 pixels in planes) and of 3 (24 bits a pixel) */

/* Where one row's bytes are now: in memory, or together in drawing->row. */
static const uint8_t *row_bytes(const struct vga_draw_job *job, uint32_t offset,
                                uint32_t length)
{
    uint32_t wrap = job->view->wrap;
    uint32_t at = offset & (wrap - 1);

    if (length <= wrap - at)
        return job->memory + at;
    for (uint32_t done = 0; done < length;) {
        uint32_t part = wrap - at < length - done ? wrap - at : length - done;
        memcpy(job->drawing->row + done, job->memory + at, part);
        done += part;
        at = 0;
    }
    return job->drawing->row;
}

/* Lines whose address has bits of the scan line's number (CGA, Hercules). */
static uint32_t folded(const struct vga_view *view, uint32_t offset, unsigned scan)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t bit = view->fold[i] ? 1u << view->fold[i] : 0;
        offset = (offset & ~bit) | (scan >> i & 1 ? bit : 0);
    }
    return offset;
}

/* The pixels in [from, to) bytes of a row, from the first on; whole groups. */
static uint32_t pixels_in(const struct vga_view *view, uint32_t bytes)
{
    if (view->kind != VGA_VIEW_LINEAR)
        return bytes / 4 * 8;
    return bytes / ((view->bits + 7u) / 8u);
}

static uint32_t bytes_of(const struct vga_view *view, uint32_t pixels)
{
    if (view->kind != VGA_VIEW_LINEAR)
        return (pixels + 7) / 8 * 4;
    return pixels * ((view->bits + 7u) / 8u);
}

/* Draw pixels [first, end) of a row, as far as they are in the picture. */
static void draw_pixels(const struct vga_draw_job *job, const struct vga_line *line,
                        const uint8_t *row, uint32_t first, uint32_t end)
{
    const struct vga_view *view = job->view;
    uint32_t *colours = job->drawing->colours;
    unsigned shift = view->double_width;
    uint32_t x0 = first << shift, x1 = end << shift;

    vga_row_colours(view, row, first, end - first, colours);
    x0 = x0 > line->panning ? x0 - line->panning : 0;
    x1 = x1 > line->panning ? x1 - line->panning : 0;
    if (x1 > view->width)
        x1 = view->width;
    if (x0 >= x1)
        return;
    uint32_t *to = picture_row(job->picture, line->y);
    for (uint32_t x = x0; x < x1; x++)
        to[x] = colours[((x + line->panning) >> shift) - first];
    for (uint32_t i = 1; i < line->lines; i++)
        memcpy(picture_row(job->picture, line->y + i) + x0, to + x0,
               (x1 - x0) * sizeof(*to));
    damage_add(job->damage, (struct area){ x0, line->y, x1, line->y + line->lines });
}

/* Find what changed of a row, keep it, draw it. */
static void update_row(const struct vga_draw_job *job, const struct vga_line *line,
                       const uint8_t *now, uint8_t *before, uint32_t length)
{
    uint32_t first = 0, end = length;

    if (!job->all) {
        if (memcmp(now, before, length) == 0)
            return;
        while (end - first > STEP && memcmp(now + first, before + first, STEP) == 0)
            first += STEP;
        for (uint32_t last = (end - 1) / STEP * STEP;
             last > first && memcmp(now + last, before + last, end - last) == 0;
             last -= STEP)
            end = last;
    }
    memcpy(before + first, now + first, end - first);
    draw_pixels(job, line, before, pixels_in(job->view, first),
                pixels_in(job->view, end));
}

int vga_draw_graphics(const struct vga_draw_job *job)
{
    const struct vga_view *view = job->view;
    struct vga_draw_job each = *job;
    /* The last pixel may be half in the picture; the first may be panned out of it. */
    uint32_t pixels = ((view->width + view->panning) >> view->double_width) + 1;
    uint32_t length = bytes_of(view, pixels);
    size_t rows = view->height / view->repeat + 4;

    if (rows * length > job->drawing->shadow_size)
        each.all = true;
    if (vga_drawing_reserve(job->drawing, rows * length) < 0)
        return -ENOMEM;
    uint8_t *before = job->drawing->shadow;
    for (uint32_t y = 0; y < view->height; before += length) {
        struct vga_line line = vga_line_at(view, y);
        uint32_t offset = folded(view, line.offset, line.scan);
        update_row(&each, &line, row_bytes(job, offset, length), before, length);
        y += line.lines;
    }
    return 0;
}
