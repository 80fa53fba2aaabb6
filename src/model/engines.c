/* engines.c: the table of engines, their turns, and what their streamers reach. */
#include "model/engines.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "base/error.h"   /* errors */
#include "model/gt.h"     /* the GT from outside */
#include "model/traits.h" /* which chips */

#include <stdlib.h> /* calloc */

#define HAS_VECS_7 (ON_HASWELL | ON_GEN8_TO_10)
#define TWO_VIDEO  (ON_ICE_LAKE | ON_TIGER_LAKE | ON_ALDER_LAKE_S | ON_ALDER_LAKE_P)

/* (Linux i915 gt/intel_engine_cs.c: bases and reset domains; i915_pci.c: who has one.)
 */
static const struct engine_row rows[] = {
    { "rcs0", ENGINE_RENDER, COMMAND_RENDER, 0x2000, 1u << 1, 0x4080, ON_GEN7 },
    { "rcs0", ENGINE_RENDER, COMMAND_RENDER, 0x2000, 1u << 1, 0x2080, ON_GEN8_UP },
    { "rcs0", ENGINE_RENDER, COMMAND_RENDER, 0x2000, 1u << 1, 0x4080, ON_GEN6 },
    { "bcs0", ENGINE_BLITTER, COMMAND_BLITTER, 0x22000, 1u << 3, 0x24080, ON_GEN6 },
    { "bcs0", ENGINE_BLITTER, COMMAND_BLITTER, 0x22000, 1u << 3, 0x4280, ON_GEN7 },
    { "bcs0", ENGINE_BLITTER, COMMAND_BLITTER, 0x22000, 1u << 3, 0x22080,
      ON_GEN8_TO_10 },
    { "bcs0", ENGINE_BLITTER, COMMAND_BLITTER, 0x22000, 1u << 2, 0x22080, ON_GEN11_UP },
    { "vcs0", ENGINE_VIDEO_0, COMMAND_VIDEO, 0x12000, 1u << 2, 0x14080, ON_GEN6 },
    { "vcs0", ENGINE_VIDEO_0, COMMAND_VIDEO, 0x12000, 1u << 2, 0x4180, ON_GEN7 },
    { "vcs0", ENGINE_VIDEO_0, COMMAND_VIDEO, 0x12000, 1u << 2, 0x12080, ON_GEN8_TO_10 },
    { "vcs0", ENGINE_VIDEO_0, COMMAND_VIDEO, 0x1c0000, 1u << 5, 0x1c0080, ON_GEN11_UP },
    { "vcs2", ENGINE_VIDEO_2, COMMAND_VIDEO, 0x1d0000, 1u << 7, 0x1d0080, TWO_VIDEO },
    { "vecs0", ENGINE_VIDEO_ENHANCE_0, COMMAND_VIDEO_ENHANCE, 0x1a000, 1u << 4, 0x4380,
      ON_HASWELL },
    { "vecs0", ENGINE_VIDEO_ENHANCE_0, COMMAND_VIDEO_ENHANCE, 0x1a000, 1u << 4, 0x1a080,
      ON_GEN8_TO_10 },
    { "vecs0", ENGINE_VIDEO_ENHANCE_0, COMMAND_VIDEO_ENHANCE, 0x1c8000, 1u << 13,
      0x1c8080, ON_GEN11_UP },
};

/* Commands a turn executes, and what the next one waits for. Nanoseconds. */
#define TURN_BUDGET   5000
#define CONTEXT_COST  200 /* commands a context switch counts as */
#define PATIENT_TURNS 400 /* until work counts as long */
#define PATIENT_LOOPS 8
#define PAUSE_SHORT   20000
#define PAUSE_LONG    1000000
#define WAIT_SHORT    100000 /* for a semaphore */

/*
 * How often a second the timestamp counts: Gen6 to 8 every 80 ns, then half the crystal
 * clock. (Linux i915 gt/intel_gt_clock_utils.c; the registers it reads say the same.)
 */
