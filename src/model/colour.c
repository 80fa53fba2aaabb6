/*
 * colour.c: what a pipe's look-up tables and its matrix come to, and colours through
 * them. (Linux i915 display/intel_color.c, i915_reg.h; Intel PRMs, Skylake, volume 12.)
 */
#include "model/colour.h"

#include "model/colour_registers.h" /* where they are */
#include "model/display.h"          /* PIPE_A_CONF */
#include "model/state.h"            /* struct model */
#include "model/traits.h"           /* which chips */

#define MODE_DEGAMMA  0x80000000u /* Gen11 on */
#define MODE_GAMMA    0x40000000u
#define MATRIX_ON     0x80000000u
#define MATRIX_BEFORE 0x2u /* up to Gen10: before the table, which else is first */

/* How the table of a pipe is laid out. */
enum {
    MODE_8_BITS,
    MODE_10_BITS,
    MODE_12_BITS,
    MODE_SPLIT,
    MODE_SEGMENTS = MODE_SPLIT
};

static unsigned red_first(unsigned channel, unsigned width)
{
    return (2 - channel) * width;
}

/* numerator / denominator of COLOUR_ONE. */
static uint32_t share(uint32_t numerator, uint32_t denominator)
{
    return (uint32_t)(((uint64_t)numerator * COLOUR_ONE + denominator / 2) /
                      denominator);
}

/* The nearest of entries 0 to last for an intensity. */
static uint32_t nearest(uint32_t intensity, uint32_t last)
{
    return (uint32_t)(((uint64_t)intensity * last + COLOUR_ONE / 2) / COLOUR_ONE);
}

static uint32_t between(uint32_t low, uint32_t high, uint32_t at, uint32_t step)
{
    return (uint32_t)(((uint64_t)low * (step - at) + (uint64_t)high * at) / step);
}

static uint32_t at_most_one(uint32_t intensity)
{
    return intensity > COLOUR_ONE ? COLOUR_ONE : intensity;
}

static uint32_t of_8_bits(const struct model *model, unsigned pipe, unsigned channel,
                          uint32_t intensity)
{
    uint32_t entry =
        register_get(model, PALETTE_AT(pipe) + 4 * nearest(intensity, 255));
    return share(entry >> red_first(channel, 8) & 0xff, 255);
}

static uint32_t of_10_bits(const struct model *model, unsigned pipe, unsigned channel,
                           uint32_t first, uint32_t last, uint32_t intensity)
{
    uint32_t index = first + nearest(intensity, last - first);
    uint32_t entry = model->chip->traits & ON_SANDY_BRIDGE
                         ? register_get(model, OLD_TABLE(pipe) + 4 * index)
                         : model->colours[pipe].table[index];
    return share(entry >> red_first(channel, 10) & 0x3ff, 1023);
}

/* 16 bits in two dwords: the lower 6, the upper 10. */
static uint32_t of_pair(const uint32_t *pair, unsigned channel)
{
    uint32_t value = (pair[1] >> red_first(channel, 10) & 0x3ff) << 6 |
                     (pair[0] >> (red_first(channel, 10) + 4) & 0x3f);
    return share(value, 0xffff);
}

/*
 * Gen11, Gen12: steps of 1 / 256 from 512 on, below 2 / 256 steps 128 times as fine,
 * whose 0 is the first of a yet finer segment.
 */
static uint32_t of_segments(const struct model *model, unsigned pipe, unsigned channel,
                            uint32_t intensity)
{
    const struct colour *colour = &model->colours[pipe];
    bool fine = intensity < COLOUR_ONE / 128;
    uint32_t step = fine ? COLOUR_ONE / 256 / 128 : COLOUR_ONE / 256, ends[2];
    for (unsigned i = 0; i < 2; i++) {
        uint32_t point = intensity / step + i;
        if (fine)
            ends[i] = of_pair(point ? colour->table + 2 * (size_t)(point - 1)
                                    : colour->segment,
                              channel);
        else if (point < 256)
            ends[i] = of_pair(colour->table + 512 + 2 * (size_t)point, channel);
        else
            ends[i] = at_most_one(
                register_get(model, PALETTE_AT(pipe) + TABLE_MAX + 4 * channel));
    }
    return between(ends[0], ends[1], intensity % step, step);
}

