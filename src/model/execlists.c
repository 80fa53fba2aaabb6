/* execlists.c: Gen8 and later: contexts submitted in pairs, and events about them. */
#include "model/engines.h"

#include "base/bytes.h"   /* stores */
#include "model/traits.h" /* which chips */

/*
 * Events (Linux i915 gt/intel_execlists_submission.c, intel_lrc_reg.h; Intel PRMs,
 * Skylake, volume 2c, CONTEXT_STATUS). A ring of 6, from Gen11 on 12, in the status
 * page at dword 10 hex, and in registers.
 */
#define EVENT_IDLE_ACTIVE    0x0001u
#define EVENT_PREEMPTED      0x0002u
#define EVENT_ELEMENT_SWITCH 0x0004u
#define EVENT_ACTIVE_IDLE    0x0008u
#define EVENT_COMPLETE       0x0010u
#define EVENT_LITE_RESTORE   0x8000u
#define EVENTS_AT            0x40 /* bytes into the status page */
#define INDEX_AT_8           0x7c
#define INDEX_AT_11          0xbc

/* Gen12's: who comes, who goes, and why. */
#define NEW_QUEUE        1u
#define NOBODY           (0x7ffu << 15)
#define DETAIL_PREEMPTED 5u

static bool is_valid(const struct element *element)
{
    return element->low & 1;
}

static unsigned event_count(const struct engine *engine)
{
    return engine->model->chip->traits & ON_GEN11_UP ? 12 : 6;
}

static void tell_event(struct engine *engine, uint32_t low, uint32_t high)
{
    struct model *model = engine->model;
    bool gen11 = model->chip->traits & ON_GEN11_UP;
    uint64_t page = register_get(model, engine->row->status_page) & ~0xfffu;
    unsigned index = (engine->event + 1) % event_count(engine);
    const uint32_t event[2] = { low, high };
    uint32_t reg = index < 6 ? RING_CSB + 8 * index : RING_CSB_2 + 8 * (index - 6);
    engine->event = index;
    engine_set(engine, reg, low);
    engine_set(engine, reg + 4, high);
    /* The driver watches the index: the event is there before. */
    gtt_write_memory(model, page + EVENTS_AT + 8 * index, event, sizeof(event));
    gtt_write_memory(model, page + (gen11 ? INDEX_AT_11 : INDEX_AT_8), &index, 4);
    uint32_t pointers = engine_get(engine, RING_CSB_POINTER);
    engine_set(engine, RING_CSB_POINTER, (pointers & ~0xffu) | index);
    model->gt->switches++;
}

/* A context as Gen12's events name it: identifier and counter of the descriptor. */
static uint32_t gen12_name(const struct element *element)
{
    if (!element || !is_valid(element))
        return NOBODY;
    return (element->high >> 5 & 0x7ff) << 15 | (element->high >> 23 & 0x3f) << 26;
}

/* What happened, in the words of either generation. */
struct change {
    const struct element *from, *to; /* NULL: idle */
    uint32_t gen8;
    bool new_queue, preempted;
};

static void tell_change(struct engine *engine, const struct change *change)
{
    if (engine->model->chip->traits & ON_GEN12_UP) {
        tell_event(engine, gen12_name(change->to) | (change->new_queue ? NEW_QUEUE : 0),
                   gen12_name(change->from) |
                       (change->preempted ? DETAIL_PREEMPTED : 0));
    } else {
        const struct element *who = change->from ? change->from : change->to;
        tell_event(engine, change->gen8, who->high);
    }
    engine_interrupt(engine, ENGINE_CONTEXT_SWITCH);
}

void execlists_reset(struct engine *engine)
{
    memset(engine->running, 0, sizeof(engine->running));
    memset(engine->queued, 0, sizeof(engine->queued));
    engine->queue_waits = false;
    engine->port_count = 0;
    engine->event = event_count(engine) - 1;
    engine_set(engine, RING_CSB_POINTER, engine->event << 8 | engine->event);
}

