/* context.c: the image of a context in memory: what comes in with it, and goes. */
#include "model/engines.h"

#include "base/bytes.h"   /* loads and stores */
#include "model/traits.h" /* which chips */

/*
 * Page 1 of an image is a list of MI_LOAD_REGISTER_IMM for the ring, the batch and the
 * page tables, each register with its value (Linux i915 gt/intel_lrc.c has the lists of
 * each generation). The model takes registers and places from the list it finds, so it
 * needs none of its own. What else belongs to a context it keeps in the same form where
 * the page is free.
 */
#define STATE_PAGE      4096u
#define STATE_DWORDS    1024u
#define OWN_PLACE       0x200u /* dword: behind the longest list of any generation */
#define LOAD_MASK       0xff800000u
#define LOAD_HEADER     (0x22u << 23)
#define BATCH_END       (0x0au << 23)
#define RESTORE_INHIBIT 1u
#define SAVE_INHIBIT    4u

#define CTL_VALID     1u
#define CTL_SIZE(ctl) (((ctl)&0x001ff000u) + 0x1000)
#define HEAD_OFFSET   0x001ffffcu
#define TAIL_OFFSET   0x001ffff8u

#define BATCH_VALID 1u /* of the lower batch address and state */
#define STATE_PPGTT (1u << 5)

/* Registers every context has its own values of; relative ones to the engine's base. */
static const struct {
    uint32_t first, count;
    bool relative;
    uint8_t classes;
} own_registers[] = {
    { 0x400, 8, true, COMMAND_ANY },        /* MI_PREDICATE_* */
    { 0x600, 32, true, COMMAND_ANY },       /* CS_GPR */
    { 0x20c0, 1, false, COMMAND_RENDER },   /* INSTPM */
    { 0x22c8, 2, false, COMMAND_RENDER },   /* PS_INVOCATION_COUNT of a slice */
    { 0x22f0, 4, false, COMMAND_RENDER },   /* PS_DEPTH_COUNT, CPS_INVOCATION_COUNT */
    { 0x2300, 22, false, COMMAND_RENDER },  /* pipeline statistics */
    { 0x2360, 2, false, COMMAND_RENDER },   /* OACTXCONTROL, OACTXID */
    { 0x2420, 9, false, COMMAND_RENDER },   /* 3DPRIM_* */
    { 0x2448, 4, false, COMMAND_RENDER },   /* counts of another slice */
    { 0x2500, 3, false, COMMAND_RENDER },   /* GPGPU_DISPATCHDIM* */
    { 0x2580, 1, false, COMMAND_RENDER },   /* CS_CHICKEN1 */
    { 0x5200, 8, false, COMMAND_RENDER },   /* SO_NUM_PRIMS_WRITTEN */
    { 0x5240, 8, false, COMMAND_RENDER },   /* SO_PRIM_STORAGE_NEEDED */
    { 0x5280, 4, false, COMMAND_RENDER },   /* SO_WRITE_OFFSET */
    { 0x7000, 3, false, COMMAND_RENDER },   /* CACHE_MODE, GT_MODE */
    { 0x7034, 1, false, COMMAND_RENDER },   /* L3CNTLREG */
    { 0x7304, 1, false, COMMAND_RENDER },   /* HDC_CHICKEN1 */
    { 0xe400, 8, false, COMMAND_RENDER },   /* TD_CTL and what it selects */
    { 0x22200, 1, false, COMMAND_BLITTER }, /* BCS_SWCTRL */
};

/* Call for every pair of the list: where its value is, and the register's offset. */
static void each_pair(struct engine *engine, uint32_t *state,
                      void (*call)(struct engine *engine, uint32_t offset,
                                   uint32_t *value))
{
    unsigned i = 0;
    while (i < OWN_PLACE) {
        uint32_t header = state[i++];
        if ((header & LOAD_MASK) == BATCH_END)
            return;
        if ((header & LOAD_MASK) != LOAD_HEADER)
            continue;
        unsigned pairs = ((header & 0xff) + 1) / 2;
        for (; pairs && i + 1 < OWN_PLACE; pairs--, i += 2) {
            /* Whatever base it is said for: an engine loads its own registers. */
            uint32_t offset = state[i] & 0xffc;
            if (offset >= 0x28)
                call(engine, engine->row->base + offset, &state[i + 1]);
        }
    }
}

