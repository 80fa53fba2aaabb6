/* test_ring_buffer.c: rings and page tables of Gen6 and Gen7. */
#include "gt_bench.h" /* the model */

#include "base/bytes.h"  /* ARRAY_SIZE */
#include "model/state.h" /* where the GTT is */

#define RCS              0x2000
#define BCS              0x22000
#define GDRST            0x941c
#define RING             0x10000
#define STORE(at, value) 0x10400002, 0, (at), (value)

static struct gt_bench b;

static int start(void **state)
{
    bench_start(&b, "haswell");
    bench_put(&b, 0x4080, BENCH_STATUS);
    bench_put(&b, RCS + 0x38, RING);
    bench_put(&b, RCS + 0x3c, 1); /* 4 KiB, valid */
    return 0;
}

static int stop(void **state)
{
    bench_stop(&b);
    return 0;
}

/* Append to the ring and move the tail. */
static void run(const uint32_t *dwords, size_t count)
{
    uint32_t tail = bench_get(&b, RCS + 0x30);
    for (size_t i = 0; i < count; i++) {
        bench_store(&b, RING + tail, dwords[i]);
        tail = (tail + 4) % 4096;
    }
    bench_put(&b, RCS + 0x30, tail);
}
#define RUN(...)                                    \
    do {                                            \
        const uint32_t dwords_[] = { __VA_ARGS__ }; \
        run(dwords_, ARRAY_SIZE(dwords_));          \
    } while (0)

static void test_tail(void **state)
{
    RUN(STORE(BENCH_RESULT, 7));
    assert_int_equal(bench_load(&b, BENCH_RESULT), 7);
    assert_int_equal(bench_get(&b, RCS + 0x34), 16);
    assert_int_equal(bench_get(&b, RCS + 0x9c) & 0x200, 0x200);
    /* A breadcrumb as the driver writes it, and its interrupt. */
    bench_put(&b, 0x44014, 0);
    bench_put(&b, 0x4401c, 1);
    bench_put(&b, 0x4400c, 0x80000000);
    bench_put(&b, RCS + 0xa8, 0);
    RUN(0x13204001, 0xc0 | 4, 99, 0, 0x01000000, 0);
    assert_int_equal(bench_load(&b, BENCH_STATUS + 0xc0), 99);
    assert_int_equal(bench_get(&b, 0x44018), 1);
    assert_int_equal(b.messages, 1);
}

static void test_wraps(void **state)
{
    for (unsigned i = 0; i < 300; i++) {
        RUN(STORE(BENCH_RESULT, i));
        assert_int_equal(bench_load(&b, BENCH_RESULT), i);
    }
    assert_int_equal(bench_get(&b, RCS + 0x34), 300 * 16 % 4096);
}

static void test_off(void **state)
{
    /* The driver's way of stopping a ring: empty, off, and from the start. */
    RUN(STORE(BENCH_RESULT, 1));
    bench_put(&b, RCS + 0x34, bench_get(&b, RCS + 0x30));
    bench_put(&b, RCS + 0x3c, 0);
    bench_put(&b, RCS + 0x34, 0);
    bench_put(&b, RCS + 0x30, 0);
    assert_int_equal(bench_get(&b, RCS + 0x34), 0);
    RUN(STORE(BENCH_RESULT, 2));
    assert_int_equal(bench_load(&b, BENCH_RESULT), 1);
    bench_put(&b, RCS + 0x3c, 1); /* on again, with something in it */
    assert_int_equal(bench_load(&b, BENCH_RESULT), 2);
}