uint64_t engine_timestamp(struct model *model)
{
    uint64_t traits = model->chip->traits;
    uint64_t now = clock_now(model);
    if (traits & (ON_GEN7_DOWN | ON_GEN8))
        return now / 80;
    /* 19.2 and 12 MHz, in 12 ticks a microsecond or 96 of five. */
    if (traits & (ON_APOLLO_LAKE | ON_GEN12_UP))
        return now / 5000 * 96 + now % 5000 * 96 / 5000;
    return now / 1000 * 12 + now % 1000 * 12 / 1000;
}

struct engine *engine_at(struct model *model, uint32_t offset)
{
    struct gt *gt = model->gt;
    for (unsigned i = 0; gt && i < gt->count; i++) {
        if ((offset & ~0xfffu) == gt->engines[i].row->base)
            return &gt->engines[i];
    }
    return NULL;
}

uint32_t engine_get(const struct engine *engine, uint32_t reg)
{
    return register_get(engine->model, engine->row->base + reg);
}

void engine_set(struct engine *engine, uint32_t reg, uint32_t value)
{
    register_set(engine->model, engine->row->base + reg, value);
}

bool engine_has_execlists(const struct engine *engine)
{
    return engine->model->chip->traits & ON_GEN8_UP;
}

void engine_interrupt(struct engine *engine, uint32_t bits)
{
    bits &= ~engine_get(engine, RING_IMR);
    if (bits)
        interrupt_gt(engine->model, engine->row->id, bits);
}

/* What the streamer reaches. */

/*
 * The first fault stays told until the driver clears it. (Linux i915
 * gt/intel_gt_regs.h: one register for all engines from Gen8 on, and one an engine
 * before.)
 */
static void tell_fault(struct engine *engine, enum command_space space,
                       uint64_t address)
{
    static const uint8_t numbers[] = { 0, 4, 1, 2, 5, 6, 3, 7 };
    struct model *model = engine->model;
    uint64_t traits = model->chip->traits;
    bool global = space == COMMAND_GGTT;
    uint32_t at = 0x4094, data = 0x4b10;
    model->gt->faults++;
    if (traits & ON_GEN12_UP) {
        at = 0xcec4;
        data = 0xceb8;
    } else if (traits & ON_GEN7_DOWN) {
        static const uint16_t steps[] = { 0, 0x200, 0x100, 0, 0, 0, 0x300, 0 };
        at += steps[engine->row->id];
    }
    if (register_get(model, at) & 1)
        return;
    if (traits & ON_GEN7_DOWN) {
        register_set(model, at,
                     (uint32_t)(address & 0xfffff000) | (global ? 1u << 11 : 0) | 1);
        return;
    }
    register_set(model, at, (uint32_t)numbers[engine->row->id] << 12 | 1);
    register_set(model, data, (uint32_t)(address >> 12));
    register_set(model, data + 4,
                 (uint32_t)(address >> 44 & 0xf) | (global ? 1u << 4 : 0));
}

static int bus_read(void *opaque, enum command_space space, uint64_t address,
                    void *data, size_t size)
{
    struct engine *engine = opaque;
    uint64_t fault = address;
    int result =
        space == COMMAND_GGTT
            ? gtt_read_memory(engine->model, address, data, size)
            : ppgtt_read(engine->model, &engine->ppgtt, address, data, size, &fault);
    if (result < 0)
        tell_fault(engine, space, fault);
    return result;
}

static int bus_write(void *opaque, enum command_space space, uint64_t address,
                     const void *data, size_t size)
{
    struct engine *engine = opaque;
    uint64_t fault = address;
    int result =
        space == COMMAND_GGTT
            ? gtt_write_memory(engine->model, address, data, size)
            : ppgtt_write(engine->model, &engine->ppgtt, address, data, size, &fault);
    if (result < 0)
        tell_fault(engine, space, fault);
    return result;
}

static uint32_t bus_load(void *opaque, uint32_t offset)
{
    struct engine *engine = opaque;
    return register_load(engine->model, offset);
}

