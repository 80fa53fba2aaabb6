/* vga_view.h: all that must be known of a VGA to draw its memory: plain numbers. */
#ifndef DISPLAY_VGA_VIEW_H
#define DISPLAY_VGA_VIEW_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* fixed sizes */

struct error;

/*
 * How memory is read. Memory is as QEMU's VGA has it: byte 4 * A + P is address A of
 * plane P, and what a guest writes through chain 4, mode X or the linear frame buffer
 * is there byte behind byte.
 */
enum vga_view_kind {
    VGA_VIEW_BLANK,  /* a black screen; only width and height count */
    VGA_VIEW_TEXT,   /* cells: character in plane 0, attribute in plane 1 */
    VGA_VIEW_PLANAR, /* 4 bits a pixel, one of each plane; 8 pixels in 4 bytes */
    VGA_VIEW_PAIRS,  /* 2 bits a pixel (CGA's modes): 4 in plane 0, the next 4 in 1 */
    VGA_VIEW_LINEAR, /* `bits` a pixel, one behind the other */
    VGA_VIEW_KINDS
};

/* More pixels in all are not drawn; each direction has picture.h's limit. */
#define VGA_VIEW_MAX_PIXELS (4096u * 4096u)

#define VGA_VIEW_MAX_PANNING 16u

/* A glyph has this many bytes in plane 2, whatever is shown of them. */
#define VGA_GLYPH_LINES 32u

/*
 * What the registers amount to. It crosses a process boundary as these bytes (same
 * computer, same build), so whoever gets one calls vga_view_check before use. Offsets
 * and pitches are bytes of the memory handed to vga_draw. No padding.
 */
struct vga_view {
    uint32_t kind;          /* enum vga_view_kind */
    uint32_t width, height; /* of the picture, pixels; 0: no picture at all */
    uint32_t start;         /* offset of the first cell or pixel */
    uint32_t pitch;         /* from one row of cells or pixels to the next */
    uint32_t wrap;     /* a power of two: offsets of cells and pixels are modulo it */
    uint32_t split;    /* at this line of the picture offset 0 begins (line compare) */
    uint32_t cursor;   /* offset of the cell with the text cursor */
    uint32_t fonts[2]; /* offsets of glyph 0 of both fonts (attribute bit 3: 0, 1) */
    /*
     * Text that the guest writes without being seen lies apart, 2 bytes a cell: the
     * cells at offsets below 4 * window_cells (after wrap) are at window + 2 * cell.
     */
    uint32_t window, window_cells;
    uint8_t bits;          /* LINEAR: 8, 15, 16, 24 or 32 */
    uint8_t repeat;        /* the picture's lines to a scan line, from 1 */
    uint8_t row_lines;     /* scan lines to a row of cells or pixels, 1 to 32 */
    uint8_t fold[2];       /* graphics: bits of the offset that are bits 0 and 1 of the
                              scan line's number in its row; 0: none */
    uint8_t double_width;  /* pixels (or dots of a glyph) are two wide: 0, 1 */
    uint8_t panning;       /* of the picture's pixels, hidden to the left, 0 to 16 */
    uint8_t split_panned;  /* 1: lines from `split` on are panned too */
    uint8_t first_line;    /* scan lines of the first row hidden above, 0 to 31 */
    uint8_t cell_width;    /* TEXT: 8 or 9 dots */
    uint8_t line_graphics; /* TEXT: 1: glyphs C0 to DF repeat dot 8 in the ninth */
    uint8_t blinks;        /* TEXT: 1: attribute bit 7 blinks, 0: a bright background */
    uint8_t underline;     /* TEXT: line of underlined cells (foreground 1), 32: none */
    uint8_t cursor_first, cursor_end; /* lines of the cursor, none where first >= end */
    uint8_t reserved;                 /* 0 */
    uint32_t palette[256]; /* XRGB of every value of a pixel or attribute nibble */
};

/*
 * Is this view possible, in a memory of this many bytes? 0 when nothing it leads to
 * lies outside; else -EINVAL with err naming the field.
 */
int vga_view_check(const struct vga_view *view, size_t size, struct error *err);

#endif
