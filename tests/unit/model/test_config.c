/* test_config.c: the config space of the model. */
#include "fixture.h" /* the model */

#include <errno.h> /* EINVAL */

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

static void test_identity(void **state)
{
    assert_int_equal(config_get(&f, 0x00, 4), 0x19128086);
    assert_int_equal(config_get(&f, 0x08, 4), 0x03000006);
    assert_int_equal(config_get(&f, 0x2c, 4), 0x22128086);
    assert_int_equal(config_get(&f, 0x3d, 1), 1);
    config_put(&f, 0x00, 4, 0);
    config_put(&f, 0x08, 4, 0);
    assert_int_equal(config_get(&f, 0x00, 4), 0x19128086);
    assert_int_equal(config_get(&f, 0x08, 4), 0x03000006);
    /* Nothing beyond the first 256 bytes. */
    assert_int_equal(config_get(&f, 0x100, 4), 0);
    config_put(&f, 0x100, 4, 0xffffffff);
    assert_int_equal(config_get(&f, 0x100, 4), 0);
}

static void test_capability_list(void **state)
{
    static const struct {
        uint8_t offset, id;
    } expected[] = { { 0x40, 0x09 }, { 0x70, 0x10 }, { 0xac, 0x05 }, { 0xd0, 0x01 } };
    uint64_t at = config_get(&f, 0x34, 1);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(at, expected[i].offset);
        assert_int_equal(config_get(&f, at, 1), expected[i].id);
        at = config_get(&f, at + 1, 1);
    }
    assert_int_equal(at, 0);
    assert_true(config_get(&f, 0x06, 2) & 0x10);
    assert_int_equal(config_get(&f, 0x72, 2), 0x0092);        /* RCiEP, version 2 */
    assert_true(config_get(&f, 0x74, 4) & 0x10000000);        /* FLR */
    assert_int_equal(config_get(&f, 0xae, 2) & 0x008e, 0x00); /* 32 bits, one vector */
}

static void test_bar_sizing(void **state)
{
    static const struct {
        unsigned offset;
        uint32_t sized;
    } rows[] = {
        { 0x10, 0xff000004 }, { 0x14, 0xffffffff }, { 0x18, 0xf000000c },
        { 0x1c, 0xffffffff }, { 0x20, 0x0000ffc1 }, { 0x24, 0 },
        { 0x30, 0 },
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        config_put(&f, rows[i].offset, 4, 0xffffffff);
        assert_int_equal(config_get(&f, rows[i].offset, 4), rows[i].sized);
    }
    config_put(&f, 0x10, 4, 0xfd000000);
    assert_int_equal(config_get(&f, 0x10, 4), 0xfd000004);
    config_put(&f, 0x13, 1, 0xab);
    assert_int_equal(config_get(&f, 0x10, 4), 0xab000004);
}

static void test_command(void **state)
{
    config_put(&f, 0x04, 2, 0xffff);
    assert_int_equal(config_get(&f, 0x04, 2), 0x0407);
    config_put(&f, 0x3c, 1, 0x0b);
    assert_int_equal(config_get(&f, 0x3c, 2), 0x010b);
}

static void test_ggc_is_locked(void **state)
{
    assert_int_equal(config_get(&f, 0x50, 2), 0x02c1);
    config_put(&f, 0x50, 2, 0);
    config_put(&f, 0x51, 1, 0xff);
    assert_int_equal(config_get(&f, 0x50, 2), 0x02c1);
    assert_int_equal(config_get(&f, 0x62, 1), 1); /* 256 MiB aperture */
}

static void test_bdsm_locks_itself(void **state)
{
    assert_int_equal(config_get(&f, 0x5c, 4), 0);
    config_put(&f, 0x5c, 4, 0); /* zero locks nothing */
    config_put(&f, 0x5c, 4, 0x000fffff);
    assert_int_equal(config_get(&f, 0x5c, 4) & ~1u, 0);
    config_put(&f, 0x5c, 4, 0x7b800000);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x7b800001);
    assert_int_equal(config_get(&f, 0x5e, 2), 0x7b80);
    assert_int_equal(config_get(&f, 0xf0, 4), 0x7b000000);
    config_put(&f, 0x5c, 4, 0x10000000);
    config_put(&f, 0x5f, 1, 0x10);
    config_put(&f, 0xf0, 4, 0);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x7b800001);
    assert_int_equal(config_get(&f, 0xf0, 4), 0x7b000000);
    model_reset(f.model);
    config_put(&f, 0x5c, 4, 0x10000000);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x7b800001);
    model_power_on(f.model);
    assert_int_equal(config_get(&f, 0x5c, 4), 0);
    assert_int_equal(config_get(&f, 0xf0, 4), 0);
    config_put(&f, 0x5c, 4, 0x10000000);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x10000001);
}

