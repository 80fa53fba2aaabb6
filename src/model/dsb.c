/*
 * dsb.c: display state buffers: lists in memory of register writes, which the display
 * makes by itself, between waits for vertical blanks. i915 has them load look-up tables
 * and, in newer kernels, whole updates of planes. (Linux i915 display/intel_dsb.c,
 * intel_dsb_regs.h.)
 */
#include "model/dsb.h"

#include "base/bytes.h"            /* loads */
#include "model/pipes.h"           /* does it run? */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* which chips */

/* Registers of one, from its base. */
#define BASE(pipe, id) (0x70b00u + 0x1000u * (pipe) + 0x100u * (id))
#define HEAD           0x00u
#define TAIL           0x04u
#define CONTROL        0x08u
#define INTERRUPT      0x28u
#define CURRENT_HEAD   0x2cu

#define CONTROL_ENABLE 0x80000000u
#define CONTROL_WAIT   0x10000000u /* begin at a vertical blank */
#define CONTROL_HALT   0x00010000u
#define CONTROL_BUSY   0x00000001u

#define STATUS          0x3fu /* of INTERRUPT; each is let through by one 16 bits up */
#define STATUS_TOLD     0x01u /* by an instruction */
#define STATUS_FAULT    0x08u
#define PIPE_EVENT(id)  (0x2000u << (id))
#define INSTRUCTION     8u /* bytes */
#define REGISTER        0xfffffu
#define ADDRESS_ALIGNED 0xffffffc0u

/* What all may do before the guest goes on; a list of i915's has some 2,000. */
#define BUDGET 16384u /* instructions and values */

enum {
    NOOP = 0x0,
    WRITE = 0x1,
    WAIT_MICROSECONDS = 0x2,
    WAIT_LINE = 0x3,
    WAIT_BLANKS = 0x4,
    WAIT_INSIDE = 0x5,
    WAIT_OUTSIDE = 0x6,
    TELL = 0x7,
    WRITE_MANY = 0x9,
    POLL = 0xa,
};

static void tell(struct model *model, unsigned pipe, unsigned id, uint32_t status)
{
    uint32_t at = BASE(pipe, id) + INTERRUPT, value = register_get(model, at) | status;
    register_set(model, at, value);
    if (value >> 16 & status)
        interrupt_pipe(model, pipe, PIPE_EVENT(id));
}

static void stop(struct model *model, unsigned pipe, unsigned id, uint32_t status)
{
    model->dsbs[pipe][id].running = false;
    register_set_bits(model, BASE(pipe, id) + CONTROL, CONTROL_BUSY, false);
    if (status)
        tell(model, pipe, id, status);
}

/* It reaches registers of pipes, planes, transcoders, and of its like. */
static void store(struct model *model, uint32_t offset, uint32_t lanes, uint32_t value)
{
    bool colours = offset >= 0x49000 && offset < 0x4c000;
    if (offset % 4 || (!colours && (offset < 0x60000 || offset >= 0x80000)))
        return;
    uint32_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        mask |= lanes >> i & 1 ? 0xffu << 8 * i : 0;
    if (mask != 0xffffffff)
        value = (register_get(model, offset) & ~mask) | (value & mask);
    register_store(model, offset, value);
}

/* Values for one register behind each other, in whole instructions. false: a fault. */
static bool store_many(struct model *model, struct dsb *dsb, uint32_t tail,
                       uint32_t offset, uint32_t count, unsigned *budget)
{
    for (uint32_t i = 0; i < count && *budget && dsb->at != tail; i += 2) {
        uint32_t values[2];
        if (gtt_read_memory(model, dsb->at, values, sizeof(values)) < 0)
            return false;
        dsb->at += INSTRUCTION;
        for (unsigned j = 0; j < 2 && i + j < count && *budget; j++, --*budget)
            store(model, offset, 0xf, load32(&values[j]));
    }
    return true;
}

/* false: a fault. */
static bool step(struct model *model, unsigned pipe, unsigned id, uint32_t tail,
                 unsigned *budget)
{
    struct dsb *dsb = &model->dsbs[pipe][id];
    uint8_t instruction[INSTRUCTION];
    if (gtt_read_memory(model, dsb->at, instruction, sizeof(instruction)) < 0)
        return false;
    uint32_t value = load32(instruction), code = load32(instruction + 4);
    dsb->at += INSTRUCTION;
    --*budget;
    switch (code >> 24) {
    case WRITE:
        store(model, code & REGISTER, code >> 20 & 0xf, value);
        return true;
    case WRITE_MANY:
        return store_many(model, dsb, tail, code & REGISTER, value, budget);
    case WAIT_BLANKS:
        dsb->blanks = model->pipes[pipe].running ? value : 0;
        return true;
    case TELL:
        tell(model, pipe, id, STATUS_TOLD);
        return true;
    case NOOP:
    case WAIT_MICROSECONDS: /* nothing here takes time */
    case WAIT_LINE:
    case WAIT_INSIDE:
    case WAIT_OUTSIDE:
    case POLL:
        return true;
    default:
        return false;
    }
}

