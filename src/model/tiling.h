/* tiling.h: where the bytes of a surface lie in its memory. */
#ifndef MODEL_TILING_H
#define MODEL_TILING_H

#include "model/scanout.h" /* struct scanout_plane */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* offsets */

#define TILING_PAGE 4096u /* bytes: a page, and a tile of any kind */

/* How a plane's surface lies in memory. */
struct tiling {
    enum scanout_tiling kind;
    unsigned pixel; /* bytes */
    /* Bytes from one row to the next: a row of tiles has stride / tile_width tiles. */
    uint32_t stride;
    /* Of a tile; of a linear surface 0. */
    unsigned tile_width; /* bytes */
    unsigned tile_height;
    /*
     * The surface is a rotated view: each tile's first column is its last row. What
     * is said of columns and rows then goes for the rotated picture; a tile is as
     * wide as it was high.
     */
    bool rotated;
};

/* false: the plane's format or tiling is not modelled, or its stride makes no sense. */
bool tiling_of(const struct scanout_plane *plane, struct tiling *tiling);

/* Offset in the surface of the first byte of pixel x of row y. */
uint64_t tiling_offset(const struct tiling *tiling, uint32_t x, uint32_t y);

/* Pixels that lie in a row from there on: 1 or more. */
uint32_t tiling_run(const struct tiling *tiling, uint32_t x);

/* Columns [*x0, *x1) and rows [*y0, *y1) that have bytes in this page. */
struct tiling_span {
    uint32_t x0, y0, x1, y1;
};
struct tiling_span tiling_page_span(const struct tiling *tiling, uint64_t page);

#endif
