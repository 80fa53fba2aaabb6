/* ring_buffer.c: Gen6 and Gen7: a ring whose tail the driver moves by a register. */
#include "model/engines.h"

#define CTL_VALID     1u
#define CTL_SIZE(ctl) (((ctl)&0x001ff000u) + 0x1000)
#define HEAD_OFFSET   0x001ffffcu
#define TAIL_OFFSET   0x001ffff8u

/* The streamer's ring becomes what the registers say. */
void ring_buffer_load(struct engine *engine)
{
    struct command_streamer *streamer = &engine->streamer;
    uint32_t control = engine_get(engine, RING_CTL);
    bool was_off = !streamer->ring_size;
    streamer->ring_size = control & CTL_VALID ? CTL_SIZE(control) : 0;
    streamer->ring_start = engine_get(engine, RING_START) & ~0xfffu;
    streamer->status_page = register_get(engine->model, engine->row->status_page);
    streamer->status_page &= ~0xfffULL;
    streamer->context_page = streamer->status_page;
    if (!streamer->ring_size) {
        streamer->head = engine_get(engine, RING_HEAD) & HEAD_OFFSET;
        streamer->tail = engine_get(engine, RING_TAIL) & TAIL_OFFSET;
        command_reset(streamer);
        engine->state = ENGINE_IDLE;
        return;
    }
    if (was_off)
        streamer->head =
            (engine_get(engine, RING_HEAD) & HEAD_OFFSET) % streamer->ring_size;
    streamer->tail =
        (engine_get(engine, RING_TAIL) & TAIL_OFFSET) % streamer->ring_size;
}

void ring_buffer_written(struct engine *engine, uint32_t reg)
{
    struct command_streamer *streamer = &engine->streamer;
    if (engine->model->gt->active) {
        engine->stale = true;
        return;
    }
    ring_buffer_load(engine);
    if (reg == RING_HEAD && streamer->ring_size) {
        command_reset(streamer);
        streamer->head =
            (engine_get(engine, RING_HEAD) & HEAD_OFFSET) % streamer->ring_size;
        engine->state = ENGINE_IDLE;
    }
    if (!streamer->ring_size || streamer->head == streamer->tail ||
        engine->state == ENGINE_STUCK)
        return;
    if (engine->state == ENGINE_IDLE) {
        engine->model->gt->submissions++;
        engine->state = ENGINE_RUNS;
    }
    engine_kick(engine);
}

void ring_buffer_ended(struct engine *engine, enum command_result result)
{
    switch (result) {
    case COMMAND_IDLE:
        engine->state = ENGINE_IDLE;
        break;
    case COMMAND_MORE:
    case COMMAND_PREEMPTED:
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