/* As far as it gets without waiting. */
static void run(struct model *model, unsigned pipe, unsigned id, unsigned *budget)
{
    struct dsb *dsb = &model->dsbs[pipe][id];
    while (dsb->running && !dsb->blanks) {
        uint32_t tail = register_get(model, BASE(pipe, id) + TAIL) & ADDRESS_ALIGNED;
        if (dsb->at == tail)
            stop(model, pipe, id, 0);
        else if (!*budget || !step(model, pipe, id, tail, budget))
            stop(model, pipe, id, STATUS_FAULT);
    }
}

static bool can_run(const struct dsb *dsb)
{
    return dsb->running && !dsb->blanks;
}

/* One may start another one. */
static void run_all(struct model *model)
{
    if (model->dsbs_run)
        return;
    model->dsbs_run = true;
    unsigned budget = BUDGET;
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < MODEL_PIPES * MODEL_DSBS; i++) {
            unsigned pipe = i / MODEL_DSBS, id = i % MODEL_DSBS;
            if (!can_run(&model->dsbs[pipe][id]))
                continue;
            run(model, pipe, id, &budget);
            any = true;
        }
    }
    model->dsbs_run = false;
}

void dsb_vertical_blank(struct model *model, unsigned pipe)
{
    bool any = false;
    for (unsigned id = 0; id < MODEL_DSBS; id++) {
        struct dsb *dsb = &model->dsbs[pipe][id];
        if (dsb->running && dsb->blanks)
            any |= --dsb->blanks == 0;
    }
    if (any)
        run_all(model);
}

static unsigned id_of(const struct register_access *access)
{
    return (access->offset - BASE(0, 0)) / 0x100 % 16;
}

/* A new tail starts it. */
static void tail_written(struct model *model, const struct register_access *access)
{
    unsigned pipe = access->index, id = id_of(access);
    struct dsb *dsb = &model->dsbs[pipe][id];
    uint32_t base = BASE(pipe, id), control = register_get(model, base + CONTROL);
    if (!(control & CONTROL_ENABLE) || control & CONTROL_HALT || dsb->running)
        return;
    *dsb = (struct dsb){
        .running = true,
        .at = register_get(model, base + HEAD) & ADDRESS_ALIGNED,
        .blanks = control & CONTROL_WAIT && model->pipes[pipe].running,
    };
    register_set_bits(model, base + CONTROL, CONTROL_BUSY, true);
    run_all(model);
}

static void control_written(struct model *model, const struct register_access *access)
{
    if (!(access->stored & CONTROL_ENABLE) || access->stored & CONTROL_HALT)
        stop(model, access->index, id_of(access), 0);
}

static uint32_t read_current(struct model *model, const struct register_access *access)
{
    return model->dsbs[access->index][id_of(access)].at;
}

static void reset(struct model *model)
{
    memset(model->dsbs, 0, sizeof(model->dsbs));
}

#define PER_PIPE(text, id, at)                                          \
    .name = (text), .offset = BASE(0, id) + (at), .count = MODEL_PIPES, \
    .stride = 0x1000, .on = ON_GEN12_UP
#define BUFFER(id)                                                                   \
    { PER_PIPE("DSB_TAIL", id, TAIL), .written = tail_written },                     \
        { PER_PIPE("DSB_CTRL", id, CONTROL), .fixed = CONTROL_BUSY,                  \
          .written = control_written },                                              \
        { PER_PIPE("DSB_INTERRUPT", id, INTERRUPT), .clear = STATUS },               \
    {                                                                                \
        PER_PIPE("DSB_CURRENT_HEAD", id, CURRENT_HEAD), .fixed = REGISTER_READ_ONLY, \
                                                        .read = read_current         \
    }

static const struct register_rule rules[] = { BUFFER(0), BUFFER(1), BUFFER(2) };
const struct register_table dsb_registers = {
    .name = "display state buffers",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
    .reset = reset,
};
