/* gt_bench.c: a model with memory, a GGTT and contexts to submit. */
#include "gt_bench.h"

#include "base/bytes.h"   /* loads and stores */
#include "base/error.h"   /* struct error */
#include "model/chips.h"  /* the chip */
#include "model/traits.h" /* its generation */
#include "model/state.h"  /* where the GTT is */

#include <errno.h> /* EFAULT */

static uint8_t *memory_at(struct gt_bench *bench, uint64_t address, size_t size)
{
    if (address < BENCH_MEMORY ||
        !range_inside(address - BENCH_MEMORY, size, sizeof(bench->memory)))
        return NULL;
    return bench->memory + (address - BENCH_MEMORY);
}

static int dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    uint8_t *at = memory_at(opaque, address, size);
    if (at)
        memcpy(data, at, size);
    return at ? 0 : -EFAULT;
}

static int dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    uint8_t *at = memory_at(opaque, address, size);
    if (at)
        memcpy(at, data, size);
    return at ? 0 : -EFAULT;
}

static void interrupt(void *opaque, bool condition, bool pin)
{
    struct gt_bench *bench = opaque;
    bench->messages += condition && !bench->condition;
    bench->condition = condition;
}

static void timer(void *opaque, uint64_t delay)
{
    struct gt_bench *bench = opaque;
    bench->alarm = delay ? bench->now + delay : 0;
}

static uint64_t now(void *opaque)
{
    const struct gt_bench *bench = opaque;
    return bench->now;
}

static const struct model_bus bus = {
    .dma_read = dma_read,
    .dma_write = dma_write,
    .interrupt = interrupt,
    .frame_timer = timer,
    .now = now,
};

static void start(struct gt_bench *bench, const char *chip,
                  enum model_aperture aperture)
{
    const struct model_options options = { .chip = model_chip_find(chip),
                                           .aperture = aperture };
    struct error err;
    memset(bench, 0, sizeof(*bench));
    assert_non_null(options.chip);
    bench->now = 1000000000;
    bench->queue = options.chip->traits & ON_GEN11_UP;
    bench->model = model_new(&options, &bus, bench, &err);
    assert_non_null(bench->model);
    unsigned size = options.chip->pte_address_mask >> 32 ? 8 : 4;
    for (unsigned i = 0; i < BENCH_PAGES; i++) {
        uint64_t pte = (BENCH_MEMORY + i * 4096ULL) | 1;
        assert_int_equal(model_write(bench->model, 0,
                                     bench->model->registers_size + (uint64_t)size * i,
                                     &pte, size),
                         0);
    }
}

void bench_start(struct gt_bench *bench, const char *chip)
{
    start(bench, chip, MODEL_APERTURE_FAST);
}

void bench_start_exact(struct gt_bench *bench, const char *chip)
{
    start(bench, chip, MODEL_APERTURE_EXACT);
}

void bench_stop(struct gt_bench *bench)
{
    model_free(bench->model);
}

uint32_t bench_get(struct gt_bench *bench, uint32_t reg)
{
    uint32_t value = 0;
    assert_int_equal(model_read(bench->model, 0, reg, &value, 4), 0);
    return value;
}

void bench_put(struct gt_bench *bench, uint32_t reg, uint32_t value)
{
    assert_int_equal(model_write(bench->model, 0, reg, &value, 4), 0);
}

uint32_t bench_load(const struct gt_bench *bench, uint64_t address)
{
    return load32(bench->memory + address);
}

void bench_store(struct gt_bench *bench, uint64_t address, uint32_t value)
{
    store32(bench->memory + address, value);
}

void bench_wait(struct gt_bench *bench, uint64_t nanoseconds)
{
    uint64_t end = bench->now + nanoseconds;
    while (bench->alarm && bench->alarm <= end) {
        bench->now = bench->alarm;
        bench->alarm = 0;
        model_frame(bench->model);
    }
    bench->now = end;
}

void bench_context(struct gt_bench *bench, unsigned number, uint32_t base)
{
    /* Registers of the list, in the order of every generation's beginning. */
    static const uint16_t registers[] = { 0x244, 0x34,  0x30,  0x38,  0x3c, 0x168,
                                          0x140, 0x110, 0x274, 0x270, 0x3a8 };
    memset(bench->memory + BENCH_CONTEXT(number), 0, 0x3000);
    bench_store(bench, BENCH_STATE(number, 1),
                0x11001000 | (2 * ARRAY_SIZE(registers) - 1));
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++)
        bench_store(bench, BENCH_STATE(number, 2 + 2 * i), base + registers[i]);
    bench_store(bench, BENCH_STATE(number, 9), BENCH_RING(number));
    bench_store(bench, BENCH_STATE(number, 11), 1); /* 4 KiB, valid */
}

void bench_ring(struct gt_bench *bench, unsigned number, const uint32_t *dwords,
                size_t count)
{
    uint32_t tail = bench_load(bench, BENCH_STATE(number, 7));
    for (size_t i = 0; i < count; i++) {
        bench_store(bench, BENCH_RING(number) + tail, dwords[i]);
        tail = (tail + 4) % 4096;
    }
    if (tail % 8) { /* a tail counts in pairs of dwords */
        bench_store(bench, BENCH_RING(number) + tail, 0);
        tail = (tail + 4) % 4096;
    }
    bench_store(bench, BENCH_STATE(number, 7), tail);
}

void bench_submit(struct gt_bench *bench, uint32_t base, int first, int second)
{
    /* Valid, a page table of four levels; a context's identifier is its number + 1. */
    const int numbers[2] = { first, second };
    uint32_t low[2] = { 0 }, high[2] = { 0 };
    for (unsigned i = 0; i < 2; i++) {
        if (numbers[i] < 0)
            continue;
        low[i] = BENCH_CONTEXT((unsigned)numbers[i]) | 0x19;
        high[i] = (unsigned)(numbers[i] + 1) << 5;
    }
    if (bench->queue) {
        bench_put(bench, base + 0x510, low[0]);
        bench_put(bench, base + 0x514, high[0]);
        bench_put(bench, base + 0x518, low[1]);
        bench_put(bench, base + 0x51c, high[1]);
        bench_put(bench, base + 0x550, 1);
        return;
    }
    bench_put(bench, base + 0x230, high[1]);
    bench_put(bench, base + 0x230, low[1]);
    bench_put(bench, base + 0x230, high[0]);
    bench_put(bench, base + 0x230, low[0]);
}