/* Gemini Lake on: one table for all three, with as many steps. */
static uint32_t of_degamma(const struct model *model, unsigned pipe, uint32_t intensity)
{
    bool fine = model->chip->traits & (ON_ALDER_LAKE_P | ON_METEOR_LAKE);
    uint32_t step = COLOUR_ONE / (fine ? 128 : 32);
    const uint32_t *table = model->colours[pipe].degamma + intensity / step;
    return between(at_most_one(table[0]), at_most_one(table[1]), intensity % step,
                   step);
}

static unsigned table_mode(const struct model *model, unsigned pipe)
{
    if (model->chip->traits & ON_FDI)
        return register_get(model, PIPE_A_CONF + 0x1000 * pipe) >> 24 & 3;
    return register_get(model, PALETTE_AT(pipe) + MODE_REGISTER) & 3;
}

/* The table of a pipe; `second`: the upper half of one that is split. */
static uint32_t of_table(const struct model *model, unsigned pipe, unsigned channel,
                         bool second, uint32_t intensity)
{
    switch (table_mode(model, pipe)) {
    case MODE_8_BITS:
        return of_8_bits(model, pipe, channel, intensity);
    case MODE_10_BITS:
        return of_10_bits(model, pipe, channel, 0, 1023, intensity);
    case MODE_SPLIT:
        if (model->chip->traits & ON_GEN11_UP)
            return of_segments(model, pipe, channel, intensity);
        return of_10_bits(model, pipe, channel, second ? 512 : 0, second ? 1023 : 511,
                          intensity);
    default: /* no driver is known to use it */
        return intensity;
    }
}

int32_t colour_coefficient(uint32_t value)
{
    static const uint8_t fraction[8] = { 12, 13, 14, 15, 12, 12, 10, 11 };
    int32_t size = (int32_t)((value & 0xff8) << 16 >> fraction[value >> 12 & 7]);
    return value & 0x8000 ? -size : size;
}

int32_t colour_offset(uint32_t value)
{
    return ((int32_t)(value & 0x1fff) - (int32_t)(value & 0x1000) * 2) * 16;
}

/*
 * The matrix. What it adds afterwards is for the wire: offsets that are equal make the
 * range of 16 to 235 that televisions want, others make luma and chroma. The monitor,
 * which the picture is of, undoes either.
 */
static bool read_matrix(const struct model *model, unsigned pipe,
                        struct colour_transform *transform)
{
    uint32_t at = MATRIX(pipe), after[3];
    for (unsigned i = 0; i < 3; i++)
        after[i] = register_get(model, at + OFFSET_AFTER + 4 * i) & 0xfff;
    if (after[0] != after[1] || after[0] != after[2])
        return false;
    int64_t range = after[0] ? 219 : 255;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t first = register_get(model, at + 8 * i);
        uint32_t second = register_get(model, at + 8 * i + 4);
        const uint32_t row[3] = { first >> 16, first & 0xffff, second >> 16 };
        for (unsigned j = 0; j < 3; j++)
            transform->matrix[i][j] =
                (int32_t)(colour_coefficient(row[j]) * 255LL / range);
        transform->offset[i] =
            colour_offset(register_get(model, at + OFFSET_BEFORE + 4 * i));
    }
    return true;
}

/* Which parts of it are on. */
struct parts {
    bool degamma, first, matrix, last;
};

