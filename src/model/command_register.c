/* command_register.c: commands that load, store and compute with registers. */
#include "model/command_internal.h"

#define GLOBAL          (1u << 22)
#define RELATIVE        (1u << 19)
#define SOURCE_RELATIVE (1u << 18)
#define REMAP           (1u << 17)
#define REMAP_SOURCE    (1u << 16)

enum command_step command_load_immediate(struct command_streamer *streamer,
                                         const struct command_words *words)
{
    uint32_t header = words->dwords[0];
    for (unsigned i = 1; i + 1 < words->count; i += 2) {
        uint32_t offset = command_register(streamer, words->dwords[i],
                                           header & RELATIVE, header & REMAP);
        command_store(streamer, offset, words->dwords[i + 1]);
    }
    return STEP_NEXT;
}

enum command_step command_load_memory(struct command_streamer *streamer,
                                      const struct command_words *words)
{
    uint32_t header = words->dwords[0], value;
    enum command_space space;
    if (command_wide(streamer) && words->count < 4)
        return STEP_FAIL;
    if (!command_space_of(streamer, header & GLOBAL, &space))
        return STEP_NEXT;
    uint64_t address = command_address(streamer, words->dwords + 2) & ~3ULL;
    command_read(streamer, space, address, &value, 4);
    command_store(
        streamer,
        command_register(streamer, words->dwords[1], header & RELATIVE, header & REMAP),
        value);
    return STEP_NEXT;
}

enum command_step command_store_register(struct command_streamer *streamer,
                                         const struct command_words *words)
{
    static const uint32_t predicated = 1u << 21;
    uint32_t header = words->dwords[0];
    enum command_space space;
    if (command_wide(streamer) && words->count < 4)
        return STEP_FAIL;
    if (header & predicated && streamer->generation >= 75 &&
        !(command_load(streamer, streamer->base + 0x418) & 1))
        return STEP_NEXT;
    if (!command_space_of(streamer, header & GLOBAL, &space))
        return STEP_NEXT;
    uint32_t offset =
        command_register(streamer, words->dwords[1], header & RELATIVE, header & REMAP);
    uint32_t value = command_load(streamer, offset);
    uint64_t address = command_address(streamer, words->dwords + 2) & ~3ULL;
    command_write(streamer, space, address, &value, 4);
    return STEP_NEXT;
}

enum command_step command_load_register(struct command_streamer *streamer,
                                        const struct command_words *words)
{
    uint32_t header = words->dwords[0];
    uint32_t from = command_register(streamer, words->dwords[1],
                                     header & SOURCE_RELATIVE, header & REMAP_SOURCE);
    uint32_t to =
        command_register(streamer, words->dwords[2], header & RELATIVE, header & REMAP);
    command_store(streamer, to, command_load(streamer, from));
    return STEP_NEXT;
}

/* The arithmetic unit of MI_MATH: sixteen general registers and a few of its own. */
enum {
    SOURCE_A = 0x20,
    SOURCE_B = 0x21,
    ACCUMULATOR = 0x31,
    ZERO = 0x32,
    CARRY = 0x33
};

struct arithmetic {
    uint64_t a, b, accumulator;
    bool zero, carry;
};

static uint64_t operand(struct command_streamer *streamer,
                        const struct arithmetic *unit, unsigned index)
{
    uint32_t at = streamer->base + 0x600 + 8 * index;
    switch (index) {
    case SOURCE_A:
        return unit->a;
    case SOURCE_B:
        return unit->b;
    case ACCUMULATOR:
        return unit->accumulator;
    case ZERO:
        return unit->zero ? UINT64_MAX : 0;
    case CARRY:
        return unit->carry ? UINT64_MAX : 0;
    default:
        if (index > 15)
            return 0;
        return command_load(streamer, at) | (uint64_t)command_load(streamer, at + 4)
                                                << 32;
    }
}

static void load(struct arithmetic *unit, unsigned index, uint64_t value)
{
    if (index == SOURCE_A)
        unit->a = value;
    else if (index == SOURCE_B)
        unit->b = value;
}

static void keep(struct command_streamer *streamer, unsigned index, uint64_t value)
{
    uint32_t at = streamer->base + 0x600 + 8 * index;
    if (index > 15)
        return;
    command_store(streamer, at, (uint32_t)value);
    command_store(streamer, at + 4, (uint32_t)(value >> 32));
}

static void compute(struct arithmetic *unit, unsigned operation)
{
    uint64_t a = unit->a, b = unit->b, result;
    bool carry = false;
    switch (operation) {
    case 0x100:
        carry = __builtin_add_overflow(a, b, &result);
        break;
    case 0x101:
        carry = __builtin_sub_overflow(a, b, &result);
        break;
    case 0x102:
        result = a & b;
        break;
    case 0x103:
        result = a | b;
        break;
    case 0x104:
        result = a ^ b;
        break;
    case 0x105: /* Gen12 on: shifts */
        result = b < 64 ? a << b : 0;
        break;
    case 0x106:
        result = b < 64 ? a >> b : 0;
        break;
    default:
        return;
    }
    unit->accumulator = result;
    unit->zero = result == 0;
    unit->carry = carry;
}

enum command_step command_math(struct command_streamer *streamer,
                               const struct command_words *words)
{
    struct arithmetic unit = { 0 };
    for (unsigned i = 1; i < words->count; i++) {
        unsigned operation = words->dwords[i] >> 20;
        unsigned to = words->dwords[i] >> 10 & 0x3ff, from = words->dwords[i] & 0x3ff;
        switch (operation) {
        case 0x080:
            load(&unit, to, operand(streamer, &unit, from));
            break;
        case 0x480:
            load(&unit, to, ~operand(streamer, &unit, from));
            break;
        case 0x081:
            load(&unit, to, 0);
            break;
        case 0x481:
            load(&unit, to, UINT64_MAX);
            break;
        case 0x180:
            keep(streamer, to, operand(streamer, &unit, from));
            break;
        case 0x580:
            keep(streamer, to, ~operand(streamer, &unit, from));
            break;
        default:
            compute(&unit, operation);
            break;
        }
    }
    return STEP_NEXT;
}
