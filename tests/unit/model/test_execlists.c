/* test_execlists.c: contexts submitted to engines of Gen8 to Gen12, and their events.
 */
#include "gt_bench.h" /* the model */

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* struct error */

#define RCS      0x2000
#define BCS      0x22000
#define GT_IIR_0 0x44308
#define GDRST    0x941c

/* MI commands. */
#define STORE(at, value) 0x10400002, (at), 0, (value)
#define USER_INTERRUPT   0x01000000
#define ARB_CHECK        0x02800000
#define ARB_OFF          0x04000000
#define WAIT_FOR(at)     0x0e40c002, 1, (at), 0 /* until memory is 1 */

static struct gt_bench b;

static void start_chip(const char *name)
{
    bench_start(&b, name);
    bench_put(&b, RCS + 0x80, BENCH_STATUS);
    bench_put(&b, BCS + 0x80, BENCH_STATUS);
    for (unsigned i = 0; i < 4; i++)
        bench_context(&b, i, RCS);
}

static int start(void **state)
{
    start_chip("skylake");
    return 0;
}

static int stop(void **state)
{
    bench_stop(&b);
    return 0;
}

/* Event n of the status page, Gen8's and the index of the last one. */
static uint32_t event(unsigned n)
{
    return bench_load(&b, BENCH_STATUS + 0x40 + 8 * n);
}

static uint32_t event_high(unsigned n)
{
    return bench_load(&b, BENCH_STATUS + 0x44 + 8 * n);
}

static uint32_t last_event(void)
{
    return bench_load(&b, BENCH_STATUS + (b.queue ? 0xbc : 0x7c));
}

static void test_one(void **state)
{
    BENCH_RING_ADD(&b, 0, STORE(BENCH_RESULT, 0x1234), USER_INTERRUPT);
    assert_int_equal(bench_get(&b, RCS + 0x3a0), 5 << 8 | 5);
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 0x1234);
    /* Idle to active, then complete and idle; the first entry is 0. */
    assert_int_equal(event(0), 0x01);
    assert_int_equal(event_high(0), 1 << 5);
    assert_int_equal(event(1), 0x18);
    assert_int_equal(event_high(1), 1 << 5);
    assert_int_equal(last_event(), 1);
    assert_int_equal(bench_get(&b, RCS + 0x3a0) & 7, 1);
    assert_int_equal(bench_get(&b, RCS + 0x378), 0x18);
    /* The image knows how far the ring was read. */
    assert_int_equal(bench_load(&b, BENCH_STATE(0, 5)),
                     bench_load(&b, BENCH_STATE(0, 7)));
    assert_int_equal(bench_get(&b, RCS + 0x34), bench_get(&b, RCS + 0x30));
    assert_int_equal(bench_get(&b, RCS + 0x9c) & 0x200, 0x200);
    assert_int_equal(bench_get(&b, RCS + 0x234), 0);
}

/* The fault gpu-hang: nothing is executed until it is over. */
static void test_fault_hang(void **state)
{
    struct error err;
    BENCH_RING_ADD(&b, 0, STORE(BENCH_RESULT, 0x1234), USER_INTERRUPT);
    assert_int_equal(model_fault_set(b.model, "gpu-hang", true, &err), 0);
    bench_submit(&b, RCS, 0, -1);
    bench_wait(&b, 1000000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 0);
    assert_int_equal(model_fault_set(b.model, "gpu-hang", false, &err), 0);
    bench_wait(&b, 1000000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 0x1234);
}