static struct parts parts_of(const struct model *model, unsigned pipe, bool gamma,
                             bool matrix)
{
    uint64_t traits = model->chip->traits;
    uint32_t mode = register_get(model, PALETTE_AT(pipe) + MODE_REGISTER);
    uint32_t how = register_get(model, MATRIX(pipe) + MATRIX_MODE);
    if (traits & ON_GEN11_UP)
        return (struct parts){ .degamma = mode & MODE_DEGAMMA,
                               .matrix = how & MATRIX_ON,
                               .last = mode & MODE_GAMMA };
    if (traits & WITH_COLOUR_CONTROL)
        return (struct parts){ .degamma = matrix, .matrix = matrix, .last = gamma };
    bool split = table_mode(model, pipe) == MODE_SPLIT;
    return (struct parts){ .first = gamma && (split || !(how & MATRIX_BEFORE)),
                           .matrix = matrix,
                           .last = gamma && (split || how & MATRIX_BEFORE) };
}

static void build(const struct model *model, unsigned pipe, struct parts parts,
                  struct colour_transform *transform)
{
    transform->matrix_on = parts.matrix && read_matrix(model, pipe, transform);
    for (unsigned channel = 0; channel < 3; channel++) {
        for (unsigned i = 0; i < 256; i++) {
            uint32_t intensity = share(i, 255);
            if (parts.degamma)
                intensity = of_degamma(model, pipe, intensity);
            else if (parts.first)
                intensity = of_table(model, pipe, channel, false, intensity);
            transform->before[channel][i] = intensity;
        }
        for (unsigned i = 0; i <= COLOUR_STEPS; i++) {
            uint32_t intensity = i * (COLOUR_ONE / COLOUR_STEPS);
            if (parts.last)
                intensity = of_table(model, pipe, channel, true, intensity);
            transform->after[channel][i] = (uint8_t)nearest(intensity, 255);
        }
    }
}

static uint8_t finish(const struct colour_transform *transform, unsigned channel,
                      uint32_t intensity)
{
    return transform->after[channel][nearest(intensity, COLOUR_STEPS)];
}

static bool changes_nothing(const struct colour_transform *transform)
{
    if (transform->matrix_on)
        return false;
    for (unsigned channel = 0; channel < 3; channel++) {
        for (unsigned i = 0; i < 256; i++) {
            if (finish(transform, channel, transform->before[channel][i]) != i)
                return false;
        }
    }
    return true;
}

const struct colour_transform *colour_of(struct model *model, unsigned pipe, bool gamma,
                                         bool matrix)
{
    struct colour *colour = &model->colours[pipe];
    if (!colour->current || colour->gamma != gamma || colour->matrix != matrix) {
        struct parts parts = parts_of(model, pipe, gamma, matrix);
        colour->current = true;
        colour->gamma = gamma;
        colour->matrix = matrix;
        colour->identity =
            !parts.degamma && !parts.first && !parts.matrix && !parts.last;
        if (!colour->identity) {
            build(model, pipe, parts, &colour->transform);
            colour->transform.serial = ++model->colour_serial;
            colour->identity = changes_nothing(&colour->transform);
        }
    }
    return colour->identity ? NULL : &colour->transform;
}

void colour_apply(const struct colour_transform *transform, uint32_t *pixels,
                  uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        uint32_t in[3], result = 0;
        for (unsigned i = 0; i < 3; i++)
            in[i] = transform->before[i][pixels[n] >> red_first(i, 8) & 0xff];
        for (unsigned i = 0; i < 3; i++) {
            int64_t sum = in[i];
            if (transform->matrix_on) {
                sum = 0;
                for (unsigned j = 0; j < 3; j++)
                    sum += (int64_t)transform->matrix[i][j] *
                           ((int64_t)in[j] + transform->offset[j]);
                sum /= (int64_t)COLOUR_ONE;
            }
            if (sum < 0)
                sum = 0;
            uint32_t intensity = sum > COLOUR_ONE ? COLOUR_ONE : (uint32_t)sum;
            result |= (uint32_t)finish(transform, i, intensity) << red_first(i, 8);
        }
        pixels[n] = result;
    }
}