/* Gen6, Gen7: rings load the page directory's place by a command. */
static void update_directory(struct engine *engine)
{
    static const uint32_t enable = 1u << 9, enable_gen6 = 0x2520;
    struct model *model = engine->model;
    bool gen6 = model->chip->traits & ON_GEN6;
    uint32_t mode =
        gen6 ? register_get(model, enable_gen6) : engine_get(engine, RING_MODE);
    engine->ppgtt.kind = mode & enable ? PPGTT_2_LEVELS : PPGTT_NONE;
    engine->ppgtt.roots[0] = engine_get(engine, RING_PP_DIR_BASE) >> 10;
    ppgtt_invalidate(&engine->ppgtt);
}

static void bus_store(void *opaque, uint32_t offset, uint32_t value)
{
    struct engine *engine = opaque;
    register_store(engine->model, offset, value);
    if (!engine_has_execlists(engine) && offset == engine->row->base + RING_PP_DIR_BASE)
        update_directory(engine);
}

static void bus_interrupt(void *opaque, uint32_t bits)
{
    struct engine *engine = opaque;
    if (bits & ENGINE_ERROR) {
        uint32_t error = engine->streamer.error;
        engine_set(engine, RING_ESR, error);
        error &= ~engine_get(engine, RING_EMR);
        engine_set(engine, RING_EIR, engine_get(engine, RING_EIR) | error);
        bits &= error ? ~0u : ~ENGINE_ERROR;
    }
    engine_interrupt(engine, bits);
}

static void bus_invalidate(void *opaque)
{
    struct engine *engine = opaque;
    ppgtt_invalidate(&engine->ppgtt);
}

static uint64_t bus_timestamp(void *opaque)
{
    struct engine *engine = opaque;
    return engine_timestamp(engine->model);
}

static const struct command_bus streamer_bus = {
    .read = bus_read,
    .write = bus_write,
    .load = bus_load,
    .store = bus_store,
    .interrupt = bus_interrupt,
    .invalidate = bus_invalidate,
    .timestamp = bus_timestamp,
};

/* Turns. */

void engine_reset(struct engine *engine)
{
    static const uint16_t cleared[] = { RING_TAIL,       RING_HEAD,       RING_START,
                                        RING_CTL,        RING_MI_MODE,    RING_EIR,
                                        RING_ESR,        RING_BBSTATE,    RING_BBADDR,
                                        RING_MODE,       RING_BBADDR_UDW, RING_INSTPM,
                                        RING_PP_DIR_BASE };
    for (size_t i = 0; i < ARRAY_SIZE(cleared); i++)
        engine_set(engine, cleared[i], 0);
    command_reset(&engine->streamer);
    engine->streamer.ring_size = 0;
    engine->streamer.head = engine->streamer.tail = 0;
    engine->streamer.header = 0;
    engine->streamer.address = 0;
    engine->state = ENGINE_IDLE;
    engine->turns = 0;
    engine->next = 0;
    engine->stale = false;
    ppgtt_invalidate(&engine->ppgtt);
    if (engine_has_execlists(engine))
        execlists_reset(engine);
    else
        update_directory(engine);
}

/* When the next turn comes: soon at first, then less and less often. */
static uint64_t pause_of(const struct engine *engine)
{
    /* What waits in a loop of its own is in no hurry. */
    unsigned patience = engine->streamer.loops ? PATIENT_LOOPS : PATIENT_TURNS;
    if (engine->state == ENGINE_RUNS)
        return engine->turns < patience ? PAUSE_SHORT : PAUSE_LONG;
    uint64_t pause = WAIT_SHORT * (1 + engine->turns / 8);
    return pause < PAUSE_LONG ? pause : PAUSE_LONG;
}

/* Run the streamer once, then do what had to wait until it stood. */
static enum command_result run_streamer(struct engine *engine, unsigned budget)
{
    struct gt *gt = engine->model->gt;
    gt->active = engine;
    enum command_result result = command_run(&engine->streamer, budget);
    gt->active = NULL;
    if (engine->stale) {
        engine->stale = false;
        ring_buffer_load(engine);
    }
    uint32_t domains = gt->deferred_resets;
    gt->deferred_resets = 0;
    if (domains)
        engines_reset(engine->model, domains);
    return result;
}

