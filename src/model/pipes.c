/* pipes.c: pipes and the clock that drives each: scan line, frames, vertical blank. */
#include "model/pipes.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/clock.h"           /* time */
#include "model/display.h"         /* register places */
#include "model/fdi.h"             /* ports of Sandy and Ivy Bridge */
#include "model/interrupts.h"      /* vertical blank */
#include "model/monitor.h"         /* modes' clocks */
#include "model/pipe_crc.h"        /* checksums follow at the vertical blank */
#include "model/register_tables.h" /* the table */
#include "model/scanout.h"         /* planes follow at the vertical blank */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

#define TRANSCODER_STRIDE 0x1000u
#define TRANSCODER_EDP                                            \
    0xf /* 60000 + 1000 of these; the panel's on Haswell to Gen10 \
         */
#define HTOTAL          0x60000
#define VTOTAL          0x6000c
#define FUNCTION        0x60400
#define FUNCTION_ENABLE 0x80000000u
#define FUNCTION_MODE   0x07000000u /* 0: HDMI, 1: DVI, 2: DisplayPort */
#define FUNCTION_DVI    0x01000000u
#define MAX_PIXELS      16384u
#define DEFAULT_HTOTAL  800u /* where no mode was set: 640x480 */
#define DEFAULT_VTOTAL  525u
#define MAX_FRAME       8   /* a frame is never stretched to more than so many */
#define LONG_PATIENCE   3   /* times the usual */
#define UPDATE_PATIENCE 600 /* percent of a frame, until a driver looks again */
#define CRC_PATIENCE    50 /* parts of a frame: so soon a checksum is looked for again */
#define EVE_OF_BLANK    20  /* thousandths of a frame: more than 100 us at 60 Hz */
#define STALL           100 /* likewise, before its end: there a stalled beam stops */

/* Which pipe the transcoder of this conf register drives; -1: none. */
static int driven_pipe(const struct model *model, unsigned transcoder)
{
    /* Bits 14:12 of the panel's transcoder: 0 and 4: A, 5: B, 6: C. */
    static const int8_t inputs[8] = { 0, -1, -1, -1, 0, 1, 2, 3 };
    if (transcoder != TRANSCODER_EDP)
        return (int)transcoder;
    uint32_t function =
        register_get(model, FUNCTION + TRANSCODER_EDP * TRANSCODER_STRIDE);
    return inputs[function >> 12 & 7];
}

static uint32_t total(uint32_t value)
{
    return (value >> 16 & (MAX_PIXELS - 1)) + 1;
}

static uint32_t active(uint32_t value)
{
    return (value & (MAX_PIXELS - 1)) + 1;
}

struct pipe_timing pipes_timing(const struct model *model, unsigned pipe)
{
    uint32_t at = model->pipes[pipe].timings;
    uint32_t horizontal = register_get(model, HTOTAL + at);
    uint32_t vertical = register_get(model, VTOTAL + at);
    if (!horizontal || !vertical || total(vertical) < active(vertical))
        return (struct pipe_timing){ DEFAULT_HTOTAL, 640, DEFAULT_VTOTAL, 480 };
    return (struct pipe_timing){ total(horizontal), active(horizontal), total(vertical),
                                 active(vertical) };
}

int pipes_ddi(const struct model *model, unsigned pipe)
{
    if (model->chip->traits & ON_FDI)
        return fdi_ddi(model, pipe);
    if (!(model->chip->traits & ON_DDI))
        return -1;
    uint32_t at = model->pipes[pipe].timings;
    uint32_t function = register_get(model, FUNCTION + at);
    if (!(function & FUNCTION_ENABLE))
        return -1;
    if (model->chip->traits & ON_GEN12_UP)
        return (int)(function >> 27 & 0xf) - 1;
    return at == TRANSCODER_EDP * TRANSCODER_STRIDE ? 0 : (int)(function >> 28 & 7);
}

/* Nanoseconds of a frame: by the monitor's mode of these timings, else 60 Hz. */
static uint64_t frame_length(const struct model *model, unsigned pipe)
{
    struct pipe_timing timing = pipes_timing(model, pipe);
    int ddi = pipes_ddi(model, pipe);
    for (unsigned i = 0; i < model->monitors.count; i++) {
        const struct model_monitor *monitor = &model->monitors.list[i];
        for (unsigned j = 0; j < monitor->mode_count; j++) {
            const struct model_timing *mode = &monitor->modes[j];
            if ((ddi < 0 || monitor->port->ddi == ddi) && mode->clock &&
                model_timing_total(&mode->horizontal) == timing.htotal &&
                model_timing_total(&mode->vertical) == timing.vtotal)
                return (uint64_t)timing.htotal * timing.vtotal * 1000000 / mode->clock;
        }
    }
    return FRAME_PERIOD;
}

/*
 * How far the beam is in its frame, of the clock's length. While the vertical blank
 * waits for a checksum to be read, or for a driver to look again, the beam stays away
 * from it: on the eve of it, a driver that begins the next update would wait for it,
 * not for long.
 */