static void test_interrupts(void **state)
{
    BENCH_RING_ADD(&b, 0, USER_INTERRUPT);
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(bench_get(&b, GT_IIR_0), 0); /* masked at reset */
    bench_put(&b, 0x44304, 0);
    bench_put(&b, 0x4430c, 0xffffffff);
    bench_put(&b, RCS + 0xa8, ~0x100u); /* the engine lets one of two through */
    BENCH_RING_ADD(&b, 0, USER_INTERRUPT);
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(bench_get(&b, GT_IIR_0), 0x100);
    assert_int_equal(b.messages, 0);
    bench_put(&b, RCS + 0xa8, 0);
    bench_put(&b, 0x44200, 0x80000000);
    assert_int_equal(b.messages, 1);
    BENCH_RING_ADD(&b, 0, USER_INTERRUPT);
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(bench_get(&b, GT_IIR_0), 0x101);
    bench_put(&b, BCS + 0xa8, 0);
    bench_submit(&b, BCS, 1, -1);
    assert_int_equal(bench_get(&b, GT_IIR_0), 0x1000101);
}

static void test_two(void **state)
{
    BENCH_RING_ADD(&b, 0, STORE(BENCH_RESULT, 1));
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT + 4, 2));
    bench_submit(&b, RCS, 0, 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 2);
    assert_int_equal(event(0), 0x01);
    assert_int_equal(event(1), 0x14);
    assert_int_equal(event_high(1), 1 << 5);
    assert_int_equal(event(2), 0x18);
    assert_int_equal(event_high(2), 2 << 5);
    /* The event ring wraps after six. */
    bench_submit(&b, RCS, 0, -1);
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(last_event(), 0);
    assert_int_equal(event(0), 0x18);
}

static void test_wait(void **state)
{
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT), STORE(BENCH_RESULT + 4, 7));
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(last_event(), 0);
    assert_int_equal(bench_get(&b, RCS + 0x238), 1 << 5); /* who runs */
    assert_int_equal(bench_get(&b, RCS + 0x9c) & 0x200, 0);
    assert_int_equal(bench_get(&b, RCS + 0x68), 0x0e40c002);
    assert_int_equal(bench_get(&b, RCS + 0x34), 0);
    bench_wait(&b, 5000000);
    assert_int_equal(last_event(), 0);
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 5000000);
    assert_int_equal(last_event(), 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 7);
    assert_int_equal(b.alarm, 0); /* nothing runs on */
}

static void test_engines_wait_for_each_other(void **state)
{
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT), STORE(BENCH_RESULT + 4, 7));
    bench_context(&b, 1, BCS);
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT, 1));
    bench_submit(&b, RCS, 0, -1);
    bench_submit(&b, BCS, 1, -1);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 7); /* at once */
}

static void test_lite_restore(void **state)
{
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT));
    bench_submit(&b, RCS, 0, -1);
    BENCH_RING_ADD(&b, 0, STORE(BENCH_RESULT + 4, 9));
    bench_submit(&b, RCS, 0, 1);
    assert_int_equal(event(1), 0x8002);
    assert_int_equal(last_event(), 1);
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 5000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 9);
    assert_int_equal(event(2), 0x14);
    assert_int_equal(event(3), 0x18);
}

static void test_preemption(void **state)
{
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT), STORE(BENCH_RESULT + 4, 1));
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT + 8, 2));
    bench_submit(&b, RCS, 0, -1);
    bench_submit(&b, RCS, 1, 0);
    assert_int_equal(event(1), 0x02);
    assert_int_equal(event_high(1), 1 << 5);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 8), 2);
    assert_int_equal(event(2), 0x14); /* the second is the first one again: it waits */
    assert_int_equal(last_event(), 2);
    assert_int_equal(bench_load(&b, BENCH_STATE(0, 5)), 0);
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 5000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 1);
    assert_int_equal(event(3), 0x18);
}

static void test_no_preemption(void **state)
{
    BENCH_RING_ADD(&b, 0, ARB_OFF, WAIT_FOR(BENCH_RESULT));
    bench_submit(&b, RCS, 0, -1);
    bench_submit(&b, RCS, 1, -1);
    bench_wait(&b, 5000000);
    assert_int_equal(last_event(), 0);
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 5000000);
    assert_int_equal(event(1), 0x12); /* completed, and gone for others */
    assert_int_equal(event(2), 0x18);
    assert_int_equal(event_high(2), 2 << 5);
}

