/* command_fuzz.c: rings, contexts, batches and page tables of any content. */
#include "fuzz.h" /* must */

#include "base/bytes.h"      /* loads and stores */
#include "base/error.h"      /* struct error */
#include "base/log.h"        /* quiet */
#include "model/chips.h"     /* chips */
#include "model/model.h"     /* the target */
#include "model/vbios_rom.h" /* a ROM in the real one's place */
#include "model/state.h"     /* where the GTT is */

#include <errno.h> /* EFAULT */

const unsigned char vbios_rom[512] = { 0x55, 0xaa, 1 };
const size_t vbios_rom_size = sizeof(vbios_rom);

/* Memory: GGTT page n is its page n. A status page, contexts, rings and the rest. */
#define MEMORY_AT 0x10000000ULL
#define PAGES     64u
#define SIZE      (PAGES * 4096u)

static uint8_t memory[SIZE];
static uint64_t now;
static bool timer_set;

static int bus_read(void *opaque, uint64_t address, void *data, size_t size)
{
    if (address < MEMORY_AT || !range_inside(address - MEMORY_AT, size, SIZE))
        return -EFAULT;
    memcpy(data, memory + (address - MEMORY_AT), size);
    return 0;
}

static int bus_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    if (address < MEMORY_AT || !range_inside(address - MEMORY_AT, size, SIZE))
        return -EFAULT;
    memcpy(memory + (address - MEMORY_AT), data, size);
    return 0;
}

static void bus_interrupt(void *opaque, bool condition, bool pin)
{
}

static void bus_timer(void *opaque, uint64_t delay)
{
    timer_set = delay != 0;
}

static uint64_t bus_now(void *opaque)
{
    return now;
}

static const struct model_bus bus = {
    .dma_read = bus_read,
    .dma_write = bus_write,
    .interrupt = bus_interrupt,
    .frame_timer = bus_timer,
    .now = bus_now,
};

static void put(struct model *model, uint64_t at, uint64_t value, size_t size)
{
    must(model_write(model, 0, at, &value, size) == 0);
}

/* Registers a step can write: by engine base, then those of the GT. */
static const uint32_t bases[] = {
    0x2000, 0x22000, 0x12000, 0x1a000, 0x1c0000, 0x1d0000
};
static const uint16_t registers[] = { 0x30,  0x34,  0x38,  0x3c,  0x80,  0x9c,
                                      0xa8,  0xd0,  0x228, 0x230, 0x29c, 0x3a0,
                                      0x510, 0x514, 0x550, 0x600, 0xb4,  0x4d0 };
static const uint32_t others[] = { 0x941c, 0x101008, 0x4260, 0x4080, 0x4280, 0x22200 };

/* A context on page 2 + 4 * n, with its registers at that page + 1 and a ring behind.
 */
static void make_contexts(uint32_t base)
{
    static const uint16_t list[] = { 0x244, 0x34,  0x30,  0x38,  0x3c, 0x168,
                                     0x140, 0x110, 0x274, 0x270, 0x3a8 };
    for (uint32_t n = 0; n < 4; n++) {
        uint8_t *state = memory + (3 + 4 * n) * 4096;
        store32(state + 4, 0x11001000 | (2 * ARRAY_SIZE(list) - 1));
        for (size_t i = 0; i < ARRAY_SIZE(list); i++)
            store32(state + 8 + 8 * i, base + list[i]);
        store32(state + 4 * 7, 0x800);
        store32(state + 4 * 9, (4 + 4 * n) * 4096);
        store32(state + 4 * 11, 1);
        store32(state + 4 * 19, (uint32_t)MEMORY_AT + 20 * 4096);
    }
}

static void submit(struct model *model, uint32_t base, unsigned first, unsigned second)
{
    const uint32_t low[2] = { (2 + 4 * (first & 3)) * 4096 | 0x19,
                              (2 + 4 * (second & 3)) * 4096 | (second & 4 ? 0x19 : 0) };
    put(model, base + 0x510, low[0], 4);
    put(model, base + 0x518, low[1], 4);
    put(model, base + 0x550, 1, 4);
    put(model, base + 0x230, second, 4);
    put(model, base + 0x230, low[1], 4);
    put(model, base + 0x230, first, 4);
    put(model, base + 0x230, low[0], 4);
}

/* One step: what, and three bytes that say how; some take bytes behind. */
static size_t step(struct model *model, const uint8_t *data, size_t size)
{
    uint32_t base = bases[data[1] % ARRAY_SIZE(bases)];
    size_t length;
    switch (data[0] % 6) {
    case 0: /* memory */
        length = size - 4 < data[3] ? size - 4 : data[3];
        uint32_t at = (load16(data + 1) * 16u) % SIZE;
        if (length > SIZE - at)
            length = SIZE - at;
        memcpy(memory + at, data + 4, length);
        return 4 + length;
    case 1: /* a register of an engine, with a value */
        if (size < 8)
            return size;
        put(model, base + registers[data[2] % ARRAY_SIZE(registers)], load32(data + 4),
            4);
        return 8;
    case 2:
        if (size < 8)
            return size;
        put(model, others[data[2] % ARRAY_SIZE(others)], load32(data + 4), 4);
        return 8;
    case 3:
        submit(model, base, data[2], data[3]);
        return 4;
    case 4: /* time */
        now += 1000000;
        if (timer_set)
            model_frame(model);
        return 4;
    default:
        length = 4;
        uint32_t value;
        must(model_read(model, 0, base + (load16(data + 2) & 0xffc), &value, 4) == 0);
        return length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const chips[] = { "skylake", "haswell", "ice-lake",
                                         "tiger-lake" };
    struct error err;
    if (size < 2)
        return 0;
    const struct model_options options = { .chip =
                                               model_chip_find(chips[data[0] % 4]) };
    log_set_level(LOG_ERROR);
    memset(memory, 0, sizeof(memory));
    now = 1000000;
    struct model *model = model_new(&options, &bus, NULL, &err);
    must(model != NULL);
    uint64_t gtt = model->registers_size;
    unsigned entry = data[0] % 4 == 1 ? 4 : 8;
    for (unsigned i = 0; i < PAGES; i++)
        put(model, gtt + (uint64_t)entry * i, (MEMORY_AT + i * 4096u) | 1, entry);
    make_contexts(bases[data[1] % ARRAY_SIZE(bases)]);
    /* A few engines' status pages. */
    for (unsigned i = 0; i < ARRAY_SIZE(bases); i++)
        put(model, bases[i] + 0x80, 4096, 4);
    data += 2;
    size -= 2;
    while (size >= 4) {
        size_t taken = step(model, data, size);
        data += taken;
        size -= taken;
    }
    for (unsigned i = 0; i < 8 && timer_set; i++) {
        now += 10000000;
        model_frame(model);
    }
    model_free(model);
    return 0;
}
