/* colour_registers.c: the registers of a pipe's look-up tables and its matrix. */
#include "model/colour_registers.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/colour.h"          /* struct colour */
#include "model/pipes.h"           /* MODEL_PIPES */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define INDEX_INCREMENT   0x8000u
#define DEGAMMA_INCREMENT 0x400u

void colour_touch(struct model *model, unsigned pipe)
{
    model->colours[pipe].current = false;
    scanout_touch(model, pipe);
}

/* Which of the registers behind an index is meant; it may move on to the next. */
static uint32_t take_index(struct model *model, uint32_t offset, uint32_t increment,
                           uint32_t count)
{
    uint32_t index = register_get(model, offset), entry = index & (count - 1);
    if (index & increment) {
        uint32_t next = (entry + 1) & (count - 1);
        register_set(model, offset, (index & ~(count - 1)) | next);
    }
    return entry;
}

static uint32_t *entry_of(struct model *model, unsigned pipe, uint32_t offset)
{
    struct colour *colour = &model->colours[pipe];
    switch (offset - PALETTE_AT(pipe)) {
    case TABLE_DATA:
        return &colour->table[take_index(model, offset - 4, INDEX_INCREMENT,
                                         ARRAY_SIZE(colour->table))];
    case SEGMENT_DATA:
        return &colour->segment[take_index(model, offset - 4, INDEX_INCREMENT,
                                           ARRAY_SIZE(colour->segment))];
    default:
        return &colour->degamma[take_index(model, offset - 4, DEGAMMA_INCREMENT,
                                           ARRAY_SIZE(colour->degamma))];
    }
}

static uint32_t read_entry(struct model *model, const struct register_access *access)
{
    return *entry_of(model, access->index, access->offset);
}

static void entry_written(struct model *model, const struct register_access *access)
{
    *entry_of(model, access->index, access->offset) = access->stored;
    colour_touch(model, access->index);
}

static void palette_written(struct model *model, const struct register_access *access)
{
    colour_touch(model, (access->offset - PALETTE_AT(0)) / PALETTE_STRIDE);
}

static void old_table_written(struct model *model, const struct register_access *access)
{
    colour_touch(model, (access->offset - OLD_TABLE(0)) / 0x1000);
}

/* Drivers change these within an update of planes, or with none of its own. */
static void matrix_written(struct model *model, const struct register_access *access)
{
    colour_touch(model, access->index / 64);
    pipes_busy(model, access->index / 64);
}

static void mode_written(struct model *model, const struct register_access *access)
{
    colour_touch(model, access->index);
    pipes_busy(model, access->index);
}

static void reset(struct model *model)
{
    memset(model->colours, 0, sizeof(model->colours));
}

#define PALETTE(pipe, chips)                                                    \
    {                                                                           \
        .name = "LGC_PALETTE_" #pipe, .offset = PALETTE_AT(pipe), .count = 256, \
        .written = palette_written, .except = (chips)                           \
    }
#define PER_PIPE(text, at)                                                \
    .name = (text), .offset = PALETTE_AT(0) + (at), .count = MODEL_PIPES, \
    .stride = PALETTE_STRIDE, .except = ON_SANDY_BRIDGE
#define MAXIMUM(channel)                                        \
    {                                                           \
        PER_PIPE("PREC_PAL_GC_MAX", TABLE_MAX + 4 * (channel)), \
            .written = mode_written                             \
    }

static const struct register_rule rules[] = {
    PALETTE(0, 0),
    PALETTE(1, 0),
    PALETTE(2, ON_SANDY_BRIDGE),
    PALETTE(3, ON_SANDY_BRIDGE),
    { .name = "PREC_PALETTE",
      .offset = OLD_TABLE(0),
      .count = 2 * 1024,
      .written = old_table_written,
      .on = ON_SANDY_BRIDGE },
    { PER_PIPE("PREC_PAL_DATA", TABLE_DATA), .read = read_entry,
      .written = entry_written },
    { PER_PIPE("PREC_PAL_MULTI_SEG_DATA", SEGMENT_DATA), .read = read_entry,
      .written = entry_written },
    { PER_PIPE("PRE_CSC_GAMC_DATA", DEGAMMA_DATA), .read = read_entry,
      .written = entry_written },
    MAXIMUM(0),
    MAXIMUM(1),
    MAXIMUM(2),
    { PER_PIPE("GAMMA_MODE", MODE_REGISTER), .written = mode_written },
    { .name = "PIPE_CSC",
      .offset = MATRIX(0) & ~0xffu,
      .count = MODEL_PIPES * 64,
      .written = matrix_written },
};
const struct register_table colour_registers = {
    .name = "colours",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