/* Registers that do something when they are written do not belong into an image. */
static bool is_state(const struct engine *engine, uint32_t offset)
{
    switch (offset - engine->row->base) {
    case RING_ELSP:
    case RING_EXECLIST_CONTROL:
    case RING_CSB_POINTER:
    case RING_RESET_CTL:
    case RING_HWS_PGA:
    case RING_IMR:
    case RING_EIR:
        return false;
    default:
        return true;
    }
}

static void load_pair(struct engine *engine, uint32_t offset, uint32_t *value)
{
    if (is_state(engine, offset))
        register_store(engine->model, offset, *value);
}

static void store_pair(struct engine *engine, uint32_t offset, uint32_t *value)
{
    unsigned index;
    uint32_t reg = offset - engine->row->base;
    /* The driver's own: it may have moved them while the context ran. */
    if (!is_state(engine, offset) || reg == RING_TAIL || reg == RING_START ||
        reg == RING_CTL)
        return;
    const struct register_rule *rule =
        register_map_find(engine->model->map, offset, &index);
    *value = register_get(engine->model, offset);
    if (rule && rule->masked)
        *value |= 0xffff0000u;
}

static uint64_t state_address(const struct element *element)
{
    return context_address(element) + STATE_PAGE;
}

static bool load_state(struct engine *engine, const struct element *element,
                       uint32_t *state)
{
    return gtt_read_memory(engine->model, state_address(element), state, STATE_PAGE) ==
           0;
}

/* Walk the own registers of this engine in the order in which they are kept. */
static unsigned own_count(const struct engine *engine)
{
    unsigned count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(own_registers); i++) {
        if (own_registers[i].classes & engine->row->class)
            count += own_registers[i].count;
    }
    return count;
}

static uint32_t own_offset(const struct engine *engine, unsigned index)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_registers); i++) {
        if (!(own_registers[i].classes & engine->row->class))
            continue;
        if (index < own_registers[i].count)
            return own_registers[i].first + 4 * index +
                   (own_registers[i].relative ? engine->row->base : 0);
        index -= own_registers[i].count;
    }
    return 0;
}

/* A context that was never saved starts with zeros. */
static void restore_own(struct engine *engine, const uint32_t *state)
{
    unsigned count = own_count(engine);
    uint32_t header = LOAD_HEADER | (2 * count - 1);
    bool there = state[OWN_PLACE] == header &&
                 !(engine_get(engine, RING_CONTEXT_CONTROL) & RESTORE_INHIBIT);
    for (unsigned i = 0; i < count; i++) {
        uint32_t value = there ? state[OWN_PLACE + 2 + 2 * i] : 0;
        register_set(engine->model, own_offset(engine, i), value);
    }
}

static void save_own(const struct engine *engine, uint32_t *state)
{
    unsigned count = own_count(engine);
    state[OWN_PLACE] = LOAD_HEADER | (2 * count - 1);
    for (unsigned i = 0; i < count; i++) {
        uint32_t offset = own_offset(engine, i);
        state[OWN_PLACE + 1 + 2 * i] = offset;
        state[OWN_PLACE + 2 + 2 * i] = register_get(engine->model, offset);
    }
}

static void take_ring(struct engine *engine)
{
    struct command_streamer *streamer = &engine->streamer;
    uint32_t control = engine_get(engine, RING_CTL);
    streamer->ring_size = control & CTL_VALID ? CTL_SIZE(control) : 0;
    streamer->ring_start = engine_get(engine, RING_START) & ~0xfffu;
    streamer->head = streamer->tail = 0;
    if (!streamer->ring_size)
        return;
    streamer->head =
        (engine_get(engine, RING_HEAD) & HEAD_OFFSET) % streamer->ring_size;
    streamer->tail =
        (engine_get(engine, RING_TAIL) & TAIL_OFFSET) % streamer->ring_size;
}