static void test_preempted_batch(void **state)
{
    /* A batch in the GGTT that starts itself, until its jump is taken out. */
    static const uint32_t spin[] = { ARB_CHECK, 0x18800001, 0x9000, 0 };
    memcpy(b.memory + 0x9000, spin, sizeof(spin));
    BENCH_RING_ADD(&b, 0, 0x18800001, 0x9000, 0, STORE(BENCH_RESULT, 1));
    bench_submit(&b, RCS, 0, -1);
    bench_wait(&b, 50000000);
    assert_int_equal(last_event(), 0);
    assert_in_range(bench_get(&b, RCS + 0x74), 0x9000, 0x900c);
    bench_submit(&b, RCS, 1, 0);
    bench_wait(&b, 5000000);
    assert_int_equal(event(1), 0x02);
    assert_int_equal(event(2), 0x14);
    /* Its image said where in the batch it was: it is back there. */
    assert_in_range(bench_get(&b, RCS + 0x74), 0x9000, 0x900c);
    assert_int_equal(bench_get(&b, RCS + 0x238), 1 << 5);
    bench_store(&b, 0x9004, 0x05000000);
    bench_wait(&b, 5000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 1);
    assert_int_equal(event(3), 0x18);
}

static void test_registers_of_contexts(void **state)
{
    /* General registers and the predicate are each context's own. */
    BENCH_RING_ADD(&b, 0, 0x11000003, RCS + 0x600, 0x11, RCS + 0x418, 1);
    BENCH_RING_ADD(&b, 1, 0x12400002, RCS + 0x600, BENCH_RESULT, 0, 0x11000001,
                   RCS + 0x600, 0x22);
    bench_submit(&b, RCS, 0, 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 0); /* not the other's 11 */
    BENCH_RING_ADD(&b, 0, 0x12400002, RCS + 0x600, BENCH_RESULT, 0);
    BENCH_RING_ADD(&b, 1, 0x12400002, RCS + 0x600, BENCH_RESULT + 4, 0);
    bench_submit(&b, RCS, 0, 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 0x11);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 0x22);
}

static void test_run_time(void **state)
{
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT));
    bench_submit(&b, RCS, 0, -1);
    bench_wait(&b, 10000000);
    assert_int_equal(bench_get(&b, RCS + 0x3a8), 120000); /* 12 MHz */
    uint32_t before = bench_get(&b, RCS + 0x358);
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 10000000);
    assert_int_equal(bench_get(&b, RCS + 0x358) - before, 120000);
    assert_in_range(bench_load(&b, BENCH_STATE(0, 23)), 120000, 240000);
}

static void hang(void)
{
    BENCH_RING_ADD(&b, 0, 0xffffffff, 0);
    bench_submit(&b, RCS, 0, -1);
    bench_wait(&b, 50000000);
    assert_int_equal(last_event(), 0);
    assert_int_equal(bench_get(&b, RCS + 0x238), 1 << 5);
}

static void test_hang_and_engine_reset(void **state)
{
    bench_put(&b, RCS + 0xb4, ~1u); /* tell of bad commands */
    hang();
    assert_int_equal(bench_get(&b, RCS + 0xb0), 1);
    assert_int_equal(bench_get(&b, RCS + 0x68), 0xffffffff);
    /* Nothing else gets in. */
    bench_submit(&b, RCS, 1, -1);
    assert_int_equal(last_event(), 0);
    bench_put(&b, RCS + 0xd0, 0x00010001);
    assert_int_equal(bench_get(&b, RCS + 0xd0), 3); /* ready to be reset */
    bench_put(&b, GDRST, 2);
    assert_int_equal(bench_get(&b, GDRST), 0);
    bench_put(&b, RCS + 0xd0, 0x00010000);
    assert_int_equal(bench_get(&b, RCS + 0xd0), 0);
    assert_int_equal(bench_get(&b, RCS + 0x238), 0);
    assert_int_equal(bench_get(&b, RCS + 0xb0), 0);
    assert_int_equal(bench_get(&b, RCS + 0x3a0), 5 << 8 | 5);
    /* As new. */
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT, 3));
    bench_submit(&b, RCS, 1, -1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 3);
    assert_int_equal(event(0), 0x01);
    assert_int_equal(event(1), 0x18);
}

