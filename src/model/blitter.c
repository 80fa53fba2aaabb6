/* blitter.c: the blitter's rectangles: fills and copies, row by row. */
#include "model/command_internal.h"

#include "base/bytes.h"   /* loads */
#include "model/tiling.h" /* surfaces */

#define ROW_BYTES (1u << 20) /* the longest row: 65535 pixels of 16 bytes */
#define COST      64         /* bytes a step of the turn's budget pays for */

/* A surface, and a place in it. */
struct surface {
    uint64_t address;
    int32_t pitch; /* bytes; of linear surfaces also negative */
    enum tiling tiling;
    int32_t x, y; /* of the rectangle, in pixels */
};

struct blit {
    struct surface to, from;
    int32_t width, height; /* pixels */
    unsigned pixel;        /* bytes */
    uint8_t operation;     /* raster operation of pattern, source and destination */
    uint32_t color;        /* the pattern */
    uint32_t mask;         /* bits of a pixel that are written */
    bool copies;           /* there is a source */
};

/* Read or write `size` bytes of row y from byte x on, tile piece by tile piece. */
static int move_row(struct command_streamer *streamer, const struct surface *surface,
                    uint32_t x, int32_t y, uint8_t *row, size_t size, bool write)
{
    /* Surfaces lie in the context's own space, wherever the batch is. */
    enum command_space space = COMMAND_PPGTT;
    int result = 0;
    while (size) {
        uint32_t run = UINT32_MAX;
        uint64_t offset;
        if (surface->tiling == TILING_LINEAR)
            offset = (uint64_t)((int64_t)surface->pitch * y + x);
        else
            offset = tiling_offset(surface->tiling, (uint32_t)surface->pitch, x,
                                   (uint32_t)y, &run);
        size_t part = size < run ? size : run;
        uint64_t address = (surface->address + offset) & 0xffffffffffffULL;
        int failed = write ? command_write(streamer, space, address, row, part)
                           : command_read(streamer, space, address, row, part);
        result = failed < 0 ? failed : result;
        row += part;
        x += (uint32_t)part;
        size -= part;
    }
    return result;
}

/* Three operands, eight combinations of their bits: each a bit of the operation. */
static uint32_t raster(uint8_t operation, uint32_t pattern, uint32_t source,
                       uint32_t target)
{
    uint32_t result = 0;
    for (unsigned i = 0; i < 8; i++) {
        if (!(operation >> i & 1))
            continue;
        result |= (i & 4 ? pattern : ~pattern) & (i & 2 ? source : ~source) &
                  (i & 1 ? target : ~target);
    }
    return result;
}

/* Does the operation's result depend on what is there? */
static bool needs_target(const struct blit *blit)
{
    uint8_t operation = blit->operation;
    uint32_t all = (uint32_t)all_ones(blit->pixel > 4 ? 4 : blit->pixel);
    return ((operation >> 1 ^ operation) & 0x55) != 0 || (blit->mask & all) != all;
}

static void compose(const struct blit *blit, uint8_t *to, const uint8_t *from)
{
    unsigned piece = blit->pixel > 4 ? 4 : blit->pixel;
    size_t size = (size_t)blit->width * blit->pixel;
    for (size_t i = 0; i < size; i += piece) {
        uint32_t old = (uint32_t)load_sized(to + i, piece);
        uint32_t source = blit->copies ? (uint32_t)load_sized(from + i, piece) : 0;
        uint32_t value = raster(blit->operation, blit->color, source, old);
        store_sized(to + i, (value & blit->mask) | (old & ~blit->mask), piece);
    }
}

static void do_row(struct command_streamer *streamer, const struct blit *blit,
                   int32_t row)
{
    static _Thread_local uint8_t to[ROW_BYTES], from[ROW_BYTES];
    size_t size = (size_t)blit->width * blit->pixel;
    uint32_t x = (uint32_t)blit->to.x * blit->pixel;
    uint32_t from_x = (uint32_t)blit->from.x * blit->pixel;
    if (blit->copies &&
        move_row(streamer, &blit->from, from_x, blit->from.y + row, from, size, false))
        return;
    if (needs_target(blit)) {
        if (move_row(streamer, &blit->to, x, blit->to.y + row, to, size, false) < 0)
            return;
    } else if (blit->copies && blit->operation == 0xcc) {
        if (move_row(streamer, &blit->to, x, blit->to.y + row, from, size, true) == 0)
            streamer->statistics->blitted += size;
        return;
    }
    compose(blit, to, from);
    if (move_row(streamer, &blit->to, x, blit->to.y + row, to, size, true) == 0)
        streamer->statistics->blitted += size;
}