static uint64_t position(const struct pipe_clock *clock, uint64_t now)
{
    bool stays = clock->stalled || clock->updating;
    uint64_t end = clock->length - (stays ? clock->length * STALL / 1000 : 0);
    uint64_t span = clock->next - clock->since;
    uint64_t left = end > clock->from ? end - clock->from : 0;
    if (now <= clock->since || !span || !left)
        return clock->from;
    if (now >= clock->next)
        return end - 1;
    unsigned __int128 done = (unsigned __int128)left * (now - clock->since) / span;
    return clock->from + (uint64_t)done;
}

/* Have the clock call at the first vertical blank of any pipe. */
static void arm_timer(struct model *model)
{
    uint64_t first = 0;
    for (unsigned i = 0; i < MODEL_PIPES; i++) {
        const struct pipe_clock *clock = &model->pipes[i];
        if (clock->running && (!first || clock->next < first))
            first = clock->next;
    }
    clock_set(model, TIMER_PIPES, fault_is_on(model, FAULT_VBLANK_STOP) ? 0 : first);
}

/*
 * Move the next vertical blank to this time; from now on the beam runs as much faster
 * or slower as it needs.
 */
static void move_next(struct model *model, struct pipe_clock *clock, uint64_t now,
                      uint64_t next)
{
    clock->from = position(clock, now);
    clock->since = now;
    clock->next = next;
    arm_timer(model);
}

/*
 * Announce what has come. After a delay of many frames only the last one raises an
 * interrupt, as on a machine whose interrupts were not served meanwhile; but a patient
 * clock stood still meanwhile.
 */
static void announce(struct model *model, unsigned pipe, uint64_t now)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    if (!clock->running)
        return;
    if (now < clock->next || fault_is_on(model, FAULT_VBLANK_STOP))
        return;
    /* A driver that is late to fetch a picture's checksum would miss one. */
    if (model->options.display_patience && pipe_crc_waits(model, pipe) &&
        now < clock->began + MAX_FRAME * clock->length) {
        move_next(model, clock, now, now + clock->length / CRC_PATIENCE);
        return;
    }
    uint64_t frames = 1 + (now - clock->next) / clock->length;
    uint64_t at = clock->next + (frames - 1) * clock->length;
    if (frames > 1 &&
        model->options.display_patience) { /* rather slow than with gaps */
        frames = 1;
        at = now;
    }
    model->counters.frames += frames;
    clock->frames += (uint32_t)frames;
    clock->began = clock->since = at;
    clock->next = clock->due = clock->since + clock->length;
    clock->from = 0;
    clock->updating = false;
    uint32_t events = PIPE_EVENT_VBLANK | scanout_latch(model, pipe);
    events |= pipe_crc_update(model, pipe);
    clock->stalled = model->options.display_patience && pipe_crc_waits(model, pipe);
    interrupt_pipe(model, pipe, events);
    dsb_vertical_blank(model, pipe);
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

/* The next vertical blank comes when it is due, but not before this has passed. */
static void wait_for_driver(struct model *model, unsigned pipe, unsigned percent)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    uint64_t now = model->time;
    uint64_t next = now + clock->length * percent / 100;
    if (next < clock->due)
        next = clock->due;
    if (next != clock->next && now < clock->began + MAX_FRAME * clock->length)
        move_next(model, clock, now, next);
}

/* The beam goes on from where it is, not as far; from there if it was further. */
static void begin_update(struct pipe_clock *clock, uint64_t now)
{
    if (clock->updating)
        return;
    uint64_t stay = clock->length - clock->length * STALL / 1000;
    uint64_t at = position(clock, now);
    clock->from = at < stay ? at : stay;
    clock->since = now;
    clock->updating = true;
}

void pipes_updating(struct model *model, unsigned pipe)
{
    if (!model->pipes[pipe].running || !model->options.display_patience)
        return;
    announce_all(model);
    begin_update(&model->pipes[pipe], model->time);
    wait_for_driver(model, pipe, UPDATE_PATIENCE);
}

void pipes_busy(struct model *model, unsigned pipe)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    unsigned percent = model->options.display_patience;
    if (!clock->running || !percent)
        return;
    announce_all(model);
    begin_update(clock, model->time);
    /* Not sooner than it was told to come. */
    if (clock->next < model->time + clock->length * percent / 100)
        wait_for_driver(model, pipe, percent);
}

void pipes_checksum_read(struct model *model, unsigned pipe)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    if (!clock->running || !model->options.display_patience)
        return;
    unsigned percent = LONG_PATIENCE * model->options.display_patience;
    uint64_t now = clock_now(model), next = now + clock->length * percent / 100;
    move_next(model, clock, now, next > clock->next ? next : clock->next);
}

/*
 * A driver looks at the scan line or the frame counter: to see whether an update will
 * be through before the vertical blank, or whether it was. Just before it, where
 * drivers wait, it comes at once.
 */
