/* screen.c: draws what a pipe shows: background, planes, cursor. */
#include "model/screen.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "model/colour.h" /* what the pipe makes of colours */
#include "model/pixels.h" /* formats */
#include "model/yuv.h"    /* planar formats */

#include <stdlib.h> /* calloc */
#include <string.h> /* memcmp */

#define COLOUR_MASK 0xffffffu

struct screen {
    struct picture picture;
    struct damage damage;
    struct scanout_pipe shown; /* as last drawn; pointers in it are no longer valid */
    uint64_t transform;        /* its serial; 0: none */
    uint32_t palette[256];
    struct surface surfaces[SCANOUT_PLANES];
    struct surface chromas[SCANOUT_PLANES]; /* of those that are planar */
    /* One line of pixels on their way, as bytes and as colours. */
    uint8_t raw[PICTURE_MAX_WIDTH * 8], chroma[PICTURE_MAX_WIDTH * 4];
    uint32_t colours[PICTURE_MAX_WIDTH];
    uint32_t line[PICTURE_MAX_WIDTH];
};

struct screen *screen_new(void)
{
    return calloc(1, sizeof(struct screen));
}

void screen_rest(struct screen *screen)
{
    for (size_t i = 0; i < ARRAY_SIZE(screen->surfaces); i++) {
        surface_drop(&screen->surfaces[i]);
        surface_drop(&screen->chromas[i]);
    }
}

void screen_free(struct screen *screen)
{
    if (!screen)
        return;
    screen_rest(screen);
    picture_free(&screen->picture);
    free(screen);
}

const struct picture *screen_picture(const struct screen *screen)
{
    return &screen->picture;
}

/* From the screen to the source: the surface's column and row of a pixel of the plane.
 */
struct mapping {
    bool flip_x, flip_y;
};

/*
 * A surface turned by a quarter is laid out (a rotated view of the GTT) as it looks
 * turned clockwise, which is 270 degrees of DRM's; for 90 it is turned by another half.
 */
static struct mapping mapping_of(const struct scanout_plane *plane)
{
    bool half = plane->rotation == 180 || plane->rotation == 90;
    bool quarter = plane->rotation % 180 != 0;
    return (struct mapping){
        .flip_x = half != (plane->mirrored && !quarter),
        .flip_y = half != (plane->mirrored && quarter),
    };
}

/* Pixel `at` of `size` on the screen, in a source of source_size; nearest neighbour. */
static uint32_t to_source(uint32_t at, uint32_t size, uint32_t source_size, bool flip)
{
    uint32_t source =
        size == source_size ? at : (uint32_t)((uint64_t)at * source_size / size);
    return flip ? source_size - 1 - source : source;
}

/* The first pixel on the screen that shows source pixel `at` or one after it. */
static uint32_t to_screen(uint32_t at, uint32_t size, uint32_t source_size)
{
    return (uint32_t)(((uint64_t)at * size + source_size - 1) / source_size);
}

/* One direction of a changed part: [*from, *to) of the source to the screen. */
static void span_to_screen(uint32_t *from, uint32_t *to, uint32_t size,
                           uint32_t source_size, bool flip)
{
    if (*to > source_size)
        *to = source_size;
    if (*from > *to)
        *from = *to;
    if (flip) {
        uint32_t first = source_size - *to;
        *to = source_size - *from;
        *from = first;
    }
    *from = to_screen(*from, size, source_size);
    *to = to_screen(*to, size, source_size);
}

/* Mark a rectangle at a position that may be outside. */
static void mark(struct screen *screen, int64_t x, int64_t y, uint32_t width,
                 uint32_t height)
{
    int64_t x1 = x + width, y1 = y + height;
    if (x1 <= 0 || y1 <= 0)
        return;
    const struct area area = {
        .x0 = x < 0 ? 0 : (uint32_t)x,
        .y0 = y < 0 ? 0 : (uint32_t)y,
        .x1 = (uint32_t)x1,
        .y1 = (uint32_t)y1,
    };
    damage_add(&screen->damage, area);
}

static void mark_plane(struct screen *screen, const struct scanout_plane *plane)
{
    if (plane->enabled)
        mark(screen, plane->x, plane->y, plane->width, plane->height);
}

/* What surface_update tells. */
struct change {
    struct screen *screen;
    const struct scanout_plane *plane;
    const struct scanout_plane *surface; /* the same, or its chroma */
};

/* From columns or rows of a surface to those of the plane's source. */
static uint32_t from_surface(uint32_t at, uint32_t source, uint32_t pixels)
{
    /* 4:2:2 may have begun a column earlier. */
    return at > source ? (at - source) * pixels : 0;
}

