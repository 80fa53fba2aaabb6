/* test_registers.c: BAR0, the IOBAR pair, the GTT and the aperture, interrupts. */
#include "fixture.h" /* the model */

#include "base/bytes.h" /* loads */

#define GTT 0x800000

static struct fixture f;

static int start(void **state)
{
    fixture_start(&f, false, 0);
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

static void test_plain_memory(void **state)
{
    static const unsigned sizes[] = { 1, 2, 4, 8 };
    assert_int_equal(mmio_get(&f, 0x12340), 0);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t value = 0x8877665544332211ULL & all_ones(sizes[i]);
        put(&f, 0, 0x20000 + 16 * i, sizes[i], value);
        assert_int_equal(get(&f, 0, 0x20000 + 16 * i, sizes[i]), value);
        assert_int_equal(get(&f, 0, 0x20008 + 16 * i, 4), 0);
    }
    mmio_put(&f, 0x7ffffc, 0xa5a5a5a5);
    assert_int_equal(mmio_get(&f, 0x7ffffc), 0xa5a5a5a5);
    assert_int_equal(mmio_get(&f, GTT), 0);
}

static void test_mirrors(void **state)
{
    assert_int_equal(mmio_get(&f, 0x108040), 0x02c1);
    assert_int_equal(mmio_get(&f, 0x1080c0), 0);
    assert_int_equal(mmio_get(&f, 0x1082c0), 0);
    config_put(&f, 0x5c, 4, 0x7b800000);
    assert_int_equal(mmio_get(&f, 0x1080c0), 0x7b800001);
    assert_int_equal(get(&f, 0, 0x1080c0, 8), 0x7b800001);
    assert_int_equal(get(&f, 0, 0x1080c2, 2), 0x7b80);
    assert_int_equal(get(&f, 0, 0x1080c3, 1), 0x7b);
    /* The last of 64 MiB, from there to the end, enabled. */
    assert_int_equal(mmio_get(&f, 0x1082c0), 0x7f700001);
    assert_int_equal(mmio_get(&f, 0x108100), 0); /* not on this generation */
    mmio_put(&f, 0x108040, 0);
    mmio_put(&f, 0x1080c0, 0);
    mmio_put(&f, 0x1082c0, 0);
    put(&f, 0, 0x108041, 1, 0xff);
    assert_int_equal(mmio_get(&f, 0x108040), 0x02c1);
    assert_int_equal(mmio_get(&f, 0x1080c0), 0x7b800001);
    assert_int_equal(mmio_get(&f, 0x1082c0), 0x7f700001);
}

static void test_iobar(void **state)
{
    put(&f, 4, 0, 4, 0x108040);
    assert_int_equal(get(&f, 4, 0, 4), 0x108040);
    assert_int_equal(get(&f, 4, 4, 4), 0x02c1);
    put(&f, 4, 0, 4, 0x3000);
    put(&f, 4, 4, 4, 0xcafef00d);
    assert_int_equal(mmio_get(&f, 0x3000), 0xcafef00d);
    put(&f, 4, 5, 1, 0x11);
    assert_int_equal(mmio_get(&f, 0x3000), 0xcafe110d);
    assert_int_equal(get(&f, 4, 6, 2), 0xcafe);
    /* Bit 0: the GTT; low and high half of entry 2. */
    put(&f, 4, 0, 4, 16 + 1);
    put(&f, 4, 4, 4, 0x12345001);
    put(&f, 4, 0, 4, 20 + 1);
    put(&f, 4, 4, 4, 0x7);
    assert_int_equal(get(&f, 0, GTT + 16, 8), 0x712345001);
    put(&f, 4, 0, 4, GTT - 4 + 1);
    put(&f, 4, 4, 4, 0x99);
    assert_int_equal(mmio_get(&f, 2 * GTT - 4), 0x99);
    /* Nothing there: other selectors, and past either half. */
    static const uint32_t nothing[] = { 0x3002,  0x3003,     GTT,
                                        GTT + 1, 0xfffffffc, 0xfffffffd };
    for (unsigned i = 0; i < ARRAY_SIZE(nothing); i++) {
        put(&f, 4, 0, 4, nothing[i]);
        put(&f, 4, 4, 4, 0);
        assert_int_equal(get(&f, 4, 4, 4), 0xffffffff);
        assert_int_equal(get(&f, 4, 7, 1), 0xff);
    }
    assert_int_equal(get(&f, 4, 8, 4), 0xffffffff);
    put(&f, 4, 60, 4, 0);
    put(&f, 4, 0, 2, 0x3000);
    put(&f, 4, 2, 2, 0);
    assert_int_equal(get(&f, 4, 4, 4), 0xcafe110d);
}

static void map_page(unsigned page, uint64_t address, unsigned flags)
{
    put(&f, 0, GTT + page * 8, 8, address | flags);
}

