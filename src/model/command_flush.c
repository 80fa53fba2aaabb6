/* command_flush.c: MI_FLUSH_DW and PIPE_CONTROL, and what they do afterwards. */
#include "model/command_internal.h"

#include "model/interrupts.h" /* bits */

#define STORE_INDEX    (1u << 21)
#define INVALIDATE_TLB (1u << 18)
#define NOTIFY         (1u << 8)

enum post_sync { POST_NONE, POST_IMMEDIATE, POST_DEPTH_COUNT, POST_TIMESTAMP };

/* What both have in common, taken out of their dwords. */
struct flush {
    uint32_t flags;
    enum post_sync operation;
    bool global;
    uint64_t address; /* or an offset in the status page */
    uint32_t immediate[2];
    unsigned dwords; /* of immediate that the command has */
};

static enum command_step post_sync(struct command_streamer *streamer,
                                   const struct flush *flush)
{
    uint64_t value = flush->immediate[0] | (uint64_t)flush->immediate[1] << 32;
    uint64_t address = flush->address;
    enum command_space space = COMMAND_GGTT;
    size_t size = 8;
    bool allowed = true;
    if (flush->flags & INVALIDATE_TLB)
        streamer->bus->invalidate(streamer->opaque);
    switch (flush->operation) {
    case POST_NONE:
        allowed = false;
        break;
    case POST_IMMEDIATE:
        size = flush->dwords > 1 ? 8 : 4;
        break;
    case POST_DEPTH_COUNT: /* nothing is ever drawn: what the counter was set to */
        value = command_load(streamer, 0x2350) |
                (uint64_t)command_load(streamer, 0x2354) << 32;
        break;
    case POST_TIMESTAMP:
        value = streamer->bus->timestamp(streamer->opaque);
        break;
    }
    if (flush->flags & STORE_INDEX)
        address = streamer->context_page + (address & 0xff8);
    else if (allowed)
        allowed = command_space_of(streamer, flush->global, &space);
    if (allowed)
        command_write(streamer, space, address, &value, size);
    if (flush->flags & NOTIFY)
        streamer->bus->interrupt(streamer->opaque, ENGINE_FLUSH_NOTIFY);
    return STEP_NEXT;
}

static void take_immediate(struct flush *flush, const struct command_words *words,
                           unsigned at)
{
    for (; flush->dwords < 2 && at < words->count; at++)
        flush->immediate[flush->dwords++] = words->dwords[at];
}

enum command_step command_flush(struct command_streamer *streamer,
                                const struct command_words *words)
{
    bool wide = command_wide(streamer);
    struct flush flush = { .flags = words->dwords[0] };
    if (wide && words->count < 4)
        flush.operation = POST_NONE;
    else
        flush.operation = (enum post_sync)(flush.flags >> 14 & 3);
    flush.global = words->dwords[1] & 4;
    flush.address = command_address(streamer, words->dwords + 1) & ~7ULL;
    take_immediate(&flush, words, wide ? 3 : 2);
    return post_sync(streamer, &flush);
}

enum command_step command_pipe_control(struct command_streamer *streamer,
                                       const struct command_words *words)
{
    static const uint32_t global_7 = 1u << 24, register_write = 1u << 23;
    bool wide = command_wide(streamer);
    struct flush flush = { .flags = words->dwords[1] };
    if (wide && words->count < 6)
        return STEP_NEXT;
    flush.operation = (enum post_sync)(flush.flags >> 14 & 3);
    flush.global =
        streamer->generation >= 70 ? flush.flags & global_7 : words->dwords[2] & 4;
    flush.address = command_address(streamer, words->dwords + 2) & ~7ULL;
    take_immediate(&flush, words, wide ? 4 : 3);
    if (flush.flags & register_write && flush.operation == POST_IMMEDIATE) {
        command_store(streamer, words->dwords[2] & 0x7ffffc, flush.immediate[0]);
        flush.operation = POST_NONE;
    }
    return post_sync(streamer, &flush);
}
