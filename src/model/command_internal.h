/* command_internal.h: what the files of the command streamer share. */
#ifndef MODEL_COMMAND_INTERNAL_H
#define MODEL_COMMAND_INTERNAL_H

#include "model/command.h"

/* How executing a command went. */
enum command_step {
    STEP_NEXT,    /* go on behind it */
    STEP_JUMPED,  /* the place was set */
    STEP_AGAIN,   /* it is not done: call again in the next turn */
    STEP_WAIT,    /* the same, when something has changed */
    STEP_PREEMPT, /* go on behind it, but another context first */
    STEP_FAIL,    /* the engine hangs */
};

/* A command as its function sees it. */
struct command_words {
    const uint32_t *dwords; /* dwords[0] is the header */
    unsigned count;         /* at least the row's minimum */
};

typedef enum command_step command_function(struct command_streamer *streamer,
                                           const struct command_words *words);

/* One command of a table. */
struct command {
    const char *name;
    uint32_t mask, value; /* (header & mask) == value: this is it */
    uint8_t length_bits;  /* low header bits that hold its dwords - 2; 0: one dword */
    uint8_t minimum;      /* dwords that execute reads without asking */
    uint8_t classes;      /* streamers that know it; 0: all */
    uint16_t from, to;    /* generations; 0: no limit */
    command_function *execute; /* NULL: measured and skipped */
};

/* The row of a header on this streamer, or NULL. */
const struct command *command_find(const struct command_streamer *streamer,
                                   uint32_t header);
/* Dwords of a command no row is for, by its type alone; 0: no command. */
unsigned command_default_length(const struct command_streamer *streamer,
                                uint32_t header);

/*
 * Does another context wait, and may it come in here? Not out of a second level batch:
 * a context's image has no place for who called it.
 */
static inline bool command_may_preempt(const struct command_streamer *streamer)
{
    return streamer->preempt && streamer->arbitration &&
           streamer->level != &streamer->second;
}
/* Take cost from what is left of the turn. */
void command_spend(struct command_streamer *streamer, unsigned cost);

/* command_access.c: memory and registers, with the batch's privileges looked at. */
bool command_privileged(const struct command_streamer *streamer);
/* An operand's space: the GGTT when asked for. false: not allowed, and counted. */
bool command_space_of(struct command_streamer *streamer, bool global,
                      enum command_space *space);
/* 0 or -EFAULT; a failed read leaves zeros. */
int command_read(struct command_streamer *streamer, enum command_space space,
                 uint64_t address, void *data, size_t size);
int command_write(struct command_streamer *streamer, enum command_space space,
                  uint64_t address, const void *data, size_t size);
uint32_t command_load(struct command_streamer *streamer, uint32_t offset);
/* Not for registers a batch without privilege may not write: that is counted. */
void command_store(struct command_streamer *streamer, uint32_t offset, uint32_t value);
/* The offset a command with this header means: some are relative to the engine. */
uint32_t command_register(const struct command_streamer *streamer, uint32_t offset,
                          bool relative, bool remap);
/* Generation 8 on: two dwords of address, low first; before: one. */
uint64_t command_address(const struct command_streamer *streamer,
                         const uint32_t *dwords);
/*
 * Does memory compare with a command's data as its compare operation asks? Of the
 * conditional end and the semaphore wait; a reserved operation waits for nothing.
 */
bool command_compare(unsigned operation, uint32_t memory, uint32_t data);
static inline bool command_wide(const struct command_streamer *streamer)
{
    return streamer->generation >= 80;
}

/* The functions the tables name, by file. */
command_function command_user_interrupt, command_arbitration_check, command_arbitration,
    command_batch_end, command_batch_start, command_conditional_end,
    command_report_head, command_set_context, command_set_predicate, command_predicate,
    command_display_flip, command_no_effect;
command_function command_semaphore_wait;
command_function command_store_immediate, command_store_index, command_copy_memory,
    command_atomic;
command_function command_load_immediate, command_load_memory, command_load_register,
    command_store_register, command_math;
command_function command_flush, command_pipe_control;
command_function blitter_setup_clip, blitter_color, blitter_copy, blitter_xy_color,
    blitter_xy_copy, blitter_fast_copy;

#endif
