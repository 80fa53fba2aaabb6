/* scanout.c: takes planes over at the vertical blank, and tells what a pipe shows. */
#include "model/scanout.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/display.h"         /* the pipe's own */
#include "model/pipes.h"           /* timings */
#include "model/planes.h"          /* a plane's registers */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */
#include "model/yuv.h"             /* matrices of planes */

#define PIPE_SOURCE      0x6001c
#define BOTTOM_COLOUR    0x70034
#define PALETTE          0x4a000
#define PALETTE_STRIDE   0x800u
#define SCALER_ENABLE    0x80000000u
#define DDI_BUFFER       0x64000
#define DDI_ENABLE       0x80000000u
#define SURFACE          0x7019c
#define SURFACE_LIVE     0x10u /* from the surface register on */
#define CURSOR_BASE      0x70084
#define CURSOR_LIVE      0x28u
#define SURFACE_IN_PLANE 0x1cu
#define PIPE_AT(pipe)    (0x1000u * (pipe))
#define PLANE_AT(plane)  (0x100u * (plane))
#define CURSOR_BIT       0x80u /* of armed planes */
#define ASYNCHRONOUS     0x00000200u

uint64_t scanout_serial(const struct model *model, unsigned pipe)
{
    return pipe < MODEL_PIPES ? model->scanouts[pipe].serial : 0;
}

uint32_t scanout_frames(struct model *model, unsigned pipe)
{
    return pipe < MODEL_PIPES ? pipes_frames(model, pipe) : 0;
}

void scanout_touch(struct model *model, unsigned pipe)
{
    model->scanouts[pipe].serial++;
}

/* Planes of this pipe, without the cursor. */
static unsigned plane_count(const struct model *model)
{
    uint64_t traits = model->chip->traits;
    if (traits & PLANES_7)
        return 7;
    if (traits & ON_GEN11_UP)
        return 5;
    return traits & ON_GEN9_UP ? 3 : 2;
}

/* Where scalers are (Gen9 on), one can enlarge a plane into a window. */
static void apply_scalers(const struct model *model, unsigned pipe, unsigned index,
                          struct scanout_plane *plane)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t at = PLANES_SCALER(pipe, i);
        uint32_t control = register_get(model, at);
        if (!(control & SCALER_ENABLE) || (control >> 25 & 7) != index + 1)
            continue;
        uint32_t position = register_get(model, at - 16);
        uint32_t size = register_get(model, at - 12);
        plane->x = (int32_t)(position >> 16 & 0x1fff);
        plane->y = (int32_t)(position & 0x1fff);
        plane->width = size >> 16 & 0x3fff;
        plane->height = size & 0x3fff;
    }
}

static struct scanout_plane plane_now(const struct model *model, unsigned pipe,
                                      unsigned index)
{
    struct scanout_plane plane = { 0 };
    if (!(model->chip->traits & ON_GEN9_UP))
        planes_read_old(model, pipe, index, &plane);
    else {
        planes_read_universal(model, pipe, index, &plane);
        apply_scalers(model, pipe, index, &plane);
    }
    return plane;
}

static bool same_surface(const struct scanout_plane *a, const struct scanout_plane *b)
{
    return a->enabled == b->enabled && a->format == b->format &&
           a->tiling == b->tiling && a->base == b->base && a->stride == b->stride &&
           a->source_x == b->source_x && a->source_y == b->source_y &&
           a->source_width == b->source_width && a->source_height == b->source_height &&
           a->chroma.base == b->chroma.base && a->chroma.stride == b->chroma.stride &&
           a->chroma.source_x == b->chroma.source_x &&
           a->chroma.source_y == b->chroma.source_y;
}

static bool same_place(const struct scanout_plane *a, const struct scanout_plane *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width &&
           a->height == b->height && a->rotation == b->rotation &&
           a->mirrored == b->mirrored && a->alpha == b->alpha &&
           a->constant_alpha == b->constant_alpha && a->encoding == b->encoding &&
           a->full_range == b->full_range && yuv_same_matrix(a, b) &&
           a->gamma == b->gamma && a->matrix == b->matrix;
}