static void test_other_resets(void **state)
{
    hang();
    bench_put(&b, GDRST, 1u << 3); /* the blitter's: not this engine */
    assert_int_equal(bench_get(&b, RCS + 0x238), 1 << 5);
    bench_put(&b, GDRST, 1); /* everything */
    assert_int_equal(bench_get(&b, RCS + 0x238), 0);
    hang();
    model_reset(b.model);
    assert_int_equal(bench_get(&b, RCS + 0x238), 0);
}

static void test_stop(void **state)
{
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT), STORE(BENCH_RESULT + 4, 1));
    bench_submit(&b, RCS, 0, -1);
    bench_put(&b, RCS + 0x9c, 0x01000100);
    assert_int_equal(bench_get(&b, RCS + 0x9c), 0x300);
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 50000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 0);
    bench_put(&b, RCS + 0x9c, 0x01000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 1);
}

static void test_faults(void **state)
{
    /* GGTT entries end with the memory; the driver finds the first fault told. */
    BENCH_RING_ADD(&b, 0, STORE(0x345678, 1), STORE(0x456780, 1),
                   STORE(BENCH_RESULT, 1));
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 1);
    assert_int_equal(bench_get(&b, 0x4094), 1);
    assert_int_equal(bench_get(&b, 0x4b10), 0x345);
    assert_int_equal(bench_get(&b, 0x4b14), 1u << 4);
    bench_put(&b, 0x4094, 0);
    /* Through page tables that are not there. */
    BENCH_RING_ADD(&b, 0, 0x10000002, 0x1000, 0, 5);
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(bench_get(&b, 0x4094), 1);
    assert_int_equal(bench_get(&b, 0x4b14), 0);
    assert_int_equal(model_counters(b.model).gtt_faults, 2);
}

static void test_bad_contexts(void **state)
{
    /* An image that is not there, one of garbage, one whose ring is not there. */
    bench_put(&b, RCS + 0x230, 0);
    bench_put(&b, RCS + 0x230, 0);
    bench_put(&b, RCS + 0x230, 7);
    bench_put(&b, RCS + 0x230, 0x7ff00019);
    assert_int_equal(event(0), 0x01);
    assert_int_equal(event(1), 0x18); /* no ring: nothing to do */
    memset(b.memory + BENCH_CONTEXT(0), 0x11, 0x2000);
    bench_submit(&b, RCS, 0, -1);
    bench_wait(&b, 10000000);
    bench_put(&b, GDRST, 1);
    bench_store(&b, BENCH_STATE(1, 9), 0x7ff00000);
    bench_store(&b, BENCH_STATE(1, 7), 0x100);
    bench_submit(&b, RCS, 1, -1);
    assert_int_equal(bench_get(&b, RCS + 0x238), 2 << 5);
    bench_put(&b, GDRST, 1);
    BENCH_RING_ADD(&b, 2, STORE(BENCH_RESULT, 1));
    bench_submit(&b, RCS, 2, -1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 1);
}

static void test_image_that_stops(void **state)
{
    /* Its list stops the engine and lets it go on, before the ring is known. */
    bench_store(&b, BENCH_STATE(1, 20), RCS + 0x9c);
    bench_store(&b, BENCH_STATE(1, 21), 0x01000100);
    bench_store(&b, BENCH_STATE(1, 22), RCS + 0x9c);
    bench_store(&b, BENCH_STATE(1, 23), 0x01000000);
    BENCH_RING_ADD(&b, 0, STORE(BENCH_RESULT, 1));
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT + 4, 2));
    bench_submit(&b, RCS, 0, 1);
    bench_wait(&b, 10000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 2);
    assert_int_equal(last_event(), 2);
    assert_int_equal(event(2), 0x18);
}

