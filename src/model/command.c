/* command.c: the command streamer's loop: fetch, measure, execute. */
#include "model/command_internal.h"

#include "base/bytes.h"       /* ranges */
#include "model/interrupts.h" /* ENGINE_ERROR */

#define PAGE              4096u
#define ERROR_INSTRUCTION 1u  /* of the error identity register */
#define JUMP_COST         200 /* to where the last jump went: most likely a loop */

void command_reset(struct command_streamer *streamer)
{
    streamer->batch.active = false;
    streamer->second.active = false;
    streamer->level = NULL;
    streamer->arbitration = true;
    streamer->preempt = false;
    streamer->predicate = 0;
    streamer->error = 0;
    streamer->progress = 0;
    streamer->last_jump = UINT64_MAX;
    streamer->waits_at = UINT64_MAX;
    streamer->window.count = 0;
}

/* Where the next command is. */
static uint64_t here(const struct command_streamer *streamer)
{
    if (streamer->level)
        return streamer->level->address;
    return (uint64_t)streamer->ring_start + streamer->head;
}

static void advance(struct command_streamer *streamer, unsigned dwords)
{
    uint64_t bytes = (uint64_t)dwords * 4;
    if (streamer->level)
        streamer->level->address += bytes;
    else
        streamer->head = (uint32_t)((streamer->head + bytes) % streamer->ring_size);
}

/* Dwords of the ring between head and tail. */
static unsigned ring_left(const struct command_streamer *streamer)
{
    if (streamer->head <= streamer->tail)
        return (streamer->tail - streamer->head) / 4;
    return (streamer->ring_size - streamer->head + streamer->tail) / 4;
}

/* Read ahead from the present place. */
static int fill_window(struct command_streamer *streamer)
{
    uint64_t address = here(streamer);
    size_t size = PAGE - (size_t)(address & (PAGE - 1));
    enum command_space space = COMMAND_GGTT;
    if (size > sizeof(streamer->window.dwords))
        size = sizeof(streamer->window.dwords);
    if (streamer->level) {
        space = streamer->level->space;
    } else if (size > streamer->ring_size - streamer->head) {
        size = streamer->ring_size - streamer->head;
    }
    streamer->window.count = 0;
    int result = streamer->bus->read(streamer->opaque, space, address,
                                     streamer->window.dwords, size);
    if (result < 0) {
        streamer->statistics->faults++;
        return result;
    }
    streamer->window.address = address;
    streamer->window.space = space;
    streamer->window.ring = !streamer->level;
    streamer->window.count = (unsigned)(size / 4);
    return 0;
}

/* The dword at the present place. */
static int fetch(struct command_streamer *streamer, uint32_t *dword)
{
    uint64_t address = here(streamer), offset = address - streamer->window.address;
    bool same = streamer->window.ring == !streamer->level &&
                (!streamer->level || streamer->window.space == streamer->level->space);
    if (!same || offset % 4 || offset / 4 >= streamer->window.count) {
        int result = fill_window(streamer);
        if (result < 0)
            return result;
        offset = 0;
    }
    *dword = streamer->window.dwords[offset / 4];
    return 0;
}

/* Copy a whole command out; the place stays. */
static int fetch_all(struct command_streamer *streamer, uint32_t *dwords,
                     unsigned count)
{
    const struct command_batch saved =
        streamer->level ? *streamer->level : (struct command_batch){ 0 };
    uint32_t head = streamer->head;
    int result = 0;
    for (unsigned i = 0; i < count && result == 0; i++) {
        result = fetch(streamer, &dwords[i]);
        advance(streamer, 1);
    }
    if (streamer->level)
        *streamer->level = saved;
    streamer->head = head;
    return result;
}

static void count_skipped(struct command_streamer *streamer,
                          const struct command *command, uint32_t header)
{
    struct command_statistics *statistics = streamer->statistics;
    uint32_t code = header & (command ? command->mask : 0xffff0000u);
    statistics->skipped++;
    statistics->unknown += !command;
    for (unsigned i = 0; i < statistics->kind_count; i++) {
        if (statistics->kinds[i].code == code) {
            statistics->kinds[i].count++;
            return;
        }
    }
    /* A guest can make up more kinds than there is room for: those go uncounted. */
    if (statistics->kind_count == COMMAND_SKIPPED_KINDS)
        return;
    statistics->kinds[statistics->kind_count++] = (struct command_skipped){
        .code = code, .name = command ? command->name : NULL, .count = 1
    };
}

