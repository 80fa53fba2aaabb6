/* surface_layout.h: where the pixels of a plane's surface lie in its memory. */
#ifndef MODEL_SURFACE_LAYOUT_H
#define MODEL_SURFACE_LAYOUT_H

#include "display/picture.h" /* struct area */
#include "model/scanout.h"   /* struct scanout_plane */
#include "model/tiling.h"    /* tiles */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* offsets */

#define SURFACE_PAGE 4096u /* bytes: a page, and a tile of any kind */

struct surface_layout {
    enum tiling tiling;
    unsigned pixel; /* bytes */
    /* Bytes from one row to the next: a row of tiles has stride / tile_width tiles. */
    uint32_t stride;
    unsigned tile_width, tile_height; /* bytes, rows; of a linear surface 0 */
    /*
     * The surface is a rotated view: each tile's first column is its last row. What
     * is said of columns and rows then goes for the rotated picture; a tile is as
     * wide as it was high.
     */
    bool rotated;
};

/* false: the plane's format or tiling is not modelled, or its stride makes no sense. */
bool surface_layout_of(const struct scanout_plane *plane,
                       struct surface_layout *layout);

/*
 * Offset in the surface of the first byte of pixel x of row y; *run: pixels from there
 * on that follow each other in memory, 1 or more.
 */
uint64_t surface_offset(const struct surface_layout *layout, uint32_t x, uint32_t y,
                        uint32_t *run);

/* Columns and rows that have bytes in this page of the surface. */
struct area surface_page_area(const struct surface_layout *layout, uint64_t page);

#endif