static void test_hang(void **state)
{
    RUN(0xffffffff, 0);
    assert_int_equal(bench_get(&b, RCS + 0x34), 0);
    assert_int_equal(bench_get(&b, RCS + 0x68), 0xffffffff);
    assert_int_equal(bench_get(&b, RCS + 0x9c) & 0x200, 0);
    bench_put(&b, GDRST, 1u << 1);
    assert_int_equal(bench_get(&b, GDRST), 0);
    bench_put(&b, RCS + 0x38, RING);
    bench_put(&b, RCS + 0x3c, 1);
    RUN(STORE(BENCH_RESULT, 3));
    assert_int_equal(bench_load(&b, BENCH_RESULT), 3);
    /* Also without one, when the driver skips what it hangs at. */
    RUN(0xffffffff, 0);
    bench_put(&b, RCS + 0x34, bench_get(&b, RCS + 0x30));
    RUN(STORE(BENCH_RESULT, 4));
    assert_int_equal(bench_load(&b, BENCH_RESULT), 4);
}

static void test_page_tables(void **state)
{
    /* The directory lies in the GGTT's own table: entry 2048 on, its first table at
     * page 8; virtual page 5 is page 9 of memory. */
    enum { DIRECTORY = 2048 * 4 };
    uint64_t at = b.model->registers_size + DIRECTORY;
    uint32_t entry = (BENCH_MEMORY + 0x20000) | 1;
    assert_int_equal(model_write(b.model, 0, at, &entry, 4), 0);
    bench_store(&b, 0x20000 + 4 * 5, (BENCH_MEMORY + 0x21000) | 1);
    bench_put(&b, RCS + 0x29c, 0x02000200);
    RUN(0x11000001, RCS + 0x228, DIRECTORY << 10, 0, 0x10000002, 0, 0x5010, 0x77);
    assert_int_equal(bench_load(&b, 0x21010), 0x77);
    /* A batch in it. */
    bench_store(&b, 0x21100, 0x10000002);
    bench_store(&b, 0x21108, 0x5014);
    bench_store(&b, 0x2110c, 0x78);
    bench_store(&b, 0x21110, 0x05000000);
    RUN(0x18802100, 0x5100);
    assert_int_equal(bench_load(&b, 0x21014), 0x78);
    /* The driver may also set it itself. */
    bench_put(&b, RCS + 0x228, 0);
    RUN(0x10000002, 0, 0x5018, 0x79);
    assert_int_equal(bench_load(&b, 0x21018), 0);
    bench_put(&b, RCS + 0x228, DIRECTORY << 10);
    RUN(0x10000002, 0, 0x5018, 0x7a);
    assert_int_equal(bench_load(&b, 0x21018), 0x7a);
    bench_put(&b, 0x4094, 0);
    /* Past the table, and past the directory. */
    RUN(0x10000002, 0, 0x6000, 1, 0x10000002, 0, 0x80000000, 1);
    assert_int_equal(bench_get(&b, 0x4094) & 0xfffff001, 0x6001);
    assert_int_equal(bench_get(&b, RCS + 0x34), bench_get(&b, RCS + 0x30));
}

static void test_sandy_bridge(void **state)
{
    /* One register for all rings says whether there are page tables; other bits of it
     * may be written beside. */
    enum { DIRECTORY = 2048 * 4 };
    bench_stop(&b);
    bench_start(&b, "sandy-bridge");
    bench_put(&b, RCS + 0x38, RING);
    bench_put(&b, RCS + 0x3c, 1);
    uint64_t at = b.model->registers_size + DIRECTORY;
    uint32_t entry = (BENCH_MEMORY + 0x20000) | 1;
    assert_int_equal(model_write(b.model, 0, at, &entry, 4), 0);
    bench_store(&b, 0x20000 + 4 * 5, (BENCH_MEMORY + 0x21000) | 1);
    bench_put(&b, 0x2520, 0x02000200);
    bench_put(&b, 0x2520, 0x20002000);
    bench_put(&b, RCS + 0x228, DIRECTORY << 10);
    RUN(0x10000002, 0, 0x5010, 0x77);
    assert_int_equal(bench_load(&b, 0x21010), 0x77);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tail), TEST(test_wraps),       TEST(test_off),
        TEST(test_hang), TEST(test_page_tables), TEST(test_sandy_bridge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