static void surface_changed(void *opaque, struct area area)
{
    const struct change *change = opaque;
    const struct scanout_plane *plane = change->plane, *surface = change->surface;
    struct mapping mapping = mapping_of(plane);
    uint32_t pixels = surface == plane ? 1 : 2;
    area.x0 = from_surface(area.x0, surface->source_x, pixels);
    area.x1 = from_surface(area.x1, surface->source_x, pixels);
    area.y0 = from_surface(area.y0, surface->source_y, pixels);
    area.y1 = from_surface(area.y1, surface->source_y, pixels);
    span_to_screen(&area.x0, &area.x1, plane->width, plane->source_width,
                   mapping.flip_x);
    span_to_screen(&area.y0, &area.y1, plane->height, plane->source_height,
                   mapping.flip_y);
    mark(change->screen, (int64_t)plane->x + area.x0, (int64_t)plane->y + area.y0,
         area.x1 - area.x0, area.y1 - area.y0);
}

/* Do two planes look the same, given the same pixels in their surfaces? */
static bool same_look(const struct scanout_plane *a, const struct scanout_plane *b)
{
    return a->enabled == b->enabled && a->format == b->format &&
           a->tiling == b->tiling && a->alpha == b->alpha &&
           a->constant_alpha == b->constant_alpha && a->rotation == b->rotation &&
           a->mirrored == b->mirrored && a->stride == b->stride &&
           a->source_x == b->source_x && a->source_y == b->source_y &&
           a->source_width == b->source_width && a->source_height == b->source_height &&
           a->encoding == b->encoding && a->full_range == b->full_range &&
           yuv_same_matrix(a, b) && a->chroma.stride == b->chroma.stride &&
           a->chroma.source_x == b->chroma.source_x &&
           a->chroma.source_y == b->chroma.source_y && a->x == b->x && a->y == b->y &&
           a->width == b->width && a->height == b->height;
}

static bool take_palette(struct screen *screen, const struct scanout_pipe *pipe)
{
    static const uint32_t black[ARRAY_SIZE(screen->palette)];
    const uint32_t *palette = pipe->palette ? pipe->palette : black;
    if (memcmp(screen->palette, palette, sizeof(screen->palette)) == 0)
        return false;
    memcpy(screen->palette, palette, sizeof(screen->palette));
    return true;
}

/* Compare the surfaces of a plane with their copies. */
static void update_surfaces(struct screen *screen, unsigned i,
                            const struct scanout_plane *plane,
                            const struct surface_memory *memory)
{
    struct scanout_plane chroma;
    bool planar = yuv_chroma_plane(plane, &chroma);
    struct change change = { .screen = screen, .plane = plane, .surface = plane };
    if (!plane->enabled || !plane->width || !plane->height) {
        surface_drop(&screen->surfaces[i]);
        planar = false;
    } else if (!surface_update(&screen->surfaces[i], plane, memory, surface_changed,
                               &change)) {
        planar = false;
    }
    change.surface = &chroma;
    if (!planar)
        surface_drop(&screen->chromas[i]);
    else if (!surface_update(&screen->chromas[i], &chroma, memory, surface_changed,
                             &change))
        surface_drop(&screen->surfaces[i]);
}

/* Compare each plane with what it was, and each surface with its copy. */
static void find_changes(struct screen *screen, const struct scanout_pipe *pipe,
                         const struct surface_memory *memory)
{
    static const struct scanout_plane none;
    bool palette_changed = take_palette(screen, pipe);
    for (unsigned i = 0; i < SCANOUT_PLANES; i++) {
        const struct scanout_plane *before =
            i < screen->shown.plane_count ? &screen->shown.planes[i] : &none;
        const struct scanout_plane *now =
            i < pipe->plane_count ? &pipe->planes[i] : &none;
        if (!same_look(before, now)) {
            mark_plane(screen, before);
            mark_plane(screen, now);
        } else if (palette_changed && now->format == SCANOUT_C8) {
            mark_plane(screen, now);
        }
        update_surfaces(screen, i, now, memory);
    }
}

/*
 * Colours of columns [low, high) of the source's row y, both as they lie in the
 * surface.
 */
static void source_line(struct screen *screen, unsigned i, uint32_t low, uint32_t high,
                        uint32_t y, uint32_t *colours)
{
    const struct surface *chroma = &screen->chromas[i];
    const struct scanout_plane *plane = &screen->surfaces[i].plane;
    surface_row(&screen->surfaces[i], low, y, high - low, screen->raw);
    if (!chroma->shown) {
        pixels_convert(plane, screen->raw, high - low, screen->palette, colours);
        return;
    }
    uint32_t first = (low - plane->source_x) / 2;
    uint32_t end = (high - plane->source_x + 1) / 2;
    surface_row(chroma, plane->chroma.source_x + first,
                plane->chroma.source_y + (y - plane->source_y) / 2, end - first,
                screen->chroma);
    yuv_convert_planar(plane, screen->raw, screen->chroma,
                       (low - plane->source_x) % 2 != 0, high - low, colours);
}

