/* surface.h: a copy of the memory a plane shows, and what changed in it. */
#ifndef MODEL_SURFACE_H
#define MODEL_SURFACE_H

#include "display/picture.h"      /* areas */
#include "model/scanout.h"        /* struct scanout_plane */
#include "model/surface_layout.h" /* how it lies in memory */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

/* Reads graphics memory: size bytes at a GGTT address; 0 or -EFAULT. */
struct surface_memory {
    int (*read)(void *opaque, uint64_t address, void *data, size_t size);
    void *opaque;
};

/* Start with zeros. */
struct surface {
    bool shown; /* there is a copy, of `plane` */
    struct scanout_plane plane;
    struct surface_layout layout;
    struct area source; /* of the copy: the columns and rows of the plane */
    uint8_t *bytes;     /* pages first_page on; those outside the source are not read */
    uint64_t first_page;
    size_t pages;
    bool *seen; /* a page: has been read */
};

/*
 * Copy what the plane shows. `changed` is called with each area of the plane's source
 * whose bytes differ from the copy before; for all of it when there was none, or of
 * another layout. What cannot be read is as if it were zeros. false: the plane cannot
 * be shown (format, size), and then there is no copy.
 */
bool surface_update(struct surface *surface, const struct scanout_plane *plane,
                    const struct surface_memory *memory,
                    void (*changed)(void *opaque, struct area area), void *opaque);

/* Forget the copy. */
void surface_drop(struct surface *surface);

/*
 * Pixels [x, x + count) of row y of the source (as it lies in the surface, inside the
 * copy), as bytes of the plane's format.
 */
void surface_row(const struct surface *surface, uint32_t x, uint32_t y, uint32_t count,
                 uint8_t *to);

#endif