static void test_commands_that_reset(void **state)
{
    /* A ring that resets its own engine, then one that submits. */
    BENCH_RING_ADD(&b, 0, 0x11000001, GDRST, 1, STORE(BENCH_RESULT, 1));
    bench_submit(&b, RCS, 0, -1);
    bench_wait(&b, 10000000);
    assert_int_equal(bench_get(&b, RCS + 0x238), 0);
    bench_put(&b, RCS + 0x80, BENCH_STATUS);
    BENCH_RING_ADD(&b, 2, STORE(BENCH_RESULT + 4, 2));
    BENCH_RING_ADD(&b, 1, 0x11000007, RCS + 0x230, 0, RCS + 0x230, 0, RCS + 0x230, 0x60,
                   RCS + 0x230, BENCH_CONTEXT(2) | 0x19);
    bench_submit(&b, RCS, 1, -1);
    bench_wait(&b, 10000000);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 2);
}

static void test_gen11(void **state)
{
    bench_stop(&b);
    start_chip("ice-lake");
    BENCH_RING_ADD(&b, 0, STORE(BENCH_RESULT, 1));
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT + 4, 2));
    assert_int_equal(bench_get(&b, RCS + 0x3a0), 11 << 8 | 11);
    bench_submit(&b, RCS, 0, 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT), 1);
    assert_int_equal(bench_load(&b, BENCH_RESULT + 4), 2);
    assert_int_equal(event(0), 0x01);
    assert_int_equal(event(1), 0x14);
    assert_int_equal(event(2), 0x18);
    assert_int_equal(last_event(), 2);
    for (unsigned i = 0; i < 5; i++)
        bench_submit(&b, RCS, 0, -1);
    assert_int_equal(last_event(), 0); /* twelve entries */
    assert_int_equal(event(11), 0x01);
    assert_int_equal(bench_get(&b, RCS + 0x3c0 + 8 * 5), 0x01);
}

#define NAME(n) ((n) << 15)
#define NOBODY  NAME(0x7ffu)

static void test_gen12(void **state)
{
    bench_stop(&b);
    start_chip("tiger-lake");
    BENCH_RING_ADD(&b, 0, WAIT_FOR(BENCH_RESULT));
    BENCH_RING_ADD(&b, 1, STORE(BENCH_RESULT + 4, 2));
    bench_submit(&b, RCS, 0, -1);
    assert_int_equal(event(0), NAME(1) | 1); /* new queue, from nobody */
    assert_int_equal(event_high(0), NOBODY);
    bench_submit(&b, RCS, 1, 0);
    assert_int_equal(event(1), NAME(2) | 1);
    assert_int_equal(event_high(1), NAME(1) | 5); /* preempted */
    assert_int_equal(event(2), NAME(1));
    assert_int_equal(event_high(2), NAME(2)); /* completed */
    bench_store(&b, BENCH_RESULT, 1);
    bench_wait(&b, 5000000);
    assert_int_equal(event(3), NOBODY);
    assert_int_equal(event_high(3), NAME(1));
    assert_int_equal(last_event(), 3);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fault_hang),
        TEST(test_one),
        TEST(test_interrupts),
        TEST(test_two),
        TEST(test_wait),
        TEST(test_engines_wait_for_each_other),
        TEST(test_lite_restore),
        TEST(test_preemption),
        TEST(test_no_preemption),
        TEST(test_preempted_batch),
        TEST(test_registers_of_contexts),
        TEST(test_run_time),
        TEST(test_hang_and_engine_reset),
        TEST(test_other_resets),
        TEST(test_stop),
        TEST(test_faults),
        TEST(test_bad_contexts),
        TEST(test_image_that_stops),
        TEST(test_commands_that_reset),
        TEST(test_gen11),
        TEST(test_gen12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