void engine_turn(struct engine *engine)
{
    unsigned budget = TURN_BUDGET;
    engine->next = 0;
    if (engine_is_stopped(engine))
        return;
    if (fault_is_on(engine->model, FAULT_GPU_HANG)) {
        engine->next = clock_now(engine->model) + PAUSE_LONG;
        return;
    }
    engine->turns++;
    if (engine_has_execlists(engine))
        ppgtt_invalidate(&engine->ppgtt);
    else
        update_directory(engine);
    /* Each context that comes in costs something, too, or an empty one could for ever.
     */
    while (budget && engine->state == ENGINE_RUNS) {
        enum command_result result = run_streamer(engine, budget);
        budget = engine->streamer.budget;
        budget -= budget > CONTEXT_COST ? CONTEXT_COST : budget;
        if (engine_has_execlists(engine))
            execlists_ended(engine, result);
        else
            ring_buffer_ended(engine, result);
        if (result != COMMAND_IDLE && result != COMMAND_PREEMPTED)
            break;
    }
    if (engine->state == ENGINE_RUNS || engine->state == ENGINE_WAITS)
        engine->next = clock_now(engine->model) + pause_of(engine);
}

bool engine_is_stopped(const struct engine *engine)
{
    return engine_get(engine, RING_MI_MODE) & MI_MODE_STOP;
}

void engines_arm(struct model *model)
{
    struct gt *gt = model->gt;
    uint64_t first = 0;
    for (unsigned i = 0; i < gt->count; i++) {
        uint64_t next = gt->engines[i].next;
        if (next && (!first || next < first))
            first = next;
    }
    clock_set(model, TIMER_GT, first);
}

/* One may have written what another waits for. */
static void wake_waiting(struct gt *gt, const struct engine *except)
{
    for (unsigned i = 0; i < gt->count; i++) {
        struct engine *other = &gt->engines[i];
        if (other == except || other->state != ENGINE_WAITS)
            continue;
        other->state = ENGINE_RUNS;
        engine_turn(other);
    }
}

void engine_kick(struct engine *engine)
{
    struct gt *gt = engine->model->gt;
    engine->turns = 0;
    if (engine->state == ENGINE_WAITS)
        engine->state = ENGINE_RUNS;
    if (gt->active) {
        engine->next = clock_now(engine->model) + 1;
    } else {
        engine_turn(engine);
        wake_waiting(gt, engine);
    }
    engines_arm(engine->model);
}

void gt_timer(struct model *model)
{
    struct gt *gt = model->gt;
    uint64_t now = clock_now(model);
    for (unsigned i = 0; i < gt->count; i++) {
        struct engine *engine = &gt->engines[i];
        if (!engine->next || engine->next > now)
            continue;
        bool ran = engine->state == ENGINE_RUNS;
        if (engine->state == ENGINE_WAITS)
            engine->state = ENGINE_RUNS;
        engine_turn(engine);
        if (ran)
            wake_waiting(gt, engine);
    }
    engines_arm(model);
}

void engines_reset(struct model *model, uint32_t domains)
{
    struct gt *gt = model->gt;
    if (gt->active) {
        gt->deferred_resets |= domains;
        return;
    }
    gt->resets++;
    for (unsigned i = 0; i < gt->count; i++) {
        struct engine *engine = &gt->engines[i];
        if (domains & 1 || domains & engine->row->reset)
            engine_reset(engine);
    }
    engines_arm(model);
}

/* Making. */

static void make_engine(struct model *model, const struct engine_row *row)
{
    struct engine *engine = &model->gt->engines[model->gt->count++];
    engine->row = row;
    engine->model = model;
    engine->streamer = (struct command_streamer){
        .bus = &streamer_bus,
        .opaque = engine,
        .statistics = &model->gt->statistics,
        .class = row->class,
        .generation = model->platform->generation,
        .base = row->base,
    };
}

int gt_make(struct model *model, struct error *err)
{
    model->gt = calloc(1, sizeof(*model->gt));
    if (!model->gt)
        return error_system(err, -ENOMEM, "model: GT");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].on & model->chip->traits)
            make_engine(model, &rows[i]);
    }
    return 0;
}

void gt_free(struct model *model)
{
    free(model->gt);
    model->gt = NULL;
}
