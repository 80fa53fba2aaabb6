/* test_interrupts.c: events on their way to the bus, in each generation's registers. */
#include "fixture.h" /* the model */

#include "model/interrupts.h" /* under test */

#include <stdint.h> /* registers */

static struct fixture f;

static int start_haswell(void **state)
{
    fixture_start_chip(&f, "haswell", false, 0);
    return 0;
}

static int start_broadwell(void **state)
{
    fixture_start_chip(&f, "broadwell", false, 0);
    return 0;
}

static int start_tiger_lake(void **state)
{
    fixture_start_chip(&f, "tiger-lake", false, 0);
    return 0;
}

static int start_sandy_bridge(void **state)
{
    fixture_start_chip(&f, "sandy-bridge", false, 0);
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

/* One group of a chip with the master in DEIER. */
static void open_group(uint32_t base)
{
    mmio_put(&f, base + 4, 0);
    mmio_put(&f, base + 12, 0xffffffff);
}

static void test_haswell_gt(void **state)
{
    mmio_put(&f, 0x4400c, 0x80000000);
    interrupt_gt(f.model, ENGINE_BLITTER, ENGINE_USER_INTERRUPT);
    assert_int_equal(mmio_get(&f, 0x44018), 0); /* masked: lost */
    open_group(0x44010);
    interrupt_gt(f.model, ENGINE_BLITTER, ENGINE_USER_INTERRUPT);
    interrupt_gt(f.model, ENGINE_VIDEO_0, ENGINE_USER_INTERRUPT);
    assert_int_equal(mmio_get(&f, 0x44018), 1 << 22 | 1 << 12);
    assert_true(f.condition);
    mmio_put(&f, 0x4400c, 0);
    assert_false(f.condition);
    mmio_put(&f, 0x4400c, 0x80000000);
    assert_true(f.condition);
    mmio_put(&f, 0x44018, 0xffffffff);
    assert_false(f.condition);
    open_group(0x44020);
    interrupt_gt(f.model, ENGINE_VIDEO_ENHANCE_0, ENGINE_USER_INTERRUPT);
    assert_int_equal(mmio_get(&f, 0x44028), 1 << 10);
}

/* The PCH's line is an event of the processor's group, once an edge. */
static void test_haswell_pch(void **state)
{
    open_group(0x44000);
    open_group(0xc4000);
    mmio_put(&f, 0x4400c, 0xffffffff);
    interrupt_pch(f.model, 1 << 21);
    assert_int_equal(mmio_get(&f, 0x44008), 1 << 28);
    mmio_put(&f, 0x44008, 1 << 28);
    interrupt_pch(f.model, 1 << 22);
    assert_int_equal(mmio_get(&f, 0x44008), 0);
    /* As Linux does: enables off and on again make an edge of what is left. */
    mmio_put(&f, 0xc400c, 0);
    mmio_put(&f, 0xc4008, 1 << 21);
    mmio_put(&f, 0xc400c, 0xffffffff);
    assert_int_equal(mmio_get(&f, 0x44008), 1 << 28);
    assert_int_equal(mmio_get(&f, 0xc4008), 1 << 22);
}

static void test_haswell_pipe(void **state)
{
    open_group(0x44000);
    mmio_put(&f, 0x4400c, 0xffffffff);
    interrupt_pipe(f.model, 1, PIPE_EVENT_VBLANK | PIPE_EVENT_FLIP_DONE(0));
    assert_int_equal(mmio_get(&f, 0x44008), 1 << 5 | 1 << 8);
    interrupt_pipe(f.model, 0, PIPE_EVENT_CRC_DONE);
    assert_int_equal(mmio_get(&f, 0x44008), 1 << 5 | 1 << 8 | 1 << 30);
    assert_int_equal(mmio_get(&f, 0x44040), 4);
}

static void test_sandy_bridge_pipe(void **state)
{
    open_group(0x44000);
    interrupt_pipe(f.model, 1, PIPE_EVENT_VBLANK | PIPE_EVENT_FLIP_DONE(0));
    assert_int_equal(mmio_get(&f, 0x44008), 1 << 15 | 1 << 27);
}

static void test_broadwell_gt(void **state)
{
    open_group(0x44300);
    open_group(0x44330);
    mmio_put(&f, 0x44200, 0x80000000);
    interrupt_gt(f.model, ENGINE_BLITTER, ENGINE_CONTEXT_SWITCH);
    assert_int_equal(mmio_get(&f, 0x44308), 0x01000000);
    assert_int_equal(mmio_get(&f, 0x44200), 0x80000002);
    interrupt_gt(f.model, ENGINE_VIDEO_ENHANCE_0, ENGINE_USER_INTERRUPT);
    assert_int_equal(mmio_get(&f, 0x44200), 0x80000042);
    assert_true(f.condition);
    /* Engines the generation does not have. */
    interrupt_gt(f.model, ENGINE_VIDEO_2, 0xffff);
    interrupt_gt(f.model, ENGINE_COUNT, 0xffff);
    assert_int_equal(mmio_get(&f, 0x44200), 0x80000042);
}

static void test_gen11_identity(void **state)
{
    mmio_put(&f, 0x190010, 0x80000000);
    interrupt_gt(f.model, ENGINE_RENDER, ENGINE_USER_INTERRUPT);
    assert_int_equal(mmio_get(&f, 0x190018), 0); /* not enabled */
    mmio_put(&f, 0x190030, 0xffffffff);
    interrupt_gt(f.model, ENGINE_RENDER, ENGINE_USER_INTERRUPT);
    assert_int_equal(mmio_get(&f, 0x190018), 0); /* masked */
    mmio_put(&f, 0x190090, 0x0000ffff);
    mmio_put(&f, 0x1900a0, 0);
    interrupt_gt(f.model, ENGINE_RENDER, ENGINE_USER_INTERRUPT);
    interrupt_gt(f.model, ENGINE_BLITTER, ENGINE_CONTEXT_SWITCH);
    assert_int_equal(mmio_get(&f, 0x190018), 1 | 1 << 15);
    assert_int_equal(mmio_get(&f, 0x190010), 0x80000001);
    assert_true(f.condition);
    mmio_put(&f, 0x190070, 1 << 15);
    assert_int_equal(mmio_get(&f, 0x190060), 0x80000000 | 3 << 16 | 0x100);
    mmio_put(&f, 0x190060, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x190060), 0);
    mmio_put(&f, 0x190070, 1);
    assert_int_equal(mmio_get(&f, 0x190060), 0x80000001);
    mmio_put(&f, 0x190060, 0x80000000);
    /* Something new between reading and clearing is not lost. */
    interrupt_gt(f.model, ENGINE_RENDER, ENGINE_CONTEXT_SWITCH);
    mmio_put(&f, 0x190018, 1 | 1 << 15);
    assert_int_equal(mmio_get(&f, 0x190018), 1);
    assert_true(f.condition);
    mmio_put(&f, 0x190070, 1);
    mmio_put(&f, 0x190018, 1);
    assert_false(f.condition);
    /* An engine that has nothing gives no identity. */
    mmio_put(&f, 0x190060, 0x80000000);
    mmio_put(&f, 0x190074, 1);
    assert_int_equal(mmio_get(&f, 0x190064), 0);
}

static void test_gen11_display(void **state)
{
    open_group(0x44420);
    mmio_put(&f, 0x190010, 0x80000000);
    interrupt_pipe(f.model, 2, PIPE_EVENT_VBLANK);
    assert_int_equal(mmio_get(&f, 0x44200), 1 << 18);
    assert_false(f.condition);
    mmio_put(&f, 0x44200, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x190010), 0x80010000);
    assert_true(f.condition);
    mmio_put(&f, 0x190010, 0);
    assert_false(f.condition);
}

#define TEST(name, start) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_haswell_gt, start_haswell),
        TEST(test_haswell_pch, start_haswell),
        TEST(test_haswell_pipe, start_haswell),
        TEST(test_sandy_bridge_pipe, start_sandy_bridge),
        TEST(test_broadwell_gt, start_broadwell),
        TEST(test_gen11_identity, start_tiger_lake),
        TEST(test_gen11_display, start_tiger_lake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
