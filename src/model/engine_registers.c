/* engine_registers.c: the registers every engine has, at the bases of the chips'. */
#include "model/register_tables.h" /* the table */

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/engines.h" /* engines */
#include "model/traits.h"  /* which chips */

#define MASK_ALL 0xffffffffu
#define RENDER   0x2000 /* base of the render engine's registers */

/* (Linux i915 gt/intel_engine_regs.h; Intel PRMs, volume 2c of each generation.) */
static uint32_t read_live(struct model *model, const struct register_access *access)
{
    const struct engine *engine = engine_at(model, access->offset);
    if (!engine)
        return access->stored;
    const struct command_streamer *streamer = &engine->streamer;
    bool idle = engine->state == ENGINE_IDLE;
    uint64_t at = streamer->level ? streamer->address : streamer->head;
    switch (access->offset - engine->row->base) {
    case RING_HEAD:
        return streamer->head;
    case RING_TAIL:
        return streamer->tail;
    case RING_ACTHD:
        return (uint32_t)at;
    case RING_ACTHD_UDW:
        return (uint32_t)(at >> 32);
    case RING_DMA_FADD:
        return (uint32_t)streamer->address;
    case RING_DMA_FADD_UDW:
        return (uint32_t)(streamer->address >> 32);
    case RING_IPEHR:
        return streamer->header;
    case RING_INSTDONE: /* the command streamer's own bit is the lowest */
        return idle ? MASK_ALL : MASK_ALL & ~1u;
    case RING_BBADDR:
        return (uint32_t)streamer->batch.address | streamer->batch.active;
    case RING_BBADDR_UDW:
        return (uint32_t)(streamer->batch.address >> 32);
    default:
        return access->stored;
    }
}

/*
 * Where writes through the aperture are late, a read of the render ring is how Linux
 * waits for them: before it moves a buffer, and before others look at it. (i915
 * gt/intel_gt.c, intel_gt_flush_ggtt_writes: of the head, since Linux 6.8 of the tail.)
 */
static uint32_t read_ring(struct model *model, const struct register_access *access)
{
    const struct engine *engine = engine_at(model, access->offset);
    if (engine && engine->row->base == RENDER && model->chip->traits & APERTURE_LATE)
        aperture_flush(model);
    return read_live(model, access);
}

static uint32_t read_mode(struct model *model, const struct register_access *access)
{
    const struct engine *engine = engine_at(model, access->offset);
    bool idle = !engine || engine->state == ENGINE_IDLE || engine_is_stopped(engine);
    return (access->stored & ~MI_MODE_IDLE) | (idle ? MI_MODE_IDLE : 0);
}

static void mode_written(struct model *model, const struct register_access *access)
{
    struct engine *engine = engine_at(model, access->offset);
    bool goes_on = access->before & MI_MODE_STOP && !(access->stored & MI_MODE_STOP);
    if (engine && goes_on &&
        (engine->state == ENGINE_RUNS || engine->state == ENGINE_WAITS))
        engine_kick(engine);
}

static void reset_control_written(struct model *model,
                                  const struct register_access *access)
{
    enum { REQUEST = 1, READY = 2, ERROR = 4 };
    uint32_t value = access->stored & ~(READY | ERROR);
    register_set(model, access->offset, value & REQUEST ? value | READY : value);
}

/* Flushing and invalidating are done as soon as they are asked for. */
static void parser_written(struct model *model, const struct register_access *access)
{
    static const uint32_t sync_flush = 1u << 5;
    struct engine *engine = engine_at(model, access->offset);
    register_set(model, access->offset, access->stored & ~sync_flush);
    if (engine)
        ppgtt_invalidate(&engine->ppgtt);
}

static void ring_written(struct model *model, const struct register_access *access)
{
    struct engine *engine = engine_at(model, access->offset);
    if (engine)
        ring_buffer_written(engine, access->offset - engine->row->base);
}

/* Of two contexts: the second's upper and lower half, then the first's. */
static void port_written(struct model *model, const struct register_access *access)
{
    struct engine *engine = engine_at(model, access->offset);
    if (!engine)
        return;
    register_set(model, access->offset, 0);
    engine->port[engine->port_count++] = access->stored;
    if (engine->port_count < 4)
        return;
    engine->port_count = 0;
    const uint32_t *port = engine->port;
    const struct element elements[2] = { { .low = port[3], .high = port[2] },
                                         { .low = port[1], .high = port[0] } };
    execlists_submit(engine, elements);
}

static uint32_t read_status(struct model *model, const struct register_access *access)
{
    enum { VALID = 1 << 4, ACTIVE = 1 << 18, STATUS = 3 << 14 };
    const struct engine *engine = engine_at(model, access->offset);
    if (!engine || engine->state == ENGINE_IDLE)
        return 0;
    bool upper = access->offset - engine->row->base != RING_EXECLIST_STATUS;
    return upper ? engine->running[0].high : VALID | ACTIVE | STATUS;
}

static void control_written(struct model *model, const struct register_access *access)
{
    struct engine *engine = engine_at(model, access->offset);
    register_set(model, access->offset, 0);
    if (!engine || !(access->stored & 1))
        return;
    struct element elements[2];
    for (unsigned i = 0; i < 2; i++) {
        elements[i].low = engine_get(engine, RING_SUBMIT_QUEUE + 8 * i);
        elements[i].high = engine_get(engine, RING_SUBMIT_QUEUE + 8 * i + 4);
    }
    execlists_submit(engine, elements);
}

