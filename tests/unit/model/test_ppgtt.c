/* test_ppgtt.c: page tables of three and four levels, and the pages they know. */
#include "gt_bench.h" /* the model */

#include "base/bytes.h"  /* stores */
#include "model/ppgtt.h" /* under test */

#include <errno.h> /* EFAULT */

/* Tables: one page of memory each. */
#define LEVEL_4 0x10000
#define LEVEL_3 0x11000
#define LEVEL_2 0x12000
#define LEVEL_1 0x13000
#define DATA    0x20000 /* 64 KiB */

static struct gt_bench b;
static struct ppgtt tables;

static uint64_t bus(uint64_t address)
{
    return BENCH_MEMORY + address;
}

static void entry(uint64_t table, unsigned index, uint64_t value)
{
    store64(b.memory + table + 8 * index, value);
}

static int start(void **state)
{
    bench_start(&b, "skylake");
    memset(&tables, 0, sizeof(tables));
    tables.kind = PPGTT_4_LEVELS;
    tables.roots[0] = bus(LEVEL_4);
    /* Virtual addresses 0x0000_8080_4000_2xxx: entries 1, 2, 2, 2. */
    entry(LEVEL_4, 1, bus(LEVEL_3) | 3);
    entry(LEVEL_3, 2, bus(LEVEL_2) | 3);
    entry(LEVEL_2, 2, bus(LEVEL_1) | 3);
    entry(LEVEL_1, 2, bus(DATA) | 3);
    return 0;
}

static int stop(void **state)
{
    bench_stop(&b);
    return 0;
}

#define VIRTUAL (1ULL << 39 | 2ULL << 30 | 2ULL << 21 | 2ULL << 12)

static int store_at(uint64_t address, uint32_t value, uint64_t *fault)
{
    return ppgtt_write(b.model, &tables, address, &value, 4, fault);
}

static void test_four_levels(void **state)
{
    uint64_t fault = 0;
    uint32_t value;
    assert_int_equal(store_at(VIRTUAL + 0x10, 0x1234, &fault), 0);
    assert_int_equal(bench_load(&b, DATA + 0x10), 0x1234);
    assert_int_equal(ppgtt_read(b.model, &tables, VIRTUAL + 0x10, &value, 4, &fault),
                     0);
    assert_int_equal(value, 0x1234);
    /* Across pages: the second one is not there. */
    assert_int_equal(store_at(VIRTUAL + 0xffe, 0x55667788, &fault), -EFAULT);
    assert_true(fault == VIRTUAL + 0x1000);
    entry(LEVEL_1, 3, bus(DATA + 0x3000) | 3);
    assert_int_equal(store_at(VIRTUAL + 0xffe, 0x55667788, &fault), 0);
    assert_int_equal(load16(b.memory + DATA + 0xffe), 0x7788);
    assert_int_equal(load16(b.memory + DATA + 0x3000), 0x5566);
}

static void test_missing(void **state)
{
    static const uint64_t places[] = { LEVEL_4 + 8, LEVEL_3 + 16, LEVEL_2 + 16,
                                       LEVEL_1 + 16 };
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        uint64_t fault = 0, saved = load64(b.memory + places[i]);
        ppgtt_invalidate(&tables);
        store64(b.memory + places[i], saved & ~1ULL); /* not valid */
        assert_int_equal(store_at(VIRTUAL, 1, &fault), -EFAULT);
        assert_true(fault == VIRTUAL);
        store64(b.memory + places[i], 0x7000000003ULL); /* no memory */
        assert_int_equal(store_at(VIRTUAL, 1, &fault), -EFAULT);
        store64(b.memory + places[i], saved);
        ppgtt_invalidate(&tables);
        assert_int_equal(store_at(VIRTUAL, 1, &fault), 0);
    }
}

static void test_read_only(void **state)
{
    uint64_t fault = 0;
    uint32_t value;
    bench_store(&b, DATA, 9);
    entry(LEVEL_1, 2, bus(DATA) | 1);
    assert_int_equal(store_at(VIRTUAL, 1, &fault), -EFAULT);
    assert_int_equal(ppgtt_read(b.model, &tables, VIRTUAL, &value, 4, &fault), 0);
    assert_int_equal(value, 9);
}

static void test_kept(void **state)
{
    /* A translation is kept until it is to be looked up anew. */
    uint64_t fault = 0;
    assert_int_equal(store_at(VIRTUAL, 1, &fault), 0);
    entry(LEVEL_1, 2, bus(DATA + 0x1000) | 3);
    assert_int_equal(store_at(VIRTUAL, 2, &fault), 0);
    assert_int_equal(bench_load(&b, DATA), 2);
    ppgtt_invalidate(&tables);
    assert_int_equal(store_at(VIRTUAL, 3, &fault), 0);
    assert_int_equal(bench_load(&b, DATA + 0x1000), 3);
    assert_int_equal(bench_load(&b, DATA), 2);
}

static void test_large_pages(void **state)
{
    uint64_t fault = 0;
    /* 64 KiB pages: every sixteenth entry counts. */
    entry(LEVEL_2, 2, bus(LEVEL_1) | 3 | 1u << 11);
    entry(LEVEL_1, 0, bus(DATA) | 3);
    entry(LEVEL_1, 2, 0);
    assert_int_equal(store_at(VIRTUAL + 0x4, 7, &fault), 0);
    assert_int_equal(bench_load(&b, DATA + 0x2004), 7);
    /* 2 MiB: the memory is smaller than that, and begins where such a page does. */
    ppgtt_invalidate(&tables);
    entry(LEVEL_2, 2, bus(0) | 3 | 1u << 7);
    assert_int_equal(store_at(VIRTUAL + 0x28004 - 0x2000, 8, &fault), 0);
    assert_int_equal(bench_load(&b, 0x28004), 8);
    assert_int_equal(store_at(VIRTUAL + 0x1f0000, 8, &fault), -EFAULT);
}

static void test_three_levels(void **state)
{
    uint64_t fault = 0, address = 3ULL << 30 | 2ULL << 21 | 2ULL << 12;
    tables.kind = PPGTT_3_LEVELS;
    memset(tables.roots, 0, sizeof(tables.roots));
    assert_int_equal(store_at(address, 1, &fault), -EFAULT);
    tables.roots[3] = bus(LEVEL_2) | 1;
    assert_int_equal(store_at(address + 8, 5, &fault), 0);
    assert_int_equal(bench_load(&b, DATA + 8), 5);
    assert_int_equal(store_at(1ULL << 32, 1, &fault), -EFAULT);
}

static void test_none(void **state)
{
    uint64_t fault = 0;
    tables.kind = PPGTT_NONE;
    assert_int_equal(store_at(0x5000, 6, &fault), 0);
    assert_int_equal(bench_load(&b, 0x5000), 6);
    assert_int_equal(store_at(BENCH_PAGES * 4096, 6, &fault), -EFAULT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_four_levels), TEST(test_missing),     TEST(test_read_only),
        TEST(test_kept),        TEST(test_large_pages), TEST(test_three_levels),
        TEST(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
