/* vga_draw_text.c: draws cells of text that differ from what they were. */
#include "base/bytes.h"                /* loads and stores */
#include "display/vga_draw.h"          /* VGA_BLINK_MS */
#include "display/vga_draw_internal.h" /* struct vga_draw_job */

#include <errno.h>  /* errors */
#include <string.h> /* memcmp */

/*
 * A cell as it is drawn is a key: the shadow keeps them. Character in bits 7:0,
 * attribute in 15:8, and these.
 */
#define KEY_CURSOR (1u << 16) /* shown on it now */
#define KEY_HIDDEN (1u << 17) /* it blinks, and is not to be seen now */

/* Attribute bits (IBM VGA). */
#define ATTRIBUTE_BLINK     0x80u
#define ATTRIBUTE_FONT      0x08u
#define ATTRIBUTE_UNDERLINE 0x07u /* this foreground is 1 */

/* Characters whose ninth dot repeats the eighth: lines join. */
#define FIRST_LINE_GRAPHIC 0xc0u
#define LAST_LINE_GRAPHIC  0xdfu

/* The bytes of one font together; true when they are not what they were. */
static bool take_font(const struct vga_draw_job *job, unsigned which)
{
    uint8_t *font = job->drawing->fonts[which];
    const uint8_t *from = job->memory + job->view->fonts[which] + 2;
    uint8_t now[VGA_FONT_BYTES];

    for (unsigned i = 0; i < VGA_FONT_BYTES; i++)
        now[i] = from[i * 4];
    if (memcmp(font, now, sizeof(now)) == 0)
        return false;
    memcpy(font, now, sizeof(now));
    return true;
}

/* Character and attribute of the cell at an offset that is already wrapped. */
static uint32_t cell_at(const struct vga_draw_job *job, uint32_t offset)
{
    const struct vga_view *view = job->view;
    uint32_t cell = offset / 4;

    if (cell < view->window_cells)
        return load16(job->memory + view->window + 2 * cell);
    return load16(job->memory + cell * 4);
}

static uint32_t key_of(const struct vga_draw_job *job, uint32_t offset)
{
    const struct vga_view *view = job->view;
    uint32_t wrapped = offset & (view->wrap - 1);
    uint32_t key = cell_at(job, wrapped);
    uint64_t phase = job->now / VGA_BLINK_MS;

    if (view->blinks && key >> 8 & ATTRIBUTE_BLINK && phase & 2)
        key |= KEY_HIDDEN;
    if (wrapped == view->cursor && view->cursor_first < view->cursor_end &&
        !(phase & 1))
        key |= KEY_CURSOR;
    return key;
}

/* The dots of one line of a cell, the leftmost in bit 8. */
static unsigned dots_of(const struct vga_draw_job *job, uint32_t key, unsigned scan)
{
    const struct vga_view *view = job->view;
    unsigned character = key & 0xff, attribute = key >> 8 & 0xff;
    const uint8_t *font = job->drawing->fonts[attribute & ATTRIBUTE_FONT ? 1 : 0];
    unsigned dots = (unsigned)font[character * VGA_GLYPH_LINES + scan] << 1;

    if (view->line_graphics && character >= FIRST_LINE_GRAPHIC &&
        character <= LAST_LINE_GRAPHIC)
        dots |= dots >> 1 & 1;
    if (scan == view->underline && (attribute & ATTRIBUTE_UNDERLINE) == 1)
        dots = 0x1ff;
    if (key & KEY_HIDDEN)
        dots = 0;
    if (key & KEY_CURSOR && scan >= view->cursor_first && scan < view->cursor_end)
        dots = 0x1ff;
    return dots;
}

/* Draw the part of a scan line that is in one cell, at dot x0 of the panned row. */
static void draw_dots(const struct vga_draw_job *job, const struct vga_line *line,
                      uint32_t x0, uint32_t key)
{
    const struct vga_view *view = job->view;
    unsigned attribute = key >> 8 & 0xff, dots = dots_of(job, key, line->scan);
    unsigned background = attribute >> 4 & (view->blinks ? 7u : 15u);
    uint32_t x1 = x0 + ((uint32_t)view->cell_width << view->double_width);
    uint32_t *to = picture_row(job->picture, line->y);

    for (uint32_t x = x0; x < x1; x++) {
        unsigned dot = (x - x0) >> view->double_width;
        if (x < line->panning || x - line->panning >= view->width)
            continue;
        to[x - line->panning] =
            view->palette[dots >> (8 - dot) & 1 ? attribute & 15u : background];
    }
}

/* The picture's lines of one row of cells: from y on. Returns the line behind them. */
static uint32_t draw_row(const struct vga_draw_job *job, uint32_t y, uint32_t columns,
                         uint8_t *before)
{
    const struct vga_view *view = job->view;
    uint32_t cell_width = (uint32_t)view->cell_width << view->double_width;
    struct vga_line line = vga_line_at(view, y);
    uint32_t offset = line.offset, changed_first = columns, changed_end = 0;
    uint32_t panning = line.panning;
    bool changed[PICTURE_MAX_WIDTH / 8 + 4];

    for (uint32_t column = 0; column < columns; column++) {
        uint32_t key = key_of(job, offset + column * 4);
        changed[column] = job->all || load32(before + column * 4) != key;
        if (!changed[column])
            continue;
        store32(before + column * 4, key);
        if (changed_first == columns)
            changed_first = column;
        changed_end = column + 1;
    }
    uint32_t first_y = y;
    for (;;) {
        for (uint32_t column = changed_first; column < changed_end; column++) {
            if (changed[column])
                draw_dots(job, &line, column * cell_width, load32(before + column * 4));
        }
        if (changed_end) {
            for (uint32_t i = 1; i < line.lines; i++)
                memcpy(picture_row(job->picture, y + i), picture_row(job->picture, y),
                       view->width * sizeof(uint32_t));
        }
        y += line.lines;
        if (y >= view->height || y == view->split || line.scan + 1u == view->row_lines)
            break;
        line = vga_line_at(view, y);
    }
    uint32_t x0 = changed_first * cell_width, x1 = changed_end * cell_width;
    if (changed_end)
        damage_add(job->damage, (struct area){ x0 > panning ? x0 - panning : 0, first_y,
                                               x1 > panning ? x1 - panning : 0, y });
    return y;
}

int vga_draw_text(const struct vga_draw_job *job)
{
    const struct vga_view *view = job->view;
    struct vga_draw_job each = *job;
    uint32_t cell_width = (uint32_t)view->cell_width << view->double_width;
    uint32_t columns = (view->width + view->panning + cell_width - 1) / cell_width;
    /* The first row may be cut above, the last below, and one by the split. */
    size_t rows = view->height / ((size_t)view->row_lines * view->repeat) + 4;
    size_t length = columns * sizeof(uint32_t);

    if (rows * length > job->drawing->shadow_size)
        each.all = true;
    if (vga_drawing_reserve(job->drawing, rows * length) < 0)
        return -ENOMEM;
    for (unsigned i = 0; i < 2; i++) {
        if (take_font(job, i))
            each.all = true;
    }
    uint8_t *before = job->drawing->shadow;
    for (uint32_t y = 0; y < view->height; before += length)
        y = draw_row(&each, y, columns, before);
    return 0;
}
