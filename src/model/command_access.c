/* command_access.c: memory and registers as commands reach them, with privileges. */
#include "model/command_internal.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <string.h> /* memset */

/*
 * Registers a batch without privilege may write (Intel PRMs, Skylake, volume 2c, "user
 * mode privileged"; Linux i915 i915_cmd_parser.c lists the same for Gen7). Relative: to
 * the engine's base.
 */
static const struct {
    uint32_t first, last;
    bool relative;
} open_registers[] = {
    { 0x400, 0x41c, true },      /* MI_PREDICATE_* */
    { 0x600, 0x67c, true },      /* CS_GPR */
    { 0x158, 0x158, true },      /* BB_OFFSET */
    { 0x3bc, 0x3bc, true },      /* MI_PREDICATE_RESULT_2 */
    { 0x2094, 0x2094, false },   /* NOPID */
    { 0x20c0, 0x20c0, false },   /* INSTPM */
    { 0x215c, 0x215c, false },   /* RS_PREEMPT_STATUS */
    { 0x2248, 0x2248, false },   /* CTX_PREEMPT */
    { 0x2290, 0x2294, false },   /* GPGPU threads */
    { 0x22c8, 0x22cc, false },   /* PS_INVOCATION_COUNT of a slice */
    { 0x22d8, 0x22fc, false },   /* PS_DEPTH_COUNT of slices, CPS_INVOCATION_COUNT */
    { 0x2300, 0x2354, false },   /* pipeline statistics */
    { 0x2360, 0x2364, false },   /* OACTXCONTROL, OACTXID */
    { 0x2420, 0x2440, false },   /* 3DPRIM_* */
    { 0x2448, 0x2454, false },   /* counts of another slice */
    { 0x2500, 0x2508, false },   /* GPGPU_DISPATCHDIM* */
    { 0x2580, 0x2580, false },   /* CS_CHICKEN1 */
    { 0x2690, 0x26b0, false },   /* 3DPRIM_* of Gen11 */
    { 0x5200, 0x525c, false },   /* SO_NUM_PRIMS_WRITTEN, SO_PRIM_STORAGE_NEEDED */
    { 0x5280, 0x528c, false },   /* SO_WRITE_OFFSET */
    { 0x7000, 0x7008, false },   /* CACHE_MODE, GT_MODE */
    { 0x7034, 0x7034, false },   /* L3CNTLREG */
    { 0x7304, 0x7304, false },   /* HDC_CHICKEN1 */
    { 0xe400, 0xe41c, false },   /* TD_CTL and what it selects */
    { 0x22200, 0x22200, false }, /* BCS_SWCTRL */
};

/* Slots of the driver's own additions (RING_FORCE_TO_NONPRIV), from Gen8 on. */
#define FORCE_TO_NONPRIV       0x4d0
#define FORCE_SLOTS            12
#define FORCE_DENY             (1u << 30)
#define FORCE_ACCESS(slot)     ((slot) >> 28 & 3)
#define FORCE_ACCESS_READ_ONLY 1
#define FORCE_ADDRESS          0x03fffffcu
#define FORCE_RANGE(slot)      (4u << (2 * ((slot)&3))) /* bytes */

bool command_privileged(const struct command_streamer *streamer)
{
    return !streamer->level || streamer->level->privileged;
}

bool command_space_of(struct command_streamer *streamer, bool global,
                      enum command_space *space)
{
    *space = global ? COMMAND_GGTT : COMMAND_PPGTT;
    if (!global || command_privileged(streamer))
        return true;
    streamer->statistics->denied++;
    return false;
}

int command_read(struct command_streamer *streamer, enum command_space space,
                 uint64_t address, void *data, size_t size)
{
    int result = streamer->bus->read(streamer->opaque, space, address, data, size);
    if (result < 0) {
        streamer->statistics->faults++;
        memset(data, 0, size);
    }
    return result;
}

int command_write(struct command_streamer *streamer, enum command_space space,
                  uint64_t address, const void *data, size_t size)
{
    int result = streamer->bus->write(streamer->opaque, space, address, data, size);
    if (result < 0)
        streamer->statistics->faults++;
    /* It may have been a command that was read ahead. */
    streamer->window.count = 0;
    return result;
}

uint32_t command_load(struct command_streamer *streamer, uint32_t offset)
{
    return streamer->bus->load(streamer->opaque, offset);
}

static bool forced_open(struct command_streamer *streamer, uint32_t offset)
{
    for (unsigned i = 0; i < FORCE_SLOTS; i++) {
        uint32_t slot = streamer->bus->load(streamer->opaque,
                                            streamer->base + FORCE_TO_NONPRIV + 4 * i);
        uint32_t address = slot & FORCE_ADDRESS & ~(FORCE_RANGE(slot) - 1);
        if (slot && offset >= address && offset - address < FORCE_RANGE(slot))
            return !(slot & FORCE_DENY) && FORCE_ACCESS(slot) != FORCE_ACCESS_READ_ONLY;
    }
    return false;
}

static bool may_store(struct command_streamer *streamer, uint32_t offset)
{
    if (command_privileged(streamer))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(open_registers); i++) {
        uint32_t base = open_registers[i].relative ? streamer->base : 0;
        if (offset >= base + open_registers[i].first &&
            offset <= base + open_registers[i].last)
            return true;
    }
    return command_wide(streamer) && forced_open(streamer, offset);
}

void command_store(struct command_streamer *streamer, uint32_t offset, uint32_t value)
{
    if (may_store(streamer, offset))
        streamer->bus->store(streamer->opaque, offset, value);
    else
        streamer->statistics->denied++;
}

/*
 * Gen11 on: relative to the engine. Gen12 on: what names a register of the render
 * engine, remapped, is the own engine's.
 */
uint32_t command_register(const struct command_streamer *streamer, uint32_t offset,
                          bool relative, bool remap)
{
    uint32_t at = offset & 0x7ffffc;
    if (relative && streamer->generation >= 110)
        return at + streamer->base;
    if (remap && streamer->generation >= 120 && at >= 0x2000 && at < 0x2800)
        return at - 0x2000 + streamer->base;
    return at;
}

uint64_t command_address(const struct command_streamer *streamer,
                         const uint32_t *dwords)
{
    if (!command_wide(streamer))
        return dwords[0];
    return dwords[0] | (uint64_t)(dwords[1] & 0xffff) << 32;
}

bool command_compare(unsigned operation, uint32_t memory, uint32_t data)
{
    switch (operation) {
    case 0:
        return memory > data;
    case 1:
        return memory >= data;
    case 2:
        return memory < data;
    case 3:
        return memory <= data;
    case 4:
        return memory == data;
    case 5:
        return memory != data;
    default:
        return true;
    }
}
