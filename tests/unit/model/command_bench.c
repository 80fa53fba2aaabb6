/* command_bench.c: a command streamer with two small address spaces. */
#include "command_bench.h"

#include <errno.h> /* EFAULT */

struct command_bench b;

static uint8_t *memory_at(enum command_space space, uint64_t address, size_t size)
{
    return range_inside(address, size, SPACE_SIZE) ? b.memory[space] + address : NULL;
}

static int bus_read(void *opaque, enum command_space space, uint64_t address,
                    void *data, size_t size)
{
    const uint8_t *at = memory_at(space, address, size);
    if (at)
        memcpy(data, at, size);
    return at ? 0 : -EFAULT;
}

static int bus_write(void *opaque, enum command_space space, uint64_t address,
                     const void *data, size_t size)
{
    uint8_t *at = memory_at(space, address, size);
    if (at)
        memcpy(at, data, size);
    return at ? 0 : -EFAULT;
}

uint32_t bus_load(void *opaque, uint32_t offset)
{
    return offset < sizeof(b.registers) ? load32(b.registers + offset) : 0;
}

void bus_store(void *opaque, uint32_t offset, uint32_t value)
{
    if (offset < sizeof(b.registers))
        store32(b.registers + offset, value);
}

static void bus_interrupt(void *opaque, uint32_t bits)
{
    b.interrupts |= bits;
    b.interrupt_count++;
}

static void bus_invalidate(void *opaque)
{
    b.invalidations++;
}

static uint64_t bus_timestamp(void *opaque)
{
    return 0x123456789aULL;
}

static const struct command_bus bus = {
    .read = bus_read,
    .write = bus_write,
    .load = bus_load,
    .store = bus_store,
    .interrupt = bus_interrupt,
    .invalidate = bus_invalidate,
    .timestamp = bus_timestamp,
};

void set_up(uint16_t generation, enum command_class class, uint32_t base)
{
    memset(&b, 0, sizeof(b));
    b.streamer = (struct command_streamer){
        .bus = &bus,
        .statistics = &b.statistics,
        .class = class,
        .generation = generation,
        .base = base,
        .ring_start = RING,
        .ring_size = RING_SIZE,
        .status_page = STATUS,
        .context_page = OWN_STATUS,
    };
    command_reset(&b.streamer);
}

/* Put dwords into memory. */
uint64_t place(enum command_space space, uint64_t at, const uint32_t *dwords,
               size_t count)
{
    memcpy(b.memory[space] + at, dwords, 4 * count);
    return at + 4 * count;
}

enum command_result run_ring(const uint32_t *dwords, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        store32(b.memory[COMMAND_GGTT] + RING + b.streamer.tail, dwords[i]);
        b.streamer.tail = (b.streamer.tail + 4) % RING_SIZE;
    }
    return command_run(&b.streamer, 10000);
}

uint32_t global(uint64_t at)
{
    return load32(b.memory[COMMAND_GGTT] + at);
}

uint32_t own(uint64_t at)
{
    return load32(b.memory[COMMAND_PPGTT] + at);
}

void run_batch(uint32_t flags, const uint32_t *dwords, size_t count)
{
    static const uint32_t end = 0x05000000;
    enum command_space space = flags & 0x100 ? COMMAND_PPGTT : COMMAND_GGTT;
    place(space, place(space, BATCH, dwords, count), &end, 1);
    RUN(0x18800001 | flags, BATCH, 0);
}