/* A copy inside one surface must not overwrite rows it has yet to read. */
static bool bottom_up(const struct blit *blit)
{
    return blit->copies && blit->to.address == blit->from.address &&
           blit->to.y > blit->from.y;
}

static bool is_sensible(const struct blit *blit)
{
    const struct surface *both[] = { &blit->to, &blit->from };
    for (unsigned i = 0; i < (blit->copies ? 2u : 1u); i++) {
        if (both[i]->x < 0 || both[i]->y < 0)
            return false;
        if (both[i]->tiling != TILING_LINEAR && both[i]->pitch <= 0)
            return false;
    }
    return (uint64_t)blit->width * blit->pixel <= ROW_BYTES;
}

/* As much as the turn's budget allows; streamer->progress remembers the rest. */
static enum command_step run(struct command_streamer *streamer, const struct blit *blit)
{
    if (blit->width <= 0 || blit->height <= 0)
        return STEP_NEXT;
    if (!is_sensible(blit)) {
        streamer->statistics->denied++;
        return STEP_NEXT;
    }
    unsigned cost = (unsigned)((size_t)blit->width * blit->pixel / COST) + 1;
    while (streamer->progress < (uint32_t)blit->height) {
        int32_t row = (int32_t)streamer->progress;
        if (bottom_up(blit))
            row = blit->height - 1 - row;
        do_row(streamer, blit, row);
        streamer->progress++;
        command_spend(streamer, cost);
        if (!streamer->budget && streamer->progress < (uint32_t)blit->height)
            return STEP_AGAIN;
    }
    streamer->progress = 0;
    return STEP_NEXT;
}

/* Fields of the second dword of most commands. */
static unsigned pixel_bytes(uint32_t control)
{
    static const uint8_t bytes[4] = { 1, 2, 2, 4 };
    return bytes[control >> 24 & 3];
}

/* Which bits of a pixel the header's write enables let through. */
static uint32_t write_mask(uint32_t header, unsigned pixel)
{
    if (pixel != 4)
        return 0xffffffff;
    return (header & 1u << 21 ? 0xff000000 : 0) | (header & 1u << 20 ? 0x00ffffff : 0);
}

static int32_t low(uint32_t dword)
{
    return (int16_t)(dword & 0xffff);
}

static int32_t high(uint32_t dword)
{
    return (int16_t)(dword >> 16);
}

/* Y tiles are chosen by a register of the blitter, one bit a side. */
static struct surface make_surface(struct command_streamer *streamer, uint64_t address,
                                   uint32_t pitch, bool tiled, uint32_t y_bit)
{
    struct surface surface = { .address = address, .pitch = low(pitch) };
    if (!tiled)
        return surface;
    uint32_t control = command_load(streamer, streamer->base + 0x200);
    surface.tiling = control & y_bit ? TILING_Y : TILING_X;
    surface.pitch = low(pitch) * 4;
    return surface;
}

/* Cut to the clip rectangle, when the command says so. */
static void clip(const struct command_streamer *streamer, struct blit *blit,
                 uint32_t control)
{
    if (!(control & 1u << 30))
        return;
    int32_t left = low(streamer->clip_from) - blit->to.x;
    int32_t top = high(streamer->clip_from) - blit->to.y;
    int32_t right = low(streamer->clip_to) - blit->to.x;
    int32_t bottom = high(streamer->clip_to) - blit->to.y;
    blit->width = right < blit->width ? right : blit->width;
    blit->height = bottom < blit->height ? bottom : blit->height;
    if (left > 0) {
        blit->to.x += left;
        blit->from.x += left;
        blit->width -= left;
    }
    if (top > 0) {
        blit->to.y += top;
        blit->from.y += top;
        blit->height -= top;
    }
}

enum command_step blitter_setup_clip(struct command_streamer *streamer,
                                     const struct command_words *words)
{
    streamer->clip_from = words->dwords[1];
    streamer->clip_to = words->dwords[2];
    return STEP_NEXT;
}

enum command_step blitter_xy_color(struct command_streamer *streamer,
                                   const struct command_words *words)
{
    const uint32_t *d = words->dwords;
    unsigned color = command_wide(streamer) ? 6 : 5;
    if (words->count <= color)
        return STEP_FAIL;
    struct blit blit = {
        .to = make_surface(streamer, command_address(streamer, d + 4), d[1],
                           d[0] & 1u << 11, 2),
        .width = low(d[3]) - low(d[2]),
        .height = high(d[3]) - high(d[2]),
        .pixel = pixel_bytes(d[1]),
        .operation = (uint8_t)(d[1] >> 16),
        .color = d[color],
    };
    blit.to.x = low(d[2]);
    blit.to.y = high(d[2]);
    blit.mask = write_mask(d[0], blit.pixel);
    clip(streamer, &blit, d[1]);
    return run(streamer, &blit);
}