/* A context that was preempted in a batch goes on in it. */
static void take_batch(struct engine *engine)
{
    struct command_streamer *streamer = &engine->streamer;
    uint32_t low = engine_get(engine, RING_BBADDR);
    uint32_t state = engine_get(engine, RING_BBSTATE);
    if (!(low & BATCH_VALID))
        return;
    streamer->batch = (struct command_batch){
        .active = true,
        .privileged = !(state & STATE_PPGTT),
        .space = state & STATE_PPGTT ? COMMAND_PPGTT : COMMAND_GGTT,
        .address = (uint64_t)(engine_get(engine, RING_BBADDR_UDW) & 0xffff) << 32 |
                   (low & ~3u),
    };
    streamer->level = &streamer->batch;
}

static void take_page_tables(struct engine *engine, const struct element *element)
{
    struct ppgtt *ppgtt = &engine->ppgtt;
    bool wide = (element->low >> 3 & 3) == 3;
    ppgtt->kind = wide ? PPGTT_4_LEVELS : PPGTT_3_LEVELS;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t root = engine_get(engine, RING_PDP + 8 * i);
        root |= (uint64_t)engine_get(engine, RING_PDP + 8 * i + 4) << 32;
        /* Directory pointers of three levels carry no valid bit in the image. */
        ppgtt->roots[i] = root | 1;
    }
    ppgtt_invalidate(ppgtt);
}

void context_restore(struct engine *engine, const struct element *element)
{
    uint32_t state[STATE_DWORDS];
    struct command_streamer *streamer = &engine->streamer;
    struct model *model = engine->model;
    command_reset(streamer);
    streamer->ring_size = 0;
    engine_set(engine, RING_BBADDR, 0);
    engine_set(engine, RING_CTX_TIMESTAMP, 0);
    if (load_state(engine, element, state)) {
        /* What a register makes the engine do waits until the context is whole. */
        struct engine *active = model->gt->active;
        model->gt->active = engine;
        each_pair(engine, state, load_pair);
        model->gt->active = active;
        restore_own(engine, state);
    }
    streamer->context_page = context_address(element);
    streamer->status_page = register_get(model, engine->row->status_page) & ~0xfffu;
    take_ring(engine);
    take_batch(engine);
    take_page_tables(engine, element);
    engine->switched = engine_timestamp(model);
    engine->run_time = engine_get(engine, RING_CTX_TIMESTAMP);
}

static void put_batch(struct engine *engine)
{
    const struct command_streamer *streamer = &engine->streamer;
    const struct command_batch *batch = streamer->level ? &streamer->batch : NULL;
    uint64_t address = batch ? batch->address : 0;
    engine_set(engine, RING_BBADDR, (uint32_t)address | (batch ? BATCH_VALID : 0));
    engine_set(engine, RING_BBADDR_UDW, (uint32_t)(address >> 32));
    engine_set(engine, RING_BBSTATE,
               batch && batch->space == COMMAND_PPGTT ? STATE_PPGTT : 0);
}

void context_save(struct engine *engine, const struct element *element)
{
    uint32_t state[STATE_DWORDS], before[STATE_DWORDS];
    uint64_t ran = engine_timestamp(engine->model) - engine->switched;
    engine_set(engine, RING_CTX_TIMESTAMP, engine->run_time + (uint32_t)ran);
    engine_set(engine, RING_HEAD, engine->streamer.head);
    put_batch(engine);
    if (engine_get(engine, RING_CONTEXT_CONTROL) & SAVE_INHIBIT ||
        !load_state(engine, element, state))
        return;
    memcpy(before, state, sizeof(before));
    each_pair(engine, state, store_pair);
    save_own(engine, state);
    /* Only what changed: the driver may be writing the rest right now. */
    for (unsigned i = 0; i < STATE_DWORDS; i++) {
        if (state[i] != before[i])
            gtt_write_memory(engine->model, state_address(element) + 4 * i, &state[i],
                             4);
    }
}

static void tail_pair(struct engine *engine, uint32_t offset, uint32_t *value)
{
    if (offset - engine->row->base == RING_TAIL)
        engine_set(engine, RING_TAIL, *value);
}

void context_update_tail(struct engine *engine, const struct element *element)
{
    uint32_t state[STATE_DWORDS];
    struct command_streamer *streamer = &engine->streamer;
    if (!load_state(engine, element, state) || !streamer->ring_size)
        return;
    each_pair(engine, state, tail_pair);
    streamer->tail =
        (engine_get(engine, RING_TAIL) & TAIL_OFFSET) % streamer->ring_size;
}
