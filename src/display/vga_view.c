/* vga_view.c: bounds of a view that comes from elsewhere. */
#include "display/vga_view.h"

#include "base/bytes.h"      /* range_inside */
#include "base/error.h"      /* error_set */
#include "display/picture.h" /* limits of a picture */

_Static_assert(sizeof(struct vga_view) == 12 * 4 + 16 + 256 * 4, "no padding");

#define PLANES     4u
#define FONT_BYTES (256u * VGA_GLYPH_LINES * PLANES)

static int bad(struct error *err, const char *field, uint32_t value)
{
    return error_set(err, ERROR_INPUT, -EINVAL, "view of a VGA: %s %u is not possible",
                     field, value);
}

static int check_text(const struct vga_view *view, size_t size, struct error *err)
{
    if (view->cell_width != 8 && view->cell_width != 9)
        return bad(err, "cell width", view->cell_width);
    for (unsigned i = 0; i < 2; i++) {
        if (!range_inside(view->fonts[i], FONT_BYTES, size))
            return bad(err, "font offset", view->fonts[i]);
    }
    if (!range_inside(view->window, 2ull * view->window_cells, size))
        return bad(err, "text window", view->window);
    if (view->cursor >= view->wrap)
        return bad(err, "cursor offset", view->cursor);
    return 0;
}

static int check_linear(const struct vga_view *view, struct error *err)
{
    switch (view->bits) {
    case 8:
    case 15:
    case 16:
    case 24:
    case 32:
        return 0;
    default:
        return bad(err, "bits a pixel", view->bits);
    }
}

int vga_view_check(const struct vga_view *view, size_t size, struct error *err)
{
    if (view->kind >= VGA_VIEW_KINDS)
        return bad(err, "kind", view->kind);
    if (view->width > PICTURE_MAX_WIDTH)
        return bad(err, "width", view->width);
    if (view->height > PICTURE_MAX_HEIGHT ||
        (uint64_t)view->width * view->height > VGA_VIEW_MAX_PIXELS)
        return bad(err, "height", view->height);
    if (view->kind == VGA_VIEW_BLANK)
        return 0;
    if (view->wrap < PLANES || view->wrap > size || view->wrap & (view->wrap - 1))
        return bad(err, "wrap", view->wrap);
    if (view->start >= view->wrap)
        return bad(err, "start", view->start);
    if (view->pitch > view->wrap)
        return bad(err, "pitch", view->pitch);
    if (view->repeat < 1)
        return bad(err, "lines a scan line", view->repeat);
    if (view->row_lines < 1 || view->row_lines > VGA_GLYPH_LINES)
        return bad(err, "scan lines a row", view->row_lines);
    if (view->fold[0] > 31 || view->fold[1] > 31)
        return bad(err, "fold", view->fold[0] > 31 ? view->fold[0] : view->fold[1]);
    if (view->double_width > 1)
        return bad(err, "double width", view->double_width);
    if (view->panning > VGA_VIEW_MAX_PANNING)
        return bad(err, "panning", view->panning);
    if (view->first_line >= VGA_GLYPH_LINES)
        return bad(err, "first line", view->first_line);
    if (view->kind == VGA_VIEW_TEXT)
        return check_text(view, size, err);
    return view->kind == VGA_VIEW_LINEAR ? check_linear(view, err) : 0;
}
