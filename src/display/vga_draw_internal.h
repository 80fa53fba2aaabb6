/* vga_draw_internal.h: what the files that draw a VGA's memory share. */
#ifndef DISPLAY_VGA_DRAW_INTERNAL_H
#define DISPLAY_VGA_DRAW_INTERNAL_H

#include "display/picture.h"  /* the picture drawn into */
#include "display/vga_view.h" /* what is drawn */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

/* A row of pixels: 32 bits each, and what panning brings in at its edges. */
#define VGA_ROW_BYTES ((PICTURE_MAX_WIDTH + 64u) * 4u)

/* Glyphs, without what the other planes hold between their bytes. */
#define VGA_FONT_BYTES (256u * VGA_GLYPH_LINES)

struct vga_drawing {
    struct vga_view view; /* as last drawn, while `drawn` */
    bool drawn;
    uint8_t *shadow; /* the rows as last drawn: bytes of memory, or cells as keys */
    size_t shadow_size;
    uint8_t fonts[2][VGA_FONT_BYTES];
    uint8_t row[VGA_ROW_BYTES];
    uint32_t colours[VGA_ROW_BYTES / 4];
};

/* One call of vga_draw: the view is checked and the picture has its size. */
struct vga_draw_job {
    struct vga_drawing *drawing;
    const struct vga_view *view;
    const uint8_t *memory;
    uint64_t now;
    bool all; /* draw whatever is the same, too */
    struct picture *picture;
    struct damage *damage;
};

/* The picture's lines [y, y + lines) that show one scan line of one row. */
struct vga_line {
    uint32_t y, lines;
    uint32_t offset;  /* of the row, from its start, before wrapping */
    unsigned scan;    /* of the row */
    uint32_t panning; /* of these lines */
};

/* The scan line shown at line y of the picture. */
struct vga_line vga_line_at(const struct vga_view *view, uint32_t y);

/* Make room for the shadow; 0, or -ENOMEM. What was in it is lost when it must grow. */
int vga_drawing_reserve(struct vga_drawing *drawing, size_t size);

/* Draw what changed. 0, or -ENOMEM. */
int vga_draw_text(const struct vga_draw_job *job);
int vga_draw_graphics(const struct vga_draw_job *job);

/*
 * The colours of `count` pixels from the `first` of a row on; row holds the whole
 * groups of 8 they are in.
 */
void vga_row_colours(const struct vga_view *view, const uint8_t *row, uint32_t first,
                     uint32_t count, uint32_t *colours);

#endif
