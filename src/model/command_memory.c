/* command_memory.c: commands that wait for memory, and write and change it. */
#include "model/command_internal.h"

#include "model/interrupts.h" /* bits */

#define GLOBAL (1u << 22)

enum command_step command_semaphore_wait(struct command_streamer *streamer,
                                         const struct command_words *words)
{
    static const uint32_t poll_register = 1u << 16;
    uint32_t header = words->dwords[0], value;
    enum command_space space;
    if (streamer->generation >= 120 && header & poll_register) {
        uint32_t offset = command_register(streamer, words->dwords[2], false, false);
        value = command_load(streamer, offset);
    } else {
        if (!command_space_of(streamer, header & GLOBAL, &space))
            return STEP_NEXT;
        uint64_t address = command_address(streamer, words->dwords + 2) & ~3ULL;
        command_read(streamer, space, address, &value, 4);
    }
    if (command_compare(header >> 12 & 7, value, words->dwords[1])) {
        streamer->waits_at = UINT64_MAX;
        return STEP_NEXT;
    }
    /* One event a wait, however often it is tried again. */
    if (streamer->waits_at != streamer->address)
        streamer->bus->interrupt(streamer->opaque, ENGINE_SEMAPHORE_WAIT);
    streamer->waits_at = streamer->address;
    return STEP_WAIT;
}

enum command_step command_store_immediate(struct command_streamer *streamer,
                                          const struct command_words *words)
{
    /* Before Gen8 the first operand is reserved. */
    const uint32_t *address = words->dwords + (command_wide(streamer) ? 1 : 2);
    size_t size = words->count >= 5 ? 8 : 4;
    enum command_space space;
    if (command_space_of(streamer, words->dwords[0] & GLOBAL, &space))
        command_write(streamer, space, command_address(streamer, address) & ~3ULL,
                      words->dwords + 3, size);
    return STEP_NEXT;
}

enum command_step command_store_index(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    static const uint32_t own_page = 1u << 21;
    uint64_t page =
        words->dwords[0] & own_page ? streamer->context_page : streamer->status_page;
    command_write(streamer, COMMAND_GGTT, page + (words->dwords[1] & 0xffc),
                  words->dwords + 2, words->count >= 4 ? 8 : 4);
    return STEP_NEXT;
}

enum command_step command_copy_memory(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    static const uint32_t global_to = 1u << 21;
    uint32_t header = words->dwords[0], value;
    enum command_space from, to;
    if (!command_space_of(streamer, header & GLOBAL, &from) ||
        !command_space_of(streamer, header & global_to, &to))
        return STEP_NEXT;
    uint64_t source = command_address(streamer, words->dwords + 3) & ~3ULL;
    uint64_t target = command_address(streamer, words->dwords + 1) & ~3ULL;
    if (command_read(streamer, from, source, &value, 4) == 0)
        command_write(streamer, to, target, &value, 4);
    return STEP_NEXT;
}

/* The lowest bits of an atomic's operation; bit 5 says how wide it is. */
static uint64_t atomic(unsigned operation, bool wide, uint64_t old, uint64_t first,
                       uint64_t second)
{
    int64_t a = wide ? (int64_t)old : (int32_t)old;
    int64_t b = wide ? (int64_t)first : (int32_t)first;
    switch (operation) {
    case 0x1:
        return old & first;
    case 0x2:
        return old | first;
    case 0x3:
        return old ^ first;
    case 0x4:
        return first;
    case 0x5:
        return old + 1;
    case 0x6:
    case 0xf:
        return old - 1;
    case 0x7:
        return old + first;
    case 0x8:
        return old - first;
    case 0x9:
        return first - old;
    case 0xa:
        return a > b ? old : first;
    case 0xb:
        return a < b ? old : first;
    case 0xc:
        return old > first ? old : first;
    case 0xd:
        return old < first ? old : first;
    case 0xe:
        return old == second ? first : old;
    default:
        return old;
    }
}

static uint64_t general_register(struct command_streamer *streamer, unsigned index)
{
    uint32_t at = streamer->base + 0x600 + 8 * index;
    return command_load(streamer, at) | (uint64_t)command_load(streamer, at + 4) << 32;
}

/*
 * Operands: in the command (two of them, dword by dword in turn), or in the general
 * registers 0 and 1. What memory held goes to register 4, if wished.
 */
enum command_step command_atomic(struct command_streamer *streamer,
                                 const struct command_words *words)
{
    static const uint32_t operands_inline = 1u << 18, return_old = 1u << 16;
    uint32_t header = words->dwords[0];
    bool wide = header >> 8 & 0x20;
    size_t size = wide ? 8 : 4;
    uint64_t first, second, old = 0;
    enum command_space space;
    unsigned address_dwords = command_wide(streamer) ? 2 : 1;
    const uint32_t *operands = words->dwords + 1 + address_dwords;
    if (header & operands_inline) {
        if (words->count < 1 + address_dwords + 8)
            return STEP_FAIL;
        first = operands[0] | (uint64_t)operands[2] << 32;
        second = operands[1] | (uint64_t)operands[3] << 32;
    } else {
        first = general_register(streamer, 0);
        second = general_register(streamer, 1);
    }
    if (!wide) {
        first = (uint32_t)first;
        second = (uint32_t)second;
    }
    if (!command_space_of(streamer, header & GLOBAL, &space))
        return STEP_NEXT;
    uint64_t address = command_address(streamer, words->dwords + 1) & ~(size - 1);
    if (command_read(streamer, space, address, &old, size) < 0)
        return STEP_NEXT;
    uint64_t result = atomic(header >> 8 & 0x1f, wide, old, first, second);
    command_write(streamer, space, address, &result, size);
    if (header & return_old) {
        command_store(streamer, streamer->base + 0x620, (uint32_t)old);
        command_store(streamer, streamer->base + 0x624, (uint32_t)(old >> 32));
    }
    return STEP_NEXT;
}