static void test_aperture(void **state)
{
    map_page(3, FIXTURE_MEMORY_BASE + 0x2000, 1 | 0xffe); /* other bits are ignored */
    put(&f, 2, 3 * 4096 + 0x10, 8, 0x1122334455667788);
    assert_int_equal(load64(f.memory + 0x2010), 0x1122334455667788);
    f.memory[0x2fff] = 0x5a;
    assert_int_equal(get(&f, 2, 4 * 4096 - 1, 1), 0x5a);
    /* Across a page that is not there. */
    assert_int_equal(get(&f, 2, 4 * 4096 - 1, 2), 0xff5a);
    put(&f, 2, 4 * 4096 - 1, 2, 0x3344);
    assert_int_equal(f.memory[0x2fff], 0x44);
    assert_int_equal(model_counters(f.model).aperture_faults, 2);
    /* An entry that is not valid; one that leads nowhere; bits above 38. */
    map_page(5, FIXTURE_MEMORY_BASE, 0);
    assert_int_equal(get(&f, 2, 5 * 4096, 4), 0xffffffff);
    map_page(6, 0x7ffffff000, 1);
    assert_int_equal(get(&f, 2, 6 * 4096, 4), 0xffffffff);
    put(&f, 2, 6 * 4096, 4, 0);
    map_page(7, FIXTURE_MEMORY_BASE + 0x2000, 1);
    put(&f, 0, GTT + 7 * 8 + 7, 1, 0xff);
    assert_int_equal(get(&f, 2, 7 * 4096 + 0x10, 8), 0x1122334455667788);
    /* The last page of the aperture. */
    map_page(65535, FIXTURE_MEMORY_BASE + 0x3000, 1);
    put(&f, 2, 0x10000000 - 4, 4, 0x77665544);
    assert_int_equal(load32(f.memory + 0x3ffc), 0x77665544);
}

static void run_pipe(void)
{
    mmio_put(&f, 0x44404, 0xfffffffe);
    mmio_put(&f, 0x4440c, 1);
    mmio_put(&f, 0x44200, 0x80000000);
    mmio_put(&f, 0x70008, 0x80000000);
}

static void test_pipe(void **state)
{
    assert_int_equal(f.period, 0);
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    mmio_put(&f, 0x70008, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x70008), 0xc0000000);
    assert_in_range(f.period, 16600000, 16700000);
    model_frame(f.model);
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x70040), 2);
    mmio_put(&f, 0x70040, 0);
    assert_int_equal(mmio_get(&f, 0x70040), 2);
    put(&f, 0, 0x7000b, 1, 0);
    assert_int_equal(mmio_get(&f, 0x70008), 0);
    assert_int_equal(f.period, 0);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    mmio_put(&f, 0x70008, 0x80000000);
    model_reset(f.model);
    assert_int_equal(f.period, 0);
    assert_int_equal(mmio_get(&f, 0x70008), 0);
}

static void test_interrupt_masks(void **state)
{
    /* Masked: the event is lost. */
    mmio_put(&f, 0x70008, 0x80000000);
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x44408), 0);
    /* Unmasked, not enabled: it stays, and nothing is asserted. */
    mmio_put(&f, 0x44404, 0xfffffffe);
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x44408), 1);
    assert_int_equal(mmio_get(&f, 0x44200), 0);
    mmio_put(&f, 0x4440c, 1);
    assert_int_equal(mmio_get(&f, 0x44200), 0x00010000);
    assert_false(f.condition);
    mmio_put(&f, 0x44200, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x44200), 0x80010000);
    assert_true(f.condition);
    assert_true(f.pin);
    assert_true(config_get(&f, 0x06, 2) & 8);
    /* Writing 0 clears nothing, 1 does; the master's pending bits are not writable. */
    mmio_put(&f, 0x44408, 0);
    mmio_put(&f, 0x44200, 0x80000000);
    assert_true(f.condition);
    mmio_put(&f, 0x44408, 0xffffffff);
    assert_int_equal(mmio_get(&f, 0x44408), 0);
    assert_int_equal(mmio_get(&f, 0x44200), 0x80000000);
    assert_false(f.condition);
    assert_false(f.pin);
    assert_false(config_get(&f, 0x06, 2) & 8);
}

static void test_intx(void **state)
{
    run_pipe();
    model_frame(f.model);
    assert_true(f.pin);
    config_put(&f, 0x04, 2, 0x0400); /* INTx off */
    assert_false(f.pin);
    assert_true(f.condition);
    config_put(&f, 0x04, 2, 0);
    assert_true(f.pin);
    model_set_msi(f.model, true);
    assert_false(f.pin);
    assert_int_equal(config_get(&f, 0xae, 2), 1);
    model_reset(f.model);
    assert_false(f.pin);
    assert_false(f.condition);
    assert_false(model_interrupt_pending(f.model));
}

static void test_msi_edges(void **state)
{
    model_set_msi(f.model, true);
    run_pipe();
    for (unsigned frame = 1; frame <= 3; frame++) {
        model_frame(f.model);
        model_frame(f.model); /* a second one before the first was handled adds none */
        assert_int_equal(f.messages, frame);
        mmio_put(&f, 0x44200, 0);
        mmio_put(&f, 0x44408, mmio_get(&f, 0x44408));
        mmio_put(&f, 0x44200, 0x80000000);
    }
    /* Something new between clearing and enabling makes an edge. */
    mmio_put(&f, 0x44200, 0);
    model_frame(f.model);
    assert_int_equal(f.messages, 3);
    mmio_put(&f, 0x44200, 0x80000000);
    assert_int_equal(f.messages, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain_memory), TEST(test_mirrors),   TEST(test_iobar),
        TEST(test_aperture),     TEST(test_pipe),      TEST(test_interrupt_masks),
        TEST(test_intx),         TEST(test_msi_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