static void enter(struct engine *engine, const struct element *element)
{
    context_restore(engine, element);
    engine->state = ENGINE_RUNS;
}

/* Those that waited are now the ones that run. */
static void take_queue(struct engine *engine)
{
    memcpy(engine->running, engine->queued, sizeof(engine->running));
    memset(engine->queued, 0, sizeof(engine->queued));
    engine->queue_waits = false;
    engine->streamer.preempt = false;
}

static bool same_context(const struct element *a, const struct element *b)
{
    return context_address(a) == context_address(b);
}

static void submit_to_idle(struct engine *engine)
{
    take_queue(engine);
    const struct change change = { .to = &engine->running[0],
                                   .gen8 = EVENT_IDLE_ACTIVE,
                                   .new_queue = true };
    tell_change(engine, &change);
    enter(engine, &engine->running[0]);
}

/* The same context again: it goes on, with a new tail. */
static void lite_restore(struct engine *engine)
{
    const struct element old = engine->running[0];
    take_queue(engine);
    const struct change change = { .from = &old,
                                   .to = &engine->running[0],
                                   .gen8 = EVENT_PREEMPTED | EVENT_LITE_RESTORE,
                                   .new_queue = true,
                                   .preempted = true };
    context_update_tail(engine, &engine->running[0]);
    tell_change(engine, &change);
}

void execlists_submit(struct engine *engine, const struct element elements[2])
{
    engine->model->gt->submissions++;
    if (!is_valid(&elements[0]))
        return;
    memcpy(engine->queued, elements, sizeof(engine->queued));
    engine->queue_waits = true;
    if (engine->state == ENGINE_STUCK)
        return; /* only a reset helps */
    if (engine->state == ENGINE_IDLE)
        submit_to_idle(engine);
    else if (same_context(&engine->queued[0], &engine->running[0]))
        lite_restore(engine);
    else
        engine->streamer.preempt = true;
    engine_kick(engine);
}

/* The running context goes; a new pair comes in. */
static void switch_to_queue(struct engine *engine, bool preempted)
{
    const struct element old = engine->running[0];
    context_save(engine, &old);
    take_queue(engine);
    const struct change change = {
        .from = &old,
        .to = &engine->running[0],
        .gen8 = EVENT_PREEMPTED | (preempted ? 0 : EVENT_COMPLETE),
        .new_queue = true,
        .preempted = preempted,
    };
    tell_change(engine, &change);
    enter(engine, &engine->running[0]);
}

static void completed(struct engine *engine)
{
    const struct element old = engine->running[0];
    if (engine->queue_waits) {
        switch_to_queue(engine, false);
        return;
    }
    context_save(engine, &old);
    engine->running[0] = engine->running[1];
    memset(&engine->running[1], 0, sizeof(engine->running[1]));
    bool more = is_valid(&engine->running[0]);
    const struct change change = {
        .from = &old,
        .to = more ? &engine->running[0] : NULL,
        .gen8 = EVENT_COMPLETE | (more ? EVENT_ELEMENT_SWITCH : EVENT_ACTIVE_IDLE),
    };
    tell_change(engine, &change);
    if (more)
        enter(engine, &engine->running[0]);
    else
        engine->state = ENGINE_IDLE;
}

void execlists_ended(struct engine *engine, enum command_result result)
{
    if (engine->state == ENGINE_IDLE)
        return;
    switch (result) {
    case COMMAND_IDLE:
        completed(engine);
        break;
    case COMMAND_PREEMPTED:
        switch_to_queue(engine, true);
        break;
    case COMMAND_MORE:
        engine->state = ENGINE_RUNS;
        break;
    case COMMAND_WAITS:
        engine->state = ENGINE_WAITS;
        break;
    case COMMAND_STUCK:
        engine->state = ENGINE_STUCK;
        break;
    }
}