enum command_step blitter_xy_copy(struct command_streamer *streamer,
                                  const struct command_words *words)
{
    const uint32_t *d = words->dwords;
    unsigned source = command_wide(streamer) ? 6 : 5;
    if (words->count < source + (command_wide(streamer) ? 4u : 3u))
        return STEP_FAIL;
    struct blit blit = {
        .to = make_surface(streamer, command_address(streamer, d + 4), d[1],
                           d[0] & 1u << 11, 2),
        .from = make_surface(streamer, command_address(streamer, d + source + 2),
                             d[source + 1], d[0] & 1u << 15, 1),
        .width = low(d[3]) - low(d[2]),
        .height = high(d[3]) - high(d[2]),
        .pixel = pixel_bytes(d[1]),
        .operation = (uint8_t)(d[1] >> 16),
        .copies = true,
    };
    blit.to.x = low(d[2]);
    blit.to.y = high(d[2]);
    blit.from.x = low(d[source]);
    blit.from.y = high(d[source]);
    blit.mask = write_mask(d[0], blit.pixel);
    clip(streamer, &blit, d[1]);
    return run(streamer, &blit);
}

/* Tilings of XY_FAST_COPY_BLT, and the bit that makes Y another one. */
static struct surface fast_surface(uint64_t address, uint32_t pitch, unsigned tiling,
                                   bool other, uint32_t place)
{
    static const enum tiling tilings[4] = { TILING_LINEAR, TILING_X, TILING_Y,
                                            TILING_YF };
    struct surface surface = { .address = address, .tiling = tilings[tiling] };
    surface.pitch = (int32_t)(pitch & 0xffff);
    if (surface.tiling != TILING_LINEAR)
        surface.pitch *= 4;
    if (other && surface.tiling == TILING_Y)
        surface.tiling = TILING_YF;
    surface.x = low(place);
    surface.y = high(place);
    return surface;
}

enum command_step blitter_fast_copy(struct command_streamer *streamer,
                                    const struct command_words *words)
{
    static const uint8_t pixels[8] = { 1, 2, 2, 4, 8, 16, 4, 4 };
    const uint32_t *d = words->dwords;
    struct blit blit = {
        .to = fast_surface(command_address(streamer, d + 4), d[1], d[0] >> 13 & 3,
                           d[1] & 1u << 30, d[2]),
        .from = fast_surface(command_address(streamer, d + 8), d[7], d[0] >> 20 & 3,
                             d[1] & 1u << 31, d[6]),
        .width = low(d[3]) - low(d[2]),
        .height = high(d[3]) - high(d[2]),
        .pixel = pixels[d[1] >> 24 & 7],
        .operation = 0xcc,
        .mask = 0xffffffff,
        .copies = true,
    };
    return run(streamer, &blit);
}

/* The two linear ones: width in bytes, no coordinates. */
static struct blit linear(struct command_streamer *streamer, const uint32_t *d)
{
    struct blit blit = {
        .to = { .address = command_address(streamer, d + 3), .pitch = low(d[1]) },
        .height = (int32_t)(d[2] >> 16),
        .pixel = pixel_bytes(d[1]),
        .operation = (uint8_t)(d[1] >> 16),
    };
    blit.width = (int32_t)(d[2] & 0xffff) / (int32_t)blit.pixel;
    blit.mask = write_mask(d[0], blit.pixel);
    return blit;
}

enum command_step blitter_color(struct command_streamer *streamer,
                                const struct command_words *words)
{
    unsigned color = command_wide(streamer) ? 5 : 4;
    if (words->count <= color)
        return STEP_FAIL;
    struct blit blit = linear(streamer, words->dwords);
    blit.color = words->dwords[color];
    return run(streamer, &blit);
}

enum command_step blitter_copy(struct command_streamer *streamer,
                               const struct command_words *words)
{
    unsigned source = command_wide(streamer) ? 5 : 4;
    if (words->count < source + (command_wide(streamer) ? 3u : 2u))
        return STEP_FAIL;
    struct blit blit = linear(streamer, words->dwords);
    blit.from.pitch = low(words->dwords[source]);
    blit.from.address = command_address(streamer, words->dwords + source + 1);
    blit.copies = true;
    return run(streamer, &blit);
}