static void test_doorbells_are_counted(void **state)
{
    config_put(&f, 0xe8, 2, 0x8001);
    config_put(&f, 0xe8, 2, 0x8000);
    config_put(&f, 0xe0, 2, 1);
    config_put(&f, 0xe4, 4, 0x12345678);
    config_put(&f, 0xe5, 1, 0);
    config_put(&f, 0xe4, 1, 0);
    struct model_counters counters = model_counters(f.model);
    assert_int_equal(counters.swsci, 2);
    assert_int_equal(counters.swsmi, 1);
    assert_int_equal(counters.asle, 3);
    assert_int_equal(config_get(&f, 0xe4, 4), 0x12340000);
    config_get(&f, 0xe8, 2);
    config_put(&f, 0xfc, 4, 1);
    assert_int_equal(model_counters(f.model).swsci, 2);
}

static void test_function_level_reset(void **state)
{
    config_put(&f, 0x04, 2, 7);
    config_put(&f, 0x10, 4, 0xfd000000);
    config_put(&f, 0x5c, 4, 0x7b800000);
    config_put(&f, 0xfc, 4, 0x7b7fd018);
    config_put(&f, 0xae, 2, 1);
    mmio_put(&f, 0x2000, 0x1234);
    mmio_put(&f, 0x800000, 0x5678);
    put(&f, MODEL_REGION_BAR4, 0, 4, 0x2000);

    config_put(&f, 0x78, 2, 0x0010); /* device control without the reset bit */
    assert_int_equal(config_get(&f, 0x04, 2), 7);
    config_put(&f, 0x78, 1, 0x80); /* the bit of the other byte */
    assert_int_equal(config_get(&f, 0x04, 2), 7);
    config_put(&f, 0x79, 1, 0x80);
    assert_int_equal(model_counters(f.model).function_resets, 1);
    assert_int_equal(config_get(&f, 0x78, 2), 0);
    assert_int_equal(config_get(&f, 0x04, 2), 0);
    assert_int_equal(config_get(&f, 0x10, 4), 0x00000004);
    assert_int_equal(config_get(&f, 0xae, 2), 0);
    assert_int_equal(config_get(&f, 0x50, 2), 0x02c1);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x7b800001);
    assert_int_equal(config_get(&f, 0xfc, 4), 0x7b7fd018);
    assert_int_equal(mmio_get(&f, 0x2000), 0);
    assert_int_equal(mmio_get(&f, 0x800000), 0);
    assert_int_equal(mmio_get(&f, 0x44404), 0xffffffff);
    assert_int_equal(get(&f, MODEL_REGION_BAR4, 0, 4), 0);

    config_put(&f, 0x78, 4, 0x8000);
    assert_int_equal(model_counters(f.model).function_resets, 2);
}

static void test_out_of_bounds(void **state)
{
    uint8_t bytes[16];
    const unsigned regions[] = { 0, 2, 4, 7 };
    for (unsigned i = 0; i < 4; i++) {
        uint64_t size = model_region(f.model, regions[i]).size;
        assert_true(size > 0);
        assert_int_equal(model_read(f.model, regions[i], size - 1, bytes, 1), 0);
        assert_int_equal(model_read(f.model, regions[i], size, bytes, 1), -EINVAL);
        assert_int_equal(model_read(f.model, regions[i], size - 1, bytes, 2), -EINVAL);
        assert_int_equal(model_write(f.model, regions[i], size - 3, bytes, 4), -EINVAL);
        assert_int_equal(model_read(f.model, regions[i], UINT64_MAX, bytes, 2),
                         -EINVAL);
    }
    assert_int_equal(model_read(f.model, 1, 0, bytes, 1), -EINVAL);
    assert_int_equal(model_read(f.model, 6, 0, bytes, 1), -EINVAL);
    assert_int_equal(model_read(f.model, 8, 0xb8000, bytes, 1), -EINVAL);
    assert_int_equal(model_read(f.model, 9, 0, bytes, 1), -EINVAL);
    assert_int_equal(model_read(f.model, 0xffffffff, 0, bytes, 1), -EINVAL);
    /* Odd sizes and places come apart into pieces. */
    uint8_t whole[64], odd[7];
    assert_int_equal(model_read(f.model, 7, 0, whole, sizeof(whole)), 0);
    assert_int_equal(model_read(f.model, 7, 0x2b, odd, sizeof(odd)), 0);
    assert_memory_equal(odd, whole + 0x2b, sizeof(odd));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_identity),
        TEST(test_capability_list),
        TEST(test_bar_sizing),
        TEST(test_command),
        TEST(test_ggc_is_locked),
        TEST(test_bdsm_locks_itself),
        TEST(test_doorbells_are_counted),
        TEST(test_function_level_reset),
        TEST(test_out_of_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
