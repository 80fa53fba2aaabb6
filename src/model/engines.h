/* engines.h: what the files of the GT share: engines and their state. */
#ifndef MODEL_ENGINES_H
#define MODEL_ENGINES_H

#include "model/command.h" /* struct command_streamer */
#include "model/ppgtt.h"   /* struct ppgtt */
#include "model/state.h"   /* struct model */

/* One engine of some chips: a row of a table. */
struct engine_row {
    const char *name; /* the driver's: "rcs0" */
    enum model_engine id;
    enum command_class class;
    uint32_t base;        /* of its registers */
    uint32_t reset;       /* its bit of GDRST */
    uint32_t status_page; /* register with the status page's address */
    uint64_t on;          /* traits of chips that have it */
};

/* What an engine's registers are called, from its base. (Linux intel_engine_regs.h.) */
enum {
    RING_TAIL = 0x30,
    RING_HEAD = 0x34,
    RING_START = 0x38,
    RING_CTL = 0x3c,
    RING_ACTHD_UDW = 0x5c,
    RING_DMA_FADD_UDW = 0x60,
    RING_IPEIR = 0x64,
    RING_IPEHR = 0x68,
    RING_INSTDONE = 0x6c,
    RING_INSTPS = 0x70,
    RING_ACTHD = 0x74,
    RING_DMA_FADD = 0x78,
    RING_HWS_PGA = 0x80,
    RING_MI_MODE = 0x9c,
    RING_IMR = 0xa8,
    RING_EIR = 0xb0,
    RING_EMR = 0xb4,
    RING_ESR = 0xb8,
    RING_INSTPM = 0xc0,
    RING_RESET_CTL = 0xd0,
    RING_BBSTATE = 0x110,
    RING_BBADDR = 0x140,
    RING_BBADDR_UDW = 0x168,
    RING_PP_DIR_BASE = 0x228,
    RING_ELSP = 0x230,
    RING_EXECLIST_STATUS = 0x234,
    RING_CONTEXT_CONTROL = 0x244,
    RING_PDP = 0x270,
    RING_MODE = 0x29c,
    RING_TIMESTAMP = 0x358,
    RING_CSB = 0x370,
    RING_CSB_POINTER = 0x3a0,
    RING_CTX_TIMESTAMP = 0x3a8,
    RING_CSB_2 = 0x3c0,
    RING_SUBMIT_QUEUE = 0x510,
    RING_EXECLIST_CONTROL = 0x550,
};

#define MI_MODE_STOP 0x100u
#define MI_MODE_IDLE 0x200u

enum engine_state {
    ENGINE_IDLE,
    ENGINE_RUNS,
    ENGINE_WAITS, /* for memory or a register to change */
    ENGINE_STUCK, /* until it is reset */
};

/* One of the contexts the driver submitted together. */
struct element {
    uint32_t low, high; /* of the descriptor; low bit 0: there is one */
};

struct engine {
    const struct engine_row *row;
    struct model *model;
    struct command_streamer streamer;
    struct ppgtt ppgtt;
    enum engine_state state;
    uint32_t turns; /* since something new was submitted: long work waits longer */
    uint64_t next;  /* time of the next turn; 0: none */
    bool stale;     /* its registers were written while an engine ran */
    /* Execlists. */
    struct element running[2], queued[2];
    bool queue_waits;
    uint32_t port[4]; /* Gen8 to 10: what was written to ELSP so far */
    unsigned port_count;
    unsigned event;    /* index of the last event written */
    uint64_t switched; /* time at which the running context came in */
    uint32_t run_time; /* its ticks until then */
};

struct gt {
    struct engine engines[ENGINE_COUNT];
    unsigned count;
    struct command_statistics statistics;
    uint64_t faults, submissions, resets, switches;
    struct engine *active;    /* runs right now */
    uint32_t deferred_resets; /* asked for by what it executes */
};

/* engines.c */
/* The engine whose registers this offset is among, or NULL. */
struct engine *engine_at(struct model *model, uint32_t offset);
uint32_t engine_get(const struct engine *engine, uint32_t reg);
void engine_set(struct engine *engine, uint32_t reg, uint32_t value);
bool engine_has_execlists(const struct engine *engine);
/* Events of the engine, as far as its own mask lets them through. */
void engine_interrupt(struct engine *engine, uint32_t bits);
/* Ticks of the timestamp since power-on. */
uint64_t engine_timestamp(struct model *model);
/* One turn, and what follows from how it ended. */
void engine_turn(struct engine *engine);
/* The ring and all else registers say of it; stops what ran. */
void engine_reset(struct engine *engine);
/* Does the driver want it to stand still? */
bool engine_is_stopped(const struct engine *engine);
/* Something was submitted: start now, or soon when an engine runs. */
void engine_kick(struct engine *engine);
/* Have the timer ring for the first engine that has a turn to come. */
void engines_arm(struct model *model);
/* Reset those named in GDRST's value; later when one of them runs. */
void engines_reset(struct model *model, uint32_t domains);

/* ring_buffer.c: Gen6 and Gen7. */
void ring_buffer_load(struct engine *engine);
/* The driver moved the head, or the tail, or switched the ring on or off. */
void ring_buffer_written(struct engine *engine, uint32_t reg);
void ring_buffer_ended(struct engine *engine, enum command_result result);

/* execlists.c: Gen8 on. */
void execlists_reset(struct engine *engine);
void execlists_submit(struct engine *engine, const struct element elements[2]);
void execlists_ended(struct engine *engine, enum command_result result);

/* context.c: context images. */
void context_restore(struct engine *engine, const struct element *element);
void context_save(struct engine *engine, const struct element *element);
/* Take over where the driver moved the ring's tail to. */
void context_update_tail(struct engine *engine, const struct element *element);
static inline uint64_t context_address(const struct element *element)
{
    return element->low & 0xfffff000u;
}

#endif