/* The driver sets where the next event is written. */
static void pointer_written(struct model *model, const struct register_access *access)
{
    struct engine *engine = engine_at(model, access->offset);
    unsigned count = model->chip->traits & ON_GEN11_UP ? 12 : 6;
    unsigned mask = count == 12 ? 15 : 7;
    if (engine && (access->stored & mask) < count)
        engine->event = access->stored & mask;
}

static uint32_t read_timestamp(struct model *model,
                               const struct register_access *access)
{
    uint64_t ticks = engine_timestamp(model);
    return (uint32_t)(access->index ? ticks >> 32 : ticks);
}

static uint32_t read_run_time(struct model *model, const struct register_access *access)
{
    const struct engine *engine = engine_at(model, access->offset);
    if (!engine || engine->state == ENGINE_IDLE)
        return access->stored;
    return engine->run_time + (uint32_t)(engine_timestamp(model) - engine->switched);
}

static void reset(struct model *model)
{
    struct gt *gt = model->gt;
    for (unsigned i = 0; gt && i < gt->count; i++)
        engine_reset(&gt->engines[i]);
}

#define AT(base, reg) .name = #reg, .offset = (base) + (reg)
#define LIVE          .fixed = REGISTER_READ_ONLY, .read = read_live

/* What engines of every generation have. */
#define ENGINE(base, chips)                                                         \
    { AT(base, RING_ACTHD), .on = (chips), LIVE },                                  \
        { AT(base, RING_DMA_FADD), .on = (chips), LIVE },                           \
        { AT(base, RING_IPEHR), .on = (chips), LIVE },                              \
        { AT(base, RING_INSTDONE), .on = (chips), LIVE },                           \
        { AT(base, RING_MI_MODE), .on = (chips), .masked = true, .read = read_mode, \
          .written = mode_written },                                                \
        { AT(base, RING_IMR), .on = (chips), .reset = MASK_ALL },                   \
        { AT(base, RING_EIR), .on = (chips), .clear = REGISTER_WRITE_1_CLEAR },     \
        { AT(base, RING_EMR), .on = (chips), .reset = MASK_ALL },                   \
        { AT(base, RING_INSTPM), .on = (chips), .masked = true,                     \
          .written = parser_written },                                              \
        { AT(base, RING_TIMESTAMP), .on = (chips), .count = 2,                      \
          .fixed = REGISTER_READ_ONLY, .read = read_timestamp },                    \
    {                                                                               \
        AT(base, RING_MODE), .on = (chips), .masked = true                          \
    }

/* A ring buffer. */
#define RING(base, chips)                                                \
    ENGINE(base, chips),                                                 \
        { AT(base, RING_TAIL), .on = (chips), .written = ring_written }, \
        { AT(base, RING_HEAD), .on = (chips), .read = read_live,         \
          .written = ring_written },                                     \
    {                                                                    \
        AT(base, RING_CTL), .on = (chips), .written = ring_written       \
    }

/* Execlists: context switches load these from images. */
#define LISTS(base, chips)                                                          \
    ENGINE(base, chips), { AT(base, RING_TAIL), .on = (chips), .read = read_ring }, \
        { AT(base, RING_HEAD), .on = (chips), .read = read_ring },                  \
        { AT(base, RING_ACTHD_UDW), .on = (chips), LIVE },                          \
        { AT(base, RING_DMA_FADD_UDW), .on = (chips), LIVE },                       \
        { AT(base, RING_BBADDR), .on = (chips), .read = read_live },                \
        { AT(base, RING_BBADDR_UDW), .on = (chips), .read = read_live },            \
        { AT(base, RING_RESET_CTL), .on = (chips), .masked = true,                  \
          .written = reset_control_written },                                       \
        { AT(base, RING_EXECLIST_STATUS), .on = (chips), .count = 2,                \
          .fixed = REGISTER_READ_ONLY, .read = read_status },                       \
        { AT(base, RING_CONTEXT_CONTROL), .on = (chips), .masked = true },          \
        { AT(base, RING_CSB_POINTER), .on = (chips), .masked = true,                \
          .written = pointer_written },                                             \
    {                                                                               \
        AT(base, RING_CTX_TIMESTAMP), .on = (chips), .read = read_run_time          \
    }
#define LISTS_8(base)                                                     \
    LISTS(base, ON_GEN8_TO_10),                                           \
    {                                                                     \
        AT(base, RING_ELSP), .on = ON_GEN8_TO_10, .written = port_written \
    }
#define LISTS_11(base)                                                                 \
    LISTS(base, ON_GEN11_UP),                                                          \
    {                                                                                  \
        AT(base, RING_EXECLIST_CONTROL), .on = ON_GEN11_UP, .written = control_written \
    }

/* clang-format off: a row an engine */
static const struct register_rule rules[] = {
    RING(RENDER, ON_GEN7_DOWN),
    RING(0x12000, ON_GEN7_DOWN),
    RING(0x22000, ON_GEN7_DOWN),
    RING(0x1a000, ON_HASWELL),
    LISTS_8(RENDER),
    LISTS_8(0x12000),
    LISTS_8(0x22000),
    LISTS_8(0x1a000),
    LISTS_11(RENDER),
    LISTS_11(0x22000),
    LISTS_11(0x1c0000),
    LISTS_11(0x1c8000),
    LISTS_11(0x1d0000),
};
/* clang-format on */

const struct register_table engine_registers = {
    .name = "engines",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