/* Take over one plane; true when it differs from before. */
static bool take_over(struct scanout_plane *shown, const struct scanout_plane *plane)
{
    bool changed = !same_surface(shown, plane) || !same_place(shown, plane);
    *shown = *plane;
    return changed;
}

/* The event of a finished flip of this plane. */
static uint32_t flip_event(const struct model *model, unsigned index)
{
    if (model->chip->traits & ON_GEN8)
        return PIPE_EVENT_FLIP_DONE(index + 1);
    /* Which bits planes 5 to 7 have is not published; i915 does not ask for them. */
    return index < 4 ? PIPE_EVENT_FLIP_DONE(index) : 0;
}

uint32_t scanout_latch(struct model *model, unsigned pipe)
{
    struct scanout *scanout = &model->scanouts[pipe];
    uint32_t events = 0;
    bool changed = false;
    for (unsigned i = 0; i < plane_count(model) && scanout->armed; i++) {
        if (!(scanout->armed & 1u << i))
            continue;
        uint32_t surface = planes_base(model, pipe, i) + SURFACE_IN_PLANE;
        const struct scanout_plane plane = plane_now(model, pipe, i);
        changed |= take_over(&scanout->planes[i], &plane);
        register_set(model, surface + SURFACE_LIVE, register_get(model, surface));
        events |= flip_event(model, i);
    }
    if (scanout->armed & CURSOR_BIT) {
        struct scanout_plane cursor = { 0 };
        planes_read_cursor(model, pipe, &cursor);
        changed |= take_over(&scanout->cursor, &cursor);
        uint32_t base = planes_cursor_base(model, pipe) + 4;
        register_set(model, base + CURSOR_LIVE, register_get(model, base));
    }
    scanout->armed = 0;
    bool running = model->pipes[pipe].running;
    if (changed || running != scanout->running)
        scanout_touch(model, pipe);
    scanout->running = running;
    return events;
}

/* A stopped pipe, and a flip that need not wait, take over at once. */
static void armed(struct model *model, unsigned pipe, uint8_t bit, bool at_once)
{
    model->scanouts[pipe].armed |= bit;
    if (bit == CURSOR_BIT)
        pipes_busy(model, pipe);
    else
        pipes_updating(model, pipe);
    if (at_once || !model->pipes[pipe].running) {
        uint32_t events = scanout_latch(model, pipe);
        if (model->pipes[pipe].running)
            interrupt_pipe(model, pipe, events);
    }
}

static void surface_written(struct model *model, const struct register_access *access)
{
    unsigned plane = (access->offset - SURFACE) / PLANE_AT(1) % 16;
    uint32_t control = access->offset - SURFACE_IN_PLANE;
    bool at_once =
        model->chip->traits & ON_GEN9_UP && register_get(model, control) & ASYNCHRONOUS;
    armed(model, access->index, (uint8_t)(1u << plane), at_once);
}

static void cursor_written(struct model *model, const struct register_access *access)
{
    armed(model, access->index, CURSOR_BIT, false);
}

/* Sandy Bridge has its sprites where later chips have planes of pipe C and D. */
static void video_written(struct model *model, const struct register_access *access)
{
    armed(model, access->index, 1u << 1, false);
}

/* Up to Gen10 planes ask for it: all alike, so the lowest says what the pipe does. */
static const struct colour_transform *transform_of(struct model *model, unsigned pipe)
{
    const struct scanout_plane *planes = model->scanouts[pipe].planes;
    unsigned lowest = 0;
    for (unsigned i = 0; model->chip->traits & ON_GEN9_UP && i < plane_count(model);
         i++) {
        if (planes[i].enabled) {
            lowest = i;
            break;
        }
    }
    return colour_of(model, pipe, planes[lowest].gamma, planes[lowest].matrix);
}