static unsigned measure(const struct command_streamer *streamer,
                        const struct command *command, uint32_t header)
{
    if (!command)
        return command_default_length(streamer, header);
    if (!command->length_bits)
        return 1;
    return (header & ((1u << command->length_bits) - 1)) + 2;
}

/* Is this one to be passed over, as MI_SET_PREDICATE wants? */
static bool predicated(struct command_streamer *streamer, const struct command *command)
{
    static const uint32_t result_2 = 0x3bc;
    if (!streamer->predicate ||
        (command && (command->execute == command_set_predicate ||
                     command->execute == command_batch_end)))
        return false;
    uint32_t result =
        streamer->bus->load(streamer->opaque, streamer->base + result_2) & 1;
    switch (streamer->predicate) {
    case 1:
        return !result;
    case 2:
        return result;
    default:
        return streamer->predicate == 0xf;
    }
}

static enum command_step fail(struct command_streamer *streamer)
{
    streamer->error |= ERROR_INSTRUCTION;
    streamer->bus->interrupt(streamer->opaque, ENGINE_ERROR);
    return STEP_FAIL;
}

/* Execute the command with this header; *length: its dwords. */
static enum command_step execute(struct command_streamer *streamer, uint32_t header,
                                 unsigned *length)
{
    uint32_t dwords[COMMAND_MAX_DWORDS];
    const struct command *command = command_find(streamer, header);
    *length = measure(streamer, command, header);
    if (!*length)
        return fail(streamer);
    if (!streamer->level && *length > ring_left(streamer))
        return fail(streamer);
    if (predicated(streamer, command))
        return STEP_NEXT;
    if (!command || !command->execute) {
        count_skipped(streamer, command, header);
        return STEP_NEXT;
    }
    if (*length < command->minimum || *length > COMMAND_MAX_DWORDS)
        return fail(streamer);
    if (fetch_all(streamer, dwords, *length) < 0)
        return STEP_FAIL;
    const struct command_words words = { dwords, *length };
    enum command_step step = command->execute(streamer, &words);
    streamer->statistics->executed += step != STEP_AGAIN && step != STEP_WAIT;
    return step;
}

void command_spend(struct command_streamer *streamer, unsigned cost)
{
    streamer->budget = streamer->budget > cost ? streamer->budget - cost : 0;
}

/* A jump: what was read ahead is not what comes next. */
static void jumped(struct command_streamer *streamer)
{
    uint64_t to = here(streamer);
    streamer->loops = to == streamer->last_jump;
    if (streamer->loops)
        command_spend(streamer, JUMP_COST);
    streamer->last_jump = to;
    streamer->window.count = 0;
}

enum command_result command_run(struct command_streamer *streamer, unsigned budget)
{
    streamer->window.count = 0; /* the CPU may have written meanwhile */
    streamer->budget = budget;
    streamer->loops = false;
    while (streamer->budget) {
        if (!streamer->level &&
            (!streamer->ring_size || streamer->head == streamer->tail))
            return COMMAND_IDLE;
        uint32_t header;
        unsigned length = 0;
        streamer->address = here(streamer);
        if (fetch(streamer, &header) < 0)
            return COMMAND_STUCK;
        streamer->header = header;
        command_spend(streamer, 1);
        switch (execute(streamer, header, &length)) {
        case STEP_NEXT:
            advance(streamer, length);
            break;
        case STEP_JUMPED:
            jumped(streamer);
            break;
        case STEP_AGAIN:
            return COMMAND_MORE;
        case STEP_WAIT:
            return command_may_preempt(streamer) ? COMMAND_PREEMPTED : COMMAND_WAITS;
        case STEP_PREEMPT:
            advance(streamer, length);
            return COMMAND_PREEMPTED;
        case STEP_FAIL:
            return COMMAND_STUCK;
        }
    }
    return COMMAND_MORE;
}
