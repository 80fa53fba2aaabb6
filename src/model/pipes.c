/* pipes.c: pipes and the clock that drives each: scan line, frames, vertical blank. */
#include "model/pipes.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/chips.h"           /* traits */
#include "model/clock.h"           /* time */
#include "model/display.h"         /* register places */
#include "model/interrupts.h"      /* vertical blank */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define PIPE_STRIDE  0x1000u
#define DEFAULT_LINE 525u /* lines in all when no mode was set: 640x480's */

unsigned pipes_count(const struct model *model)
{
    uint64_t traits = model->chip->traits;
    if (traits & ON_GEN12_UP)
        return 4;
    return traits & (ON_SANDY_BRIDGE | ON_BAY_TRAIL) ? 2 : 3;
}

/* Vertical blanks since the pipe was enabled. */
static uint64_t frames_at(const struct pipe_clock *clock, uint64_t now)
{
    return now < clock->start ? 0 : (now - clock->start) / clock->length;
}

/* Have the clock call at the first vertical blank of any pipe. */
static void arm_timer(struct model *model)
{
    uint64_t first = 0;
    for (unsigned i = 0; i < MODEL_PIPES; i++) {
        const struct pipe_clock *clock = &model->pipes[i];
        uint64_t next = clock->start + (clock->frames + 1ULL) * clock->length;
        if (clock->running && (!first || next < first))
            first = next;
    }
    clock_set(model, TIMER_PIPES, first);
}

/*
 * Announce what has come. After a delay of many frames only the last one raises an
 * interrupt, as on a machine whose interrupts were not served meanwhile.
 */
static void announce(struct model *model, unsigned pipe, uint64_t now)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    if (!clock->running)
        return;
    uint64_t frames = frames_at(clock, now);
    if ((uint32_t)frames == clock->frames)
        return;
    model->counters.frames += (uint32_t)frames - clock->frames;
    clock->frames = (uint32_t)frames;
    uint32_t events = PIPE_EVENT_VBLANK;
    for (unsigned plane = 0; plane < 4; plane++) {
        if (clock->armed & 1u << plane)
            events |= PIPE_EVENT_FLIP_DONE(plane);
    }
    clock->armed = 0;
    interrupt_pipe(model, pipe, events);
}

static void announce_all(struct model *model)
{
    uint64_t now = clock_now(model);
    for (unsigned i = 0; i < MODEL_PIPES; i++)
        announce(model, i, now);
}

void pipes_timer(struct model *model)
{
    announce_all(model);
    arm_timer(model);
}

/* The pipe follows its enable bit at once; its frame counter starts at 0. */
static void conf_written(struct model *model, const struct register_access *access)
{
    struct pipe_clock *clock = &model->pipes[access->index];
    bool enable = access->stored & PIPE_ENABLE;
    register_set_bits(model, access->offset, PIPE_STATE, enable);
    if (enable == clock->running)
        return;
    *clock = (struct pipe_clock){
        .running = enable,
        .start = clock_now(model),
        .length = FRAME_PERIOD,
    };
    arm_timer(model);
}

static uint32_t read_frame(struct model *model, const struct register_access *access)
{
    announce_all(model);
    return model->pipes[access->index].frames;
}

static void reset(struct model *model)
{
    memset(model->pipes, 0, sizeof(model->pipes));
}

#define PER_PIPE(text, at) \
    .name = (text), .offset = (at), .count = MODEL_PIPES, .stride = PIPE_STRIDE

/* clang-format off: a row a register */
static const struct register_rule rules[] = {
    { PER_PIPE("PIPECONF", PIPE_A_CONF), .fixed = PIPE_STATE, .written = conf_written },
    { PER_PIPE("FRMCOUNT", PIPE_A_FRAME), .fixed = REGISTER_READ_ONLY,
      .read = read_frame },
};
/* clang-format on */

const struct register_table pipe_registers = {
    .name = "pipes",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