static void looked_at(struct model *model, unsigned pipe)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    if (!clock->running || !model->options.display_patience)
        return;
    unsigned percent = model->options.display_patience;
    uint64_t eve = clock->length * EVE_OF_BLANK / 1000;
    uint64_t at = position(clock, model->time);
    if (clock->stalled && !pipe_crc_waits(model, pipe)) {
        clock->from = at;
        clock->since = model->time;
        clock->stalled = false;
    }
    if (!clock->updating && at + eve >= clock->length) {
        move_next(model, clock, model->time, model->time);
        announce_all(model);
        arm_timer(model);
    } else if (!clock->updating && at >= clock->length / 4) {
        /* Not an interrupt's look at the last vertical blank: an update begins. */
        percent *= LONG_PATIENCE;
    }
    wait_for_driver(model, pipe, percent);
}

uint32_t pipes_frames(struct model *model, unsigned pipe)
{
    announce_all(model);
    return model->pipes[pipe].frames;
}

/* The pipe follows its enable bit at once; its frame counter starts at 0. */
static void start_pipe(struct model *model, unsigned pipe, unsigned transcoder,
                       bool enable)
{
    struct pipe_clock *clock = &model->pipes[pipe];
    uint32_t timings = transcoder * TRANSCODER_STRIDE;
    /* Another transcoder may drive it by now. */
    if (enable == clock->running || (!enable && clock->timings != timings))
        return;
    *clock = (struct pipe_clock){ .running = enable, .timings = timings };
    if (enable) {
        unsigned slower = model->options.display_slowdown;
        clock->began = clock->since = clock_now(model);
        clock->length = frame_length(model, pipe) * (slower ? slower : 1);
        clock->next = clock->due = clock->since + clock->length;
    }
    scanout_latch(model, pipe);
    arm_timer(model);
}

static void conf_written(struct model *model, const struct register_access *access)
{
    unsigned transcoder = (access->offset - PIPE_A_CONF) >> 12;
    int pipe = driven_pipe(model, transcoder);
    if (pipe >= 0 &&
        model->chip->traits & ON_FDI) /* it says how its table is laid out */
        colour_touch(model, (unsigned)pipe);
    if (pipe >= 0)
        start_pipe(model, (unsigned)pipe, transcoder, access->stored & PIPE_ENABLE);
}

static uint32_t read_frame(struct model *model, const struct register_access *access)
{
    announce_all(model);
    looked_at(model, access->index);
    return model->pipes[access->index].frames;
}

/*
 * The scan line, counted as the hardware does: with DisplayPort one line, with HDMI two
 * lines behind the line the beam is in. (Linux i915 i915_vblank.c, scanline_offset.)
 */
static uint32_t read_line(struct model *model, const struct register_access *access)
{
    announce_all(model);
    const struct pipe_clock *clock = &model->pipes[access->index];
    if (!clock->running)
        return 0;
    looked_at(model, access->index);
    struct pipe_timing timing = pipes_timing(model, access->index);
    uint32_t function = register_get(model, FUNCTION + clock->timings);
    bool hdmi = model->chip->traits & ON_DDI && pipes_ddi(model, access->index) >= 0 &&
                (function & FUNCTION_MODE) <= FUNCTION_DVI;
    uint64_t into = position(clock, model->time);
    uint64_t line = timing.vactive + into * timing.vtotal / clock->length;
    return (uint32_t)((line + timing.vtotal - (hdmi ? 2 : 1)) % timing.vtotal);
}

static uint32_t read_timestamp(struct model *model,
                               const struct register_access *access)
{
    return (uint32_t)(clock_now(model) / 1000);
}

/* When the last frame began. */
static uint32_t read_frame_timestamp(struct model *model,
                                     const struct register_access *access)
{
    pipes_frames(model, access->index);
    return (uint32_t)(model->pipes[access->index].began / 1000);
}

static void reset(struct model *model)
{
    memset(model->pipes, 0, sizeof(model->pipes));
    for (unsigned i = 0; i < MODEL_PIPES; i++)
        model->pipes[i].timings = i * TRANSCODER_STRIDE;
}

#define PER_PIPE(text, at) \
    .name = (text), .offset = (at), .count = MODEL_PIPES, .stride = TRANSCODER_STRIDE

/* Linux i915 i915_reg.h; Intel PRMs, Skylake, volume 2c. */

static const struct register_rule rules[] = {
    { PER_PIPE("PIPECONF", PIPE_A_CONF), .follow = PIPE_STATE, .follow_by = 1,
      .written = conf_written },
    { .name = "PIPECONF_EDP",
      .offset = PIPE_A_CONF + 0xf000,
      .follow = PIPE_STATE,
      .follow_by = 1,
      .written = conf_written,
      .on = ON_DDI },
    { PER_PIPE("DSL", 0x70000), .fixed = REGISTER_READ_ONLY, .read = read_line },
    { PER_PIPE("FRMCOUNT", PIPE_A_FRAME), .fixed = REGISTER_READ_ONLY,
      .read = read_frame },
    { PER_PIPE("FRMTMSTMP", 0x70048), .fixed = REGISTER_READ_ONLY,
      .read = read_frame_timestamp },
    { .name = "TIMESTAMP_CTR",
      .offset = 0x44070,
      .fixed = REGISTER_READ_ONLY,
      .read = read_timestamp },
};
const struct register_table pipe_registers = {
    .name = "pipes",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