/* Colours of columns [x0, x1) of the plane in row `row` of it, into screen->line. */
static void plane_line(struct screen *screen, unsigned i, uint32_t x0, uint32_t x1,
                       uint32_t row)
{
    const struct scanout_plane *plane = &screen->surfaces[i].plane;
    struct mapping mapping = mapping_of(plane);
    uint32_t y = plane->source_y +
                 to_source(row, plane->height, plane->source_height, mapping.flip_y);
    uint32_t first = to_source(x0, plane->width, plane->source_width, mapping.flip_x);
    uint32_t last =
        to_source(x1 - 1, plane->width, plane->source_width, mapping.flip_x);
    uint32_t low = (mapping.flip_x ? last : first) + plane->source_x;
    uint32_t high = (mapping.flip_x ? first : last) + plane->source_x + 1;
    if (yuv_is_pairs(plane->format))
        low &= ~1u;
    if (high - low > PICTURE_MAX_WIDTH)
        high = low + PICTURE_MAX_WIDTH;
    bool direct = !mapping.flip_x && plane->width == plane->source_width &&
                  low == first + plane->source_x;
    source_line(screen, i, low, high, y, direct ? screen->line : screen->colours);
    if (direct)
        return;
    for (uint32_t x = x0; x < x1; x++) {
        uint32_t at = to_source(x, plane->width, plane->source_width, mapping.flip_x) +
                      plane->source_x - low;
        screen->line[x - x0] = screen->colours[at < high - low ? at : high - low - 1];
    }
}

/* Draw the part of a plane that is in the area. */
static void draw_plane(struct screen *screen, unsigned i, const struct area *area)
{
    const struct scanout_plane *plane = &screen->surfaces[i].plane;
    int64_t x0 = plane->x > (int64_t)area->x0 ? plane->x : (int64_t)area->x0;
    int64_t y0 = plane->y > (int64_t)area->y0 ? plane->y : (int64_t)area->y0;
    int64_t x1 = (int64_t)plane->x + plane->width;
    int64_t y1 = (int64_t)plane->y + plane->height;
    x1 = x1 < (int64_t)area->x1 ? x1 : (int64_t)area->x1;
    y1 = y1 < (int64_t)area->y1 ? y1 : (int64_t)area->y1;
    if (x0 >= x1)
        return;
    for (int64_t y = y0; y < y1; y++) {
        plane_line(screen, i, (uint32_t)(x0 - plane->x), (uint32_t)(x1 - plane->x),
                   (uint32_t)(y - plane->y));
        pixels_blend(plane, screen->line, (unsigned)(x1 - x0),
                     picture_row(&screen->picture, (uint32_t)y) + x0);
    }
}

static void draw(struct screen *screen, const struct area *area)
{
    uint32_t colour = screen->shown.background & COLOUR_MASK;
    for (uint32_t y = area->y0; y < area->y1; y++) {
        uint32_t *row = picture_row(&screen->picture, y);
        for (uint32_t x = area->x0; x < area->x1; x++)
            row[x] = colour;
    }
    for (unsigned i = 0; i < SCANOUT_PLANES; i++) {
        if (screen->surfaces[i].shown)
            draw_plane(screen, i, area);
    }
    if (!screen->shown.transform)
        return;
    for (uint32_t y = area->y0; y < area->y1; y++)
        colour_apply(screen->shown.transform,
                     picture_row(&screen->picture, y) + area->x0, area->x1 - area->x0);
}

const struct damage *screen_update(struct screen *screen,
                                   const struct scanout_pipe *pipe,
                                   const struct surface_memory *memory)
{
    static const struct scanout_pipe off;
    struct scanout_pipe now = pipe->running ? *pipe : off;
    if (now.blanked) {
        now.plane_count = 0;
        now.background = 0;
        now.transform = NULL;
    }
    uint32_t width = screen->picture.width, height = screen->picture.height;
    if (picture_resize(&screen->picture, now.width, now.height) < 0)
        now = off;
    damage_clear(&screen->damage, screen->picture.width, screen->picture.height);
    bool resized = width != screen->picture.width || height != screen->picture.height;
    uint64_t transform = now.transform ? now.transform->serial : 0;
    if (resized || transform != screen->transform ||
        (now.background & COLOUR_MASK) != (screen->shown.background & COLOUR_MASK))
        mark(screen, 0, 0, screen->picture.width, screen->picture.height);
    find_changes(screen, &now, memory);
    screen->shown = now;
    screen->transform = transform;
    struct area area;
    for (uint32_t band = 0; damage_next(&screen->damage, &band, &area);)
        draw(screen, &area);
    return &screen->damage;
}