static uint32_t background(const struct model *model, unsigned pipe)
{
    if (!(model->chip->traits & ON_GEN9_UP))
        return 0;
    uint32_t colour = register_get(model, BOTTOM_COLOUR + PIPE_AT(pipe));
    return (colour >> 22 & 0xff) << 16 | (colour >> 12 & 0xff) << 8 |
           (colour >> 2 & 0xff);
}

void scanout_get(struct model *model, unsigned pipe, struct scanout_pipe *shown)
{
    memset(shown, 0, sizeof(*shown));
    if (pipe >= MODEL_PIPES)
        return;
    pipes_frames(model, pipe);
    const struct scanout *scanout = &model->scanouts[pipe];
    uint32_t source = register_get(model, PIPE_SOURCE + PIPE_AT(pipe));
    shown->running = model->pipes[pipe].running;
    shown->width = (source >> 16 & 0x3fff) + 1;
    shown->height = (source & 0x3fff) + 1;
    shown->background = background(model, pipe);
    int ddi = pipes_ddi(model, pipe);
    if (ddi >= 0)
        shown->ddis = (uint16_t)(1u << ddi);
    if (ddi >= 0 && model->chip->traits & ON_DDI) {
        uint32_t buffer = register_get(model, DDI_BUFFER + 0x100 * (uint32_t)ddi);
        shown->blanked = !(buffer & DDI_ENABLE);
    }
    for (unsigned i = 0; i < plane_count(model); i++)
        shown->planes[shown->plane_count++] = scanout->planes[i];
    shown->planes[shown->plane_count++] = scanout->cursor;
    shown->palette = (const uint32_t *)(const void *)(model->registers + PALETTE +
                                                      PALETTE_STRIDE * pipe);
    shown->transform = transform_of(model, pipe);
}

static void reset(struct model *model)
{
    for (unsigned i = 0; i < MODEL_PIPES; i++) {
        uint64_t serial = model->scanouts[i].serial;
        memset(&model->scanouts[i], 0, sizeof(model->scanouts[i]));
        model->scanouts[i].serial = serial + 1;
    }
}

#define SURFACES(plane, chips, not_on)                                          \
    {                                                                           \
        .name = "PLANE_SURF_" #plane, .offset = SURFACE + PLANE_AT((plane)-1),  \
        .count = MODEL_PIPES, .stride = PIPE_AT(1), .written = surface_written, \
        .on = (chips), .except = (not_on)                                       \
    }

static const struct register_rule rules[] = {
    SURFACES(1, 0, ON_SANDY_BRIDGE),
    SURFACES(2, 0, ON_SANDY_BRIDGE),
    SURFACES(3, ON_GEN9_UP, 0),
    SURFACES(4, ON_GEN11_UP, 0),
    SURFACES(5, ON_GEN11_UP, 0),
    SURFACES(6, PLANES_7, 0),
    SURFACES(7, PLANES_7, 0),
    { .name = "DSPSURF",
      .offset = SURFACE,
      .count = 2,
      .stride = PIPE_AT(1),
      .written = surface_written,
      .on = ON_SANDY_BRIDGE },
    { .name = "DVSSURF",
      .offset = SURFACE + PIPE_AT(2),
      .count = 2,
      .stride = PIPE_AT(1),
      .written = video_written,
      .on = ON_SANDY_BRIDGE },
    { .name = "CURBASE",
      .offset = CURSOR_BASE,
      .count = MODEL_PIPES,
      .stride = PIPE_AT(1),
      .written = cursor_written,
      .except = ON_SANDY_BRIDGE },
    { .name = "CURBASE",
      .offset = CURSOR_BASE,
      .count = 2,
      .stride = 0x40,
      .written = cursor_written,
      .on = ON_SANDY_BRIDGE },
};
const struct register_table scanout_registers = {
    .name = "scan-out",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
