/* surface.c: a copy of the memory a plane shows, and what changed in it. */
#include "model/surface.h"

#include "base/bytes.h" /* MIB */
#include "model/yuv.h"  /* pairs of pixels */

#include <stdlib.h>   /* calloc */
#include <sys/mman.h> /* mmap */

/*
 * A guest chooses sizes and strides. What a plane shows is at most the picture's size;
 * pages between its rows are not touched and cost only addresses.
 */
#define SOURCE_MAX  8192u                          /* columns or rows */
#define VISIBLE_MAX (128 * MIB)                    /* bytes of pixels */
#define RANGE_MAX   ((uint64_t)GIB / SURFACE_PAGE) /* pages */

static bool same_layout(const struct scanout_plane *a, const struct scanout_plane *b)
{
    return a->format == b->format && a->tiling == b->tiling && a->stride == b->stride &&
           a->rotation % 180 == b->rotation % 180 && a->source_x == b->source_x &&
           a->source_y == b->source_y && a->source_width == b->source_width &&
           a->source_height == b->source_height;
}

void surface_drop(struct surface *surface)
{
    if (surface->bytes)
        munmap(surface->bytes, surface->pages * SURFACE_PAGE);
    free(surface->seen);
    memset(surface, 0, sizeof(*surface));
}

/* Pixels of 4:2:2 come in pairs. */
static struct area source_of(const struct scanout_plane *plane)
{
    struct area source = {
        .x0 = plane->source_x,
        .y0 = plane->source_y,
        .x1 = plane->source_x + plane->source_width,
        .y1 = plane->source_y + plane->source_height,
    };
    if (yuv_is_pairs(plane->format)) {
        source.x0 &= ~1u;
        source.x1 = (source.x1 + 1) & ~1u;
    }
    return source;
}

static bool sane(const struct scanout_plane *plane, const struct surface_layout *layout)
{
    return plane->source_width && plane->source_height &&
           plane->source_width <= SOURCE_MAX && plane->source_height <= SOURCE_MAX &&
           plane->source_x <= UINT16_MAX && plane->source_y <= UINT16_MAX &&
           (uint64_t)plane->source_width * plane->source_height * layout->pixel <=
               VISIBLE_MAX;
}

/* Pages of the source's first and last bytes: corners, for tiles lie in rows. */
static bool make_copy(struct surface *surface, const struct scanout_plane *plane)
{
    if (!surface_layout_of(plane, &surface->layout) || !sane(plane, &surface->layout))
        return false;
    struct area source = source_of(plane);
    const struct surface_layout *layout = &surface->layout;
    uint32_t run;
    uint64_t first = surface_offset(layout, source.x0, source.y0, &run) / SURFACE_PAGE;
    uint64_t last_byte =
        surface_offset(layout, source.x1 - 1, source.y1 - 1, &run) + layout->pixel - 1;
    uint64_t last = last_byte / SURFACE_PAGE;
    if (last < first || last - first >= RANGE_MAX)
        return false;
    size_t pages = (size_t)(last - first + 1);
    void *bytes = mmap(NULL, pages * SURFACE_PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool *seen = calloc(pages, sizeof(*seen));
    if (bytes == MAP_FAILED || !seen) {
        if (bytes != MAP_FAILED)
            munmap(bytes, pages * SURFACE_PAGE);
        free(seen);
        return false;
    }
    surface->source = source;
    surface->bytes = bytes;
    surface->seen = seen;
    surface->first_page = first;
    surface->pages = pages;
    surface->shown = true;
    return true;
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The part of the source that has bytes in this page; empty: none. */
static struct area part_in_page(const struct surface *surface, uint64_t page)
{
    struct area area = surface_page_area(&surface->layout, page);
    return (struct area){
        .x0 = later(area.x0, surface->source.x0),
        .y0 = later(area.y0, surface->source.y0),
        .x1 = earlier(area.x1, surface->source.x1),
        .y1 = earlier(area.y1, surface->source.y1),
    };
}

bool surface_update(struct surface *surface, const struct scanout_plane *plane,
                    const struct surface_memory *memory,
                    void (*changed)(void *opaque, struct area area), void *opaque)
{
    if (surface->shown && !same_layout(&surface->plane, plane))
        surface_drop(surface);
    if (!surface->shown && !make_copy(surface, plane)) {
        surface_drop(surface);
        return false;
    }
    surface->plane = *plane;
    for (size_t i = 0; i < surface->pages; i++) {
        uint64_t page = surface->first_page + i;
        struct area part = part_in_page(surface, page);
        uint8_t now[SURFACE_PAGE];
        if (part.x0 >= part.x1 || part.y0 >= part.y1)
            continue;
        if (memory->read(memory->opaque, plane->base + page * SURFACE_PAGE, now,
                         sizeof(now)) < 0)
            memset(now, 0, sizeof(now));
        uint8_t *before = surface->bytes + i * SURFACE_PAGE;
        if (surface->seen[i] && memcmp(before, now, sizeof(now)) == 0)
            continue;
        surface->seen[i] = true;
        memcpy(before, now, sizeof(now));
        changed(opaque, part);
    }
    return true;
}

void surface_row(const struct surface *surface, uint32_t x, uint32_t y, uint32_t count,
                 uint8_t *to)
{
    const struct surface_layout *layout = &surface->layout;
    uint64_t start = surface->first_page * SURFACE_PAGE;
    size_t end = surface->pages * SURFACE_PAGE;
    while (count) {
        uint32_t run;
        uint64_t at = surface_offset(layout, x, y, &run) - start;
        run = earlier(run, count);
        size_t size = (size_t)run * layout->pixel;
        if (range_inside(at, size, end))
            memcpy(to, surface->bytes + at, size);
        else
            memset(to, 0, size);
        to += size;
        x += run;
        count -= run;
    }
}
