/* command_flow.c: commands that lead where the next one is, and small ones. */
#include "model/command_internal.h"

#include "model/interrupts.h" /* bits */

#define BATCH_SECOND_LEVEL   (1u << 22)
#define BATCH_PREDICATED     (1u << 15)
#define BATCH_UNPRIVILEGED_7 (1u << 13) /* Haswell */
#define BATCH_PPGTT          (1u << 8)
#define GLOBAL               (1u << 22)

enum command_step command_no_effect(struct command_streamer *streamer,
                                    const struct command_words *words)
{
    return STEP_NEXT;
}

enum command_step command_user_interrupt(struct command_streamer *streamer,
                                         const struct command_words *words)
{
    streamer->bus->interrupt(streamer->opaque, ENGINE_USER_INTERRUPT);
    return STEP_NEXT;
}

enum command_step command_arbitration_check(struct command_streamer *streamer,
                                            const struct command_words *words)
{
    return command_may_preempt(streamer) ? STEP_PREEMPT : STEP_NEXT;
}

enum command_step command_arbitration(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    streamer->arbitration = words->dwords[0] & 1;
    return STEP_NEXT;
}

/* The ring's head, to where the status page has a place for it. */
enum command_step command_report_head(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    uint32_t head = streamer->head;
    command_write(streamer, COMMAND_GGTT, streamer->status_page + 16, &head, 4);
    return STEP_NEXT;
}

static void leave(struct command_streamer *streamer)
{
    if (streamer->level == &streamer->second) {
        streamer->second.active = false;
        streamer->level = &streamer->batch;
    } else {
        streamer->batch.active = false;
        streamer->level = NULL;
    }
}

enum command_step command_batch_end(struct command_streamer *streamer,
                                    const struct command_words *words)
{
    /* In the ring it means nothing. */
    if (!streamer->level)
        return STEP_NEXT;
    leave(streamer);
    return STEP_JUMPED;
}

static bool batch_privileged(const struct command_streamer *streamer, uint32_t header)
{
    if (!command_privileged(streamer))
        return false;
    /* Haswell's render engine has a bit of its own for that. */
    if (streamer->generation == 75 && streamer->class == COMMAND_RENDER)
        return !(header & BATCH_UNPRIVILEGED_7);
    return !(header & BATCH_PPGTT);
}

/* Where the present command's follower is: for the batch that calls another. */
static void return_behind(struct command_streamer *streamer, unsigned dwords)
{
    if (streamer->level)
        streamer->level->address += 4 * dwords;
    else
        streamer->head = (streamer->head + 4 * dwords) % streamer->ring_size;
}

enum command_step command_batch_start(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    uint32_t header = words->dwords[0];
    if (command_wide(streamer) && words->count < 3)
        return STEP_FAIL;
    if (header & BATCH_PREDICATED && streamer->generation >= 75 &&
        streamer->class == COMMAND_RENDER &&
        !(command_load(streamer, streamer->base + 0x418) & 1))
        return STEP_NEXT;
    struct command_batch next = {
        .active = true,
        .privileged = batch_privileged(streamer, header),
        /* A batch without privilege leads to nowhere else. */
        .space = header & BATCH_PPGTT || !command_privileged(streamer) ? COMMAND_PPGTT
                                                                       : COMMAND_GGTT,
        .address = command_address(streamer, words->dwords + 1) & ~3ULL,
    };
    if (!streamer->level) {
        return_behind(streamer, words->count);
        streamer->level = &streamer->batch;
    } else if (header & BATCH_SECOND_LEVEL && streamer->level == &streamer->batch) {
        return_behind(streamer, words->count);
        streamer->level = &streamer->second;
    }
    *streamer->level = next;
    return STEP_JUMPED;
}

#define COMPARE_SHIFT 12
enum command_step command_conditional_end(struct command_streamer *streamer,
                                          const struct command_words *words)
{
    static const uint32_t compare = 1u << 21;
    uint32_t header = words->dwords[0], memory;
    enum command_space space;
    if (command_wide(streamer) && words->count < 4)
        return STEP_FAIL;
    if (!streamer->level || !(header & compare) ||
        !command_space_of(streamer, header & GLOBAL, &space))
        return STEP_NEXT;
    uint64_t address = command_address(streamer, words->dwords + 2) & ~7ULL;
    command_read(streamer, space, address, &memory, 4);
    unsigned operation = streamer->generation >= 90 ? header >> COMPARE_SHIFT & 7 : 0;
    if (command_compare(operation, memory, words->dwords[1]))
        return STEP_NEXT;
    leave(streamer);
    return STEP_JUMPED;
}

/* Gen6, Gen7: the context that runs from now on. Its content is never looked at. */
enum command_step command_set_context(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    static const uint32_t current_context = 0x180;
    command_store(streamer, streamer->base + current_context,
                  words->dwords[1] & ~0xfffu);
    return STEP_NEXT;
}

enum command_step command_set_predicate(struct command_streamer *streamer,
                                        const struct command_words *words)
{
    streamer->predicate = words->dwords[0] & 0xf;
    return STEP_NEXT;
}

static uint64_t load_pair(struct command_streamer *streamer, uint32_t offset)
{
    uint64_t low = command_load(streamer, streamer->base + offset);
    uint64_t high = command_load(streamer, streamer->base + offset + 4);
    return high << 32 | low;
}

/* Set the predicate result from its sources: compare, combine, load. */
enum command_step command_predicate(struct command_streamer *streamer,
                                    const struct command_words *words)
{
    enum { SOURCE_0 = 0x400, SOURCE_1 = 0x408, DATA = 0x410, RESULT = 0x418 };
    uint32_t header = words->dwords[0];
    uint64_t first = load_pair(streamer, SOURCE_0);
    uint64_t second = load_pair(streamer, SOURCE_1);
    bool old = command_load(streamer, streamer->base + RESULT) & 1;
    const bool compared[] = { true, false, first == second,
                              first - second == load_pair(streamer, DATA) };
    bool value = compared[header & 3];
    const bool combined[] = { value, old && value, old || value, old != value };
    value = combined[header >> 3 & 3];
    switch (header >> 6 & 3) {
    case 2:
        command_store(streamer, streamer->base + RESULT, value);
        break;
    case 3:
        command_store(streamer, streamer->base + RESULT, !value);
        break;
    default:
        break;
    }
    return STEP_NEXT;
}

/*
 * Gen6 to Gen8: a plane's surface base, as the CPU would write it. Planes A, B and the
 * sprites between them, C (Haswell PRM, volume 2a).
 */
enum command_step command_display_flip(struct command_streamer *streamer,
                                       const struct command_words *words)
{
    static const uint32_t surfaces[8] = { 0x7019c, 0x7119c, 0x7029c,
                                          0x7129c, 0x7219c, 0x7229c };
    uint32_t surface = surfaces[words->dwords[0] >> 19 & 7];
    if (surface && command_privileged(streamer))
        command_store(streamer, surface, words->dwords[2] & ~0xfffu);
    return STEP_NEXT;
}
