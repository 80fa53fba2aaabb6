/* test_bytes.c: loads, stores, rounding and range checks at their edges. */
#include "base/bytes.h" /* what is tested */

#include <setjmp.h> /* cmocka */
#include <stdarg.h> /* cmocka */
#include <stddef.h> /* cmocka */
#include <stdint.h> /* cmocka */

#include <cmocka.h>

static void test_loads_and_stores(void **state)
{
    (void)state;
    uint8_t bytes[9] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99 };

    assert_int_equal(load16(bytes + 1), 0x3322);
    assert_int_equal(load32(bytes + 1), 0x55443322);
    assert_int_equal(load64(bytes + 1), 0x9988776655443322ull);
    for (unsigned size = 1; size <= 8; size++) {
        uint8_t copy[9] = { 0 };
        uint64_t value = load_sized(bytes, size);
        assert_int_equal(value & ~all_ones(size), 0);
        store_sized(copy, value, size);
        assert_memory_equal(copy, bytes, size);
        assert_int_equal(copy[size], 0);
    }
}

static void test_rounding(void **state)
{
    (void)state;
    assert_int_equal(round_up(0, 0x1000), 0);
    assert_int_equal(round_up(1, 0x1000), 0x1000);
    assert_int_equal(round_up(0x1000, 0x1000), 0x1000);
    assert_int_equal(round_down(0x1fff, 0x1000), 0x1000);
    assert_true(is_power_of_two(1));
    assert_true(is_power_of_two(1ull << 63));
    assert_false(is_power_of_two(0));
    assert_false(is_power_of_two(3));
}

static void test_ranges(void **state)
{
    (void)state;
    assert_true(range_inside(0, 0, 0));
    assert_true(range_inside(4, 4, 8));
    assert_false(range_inside(5, 4, 8));
    assert_false(range_inside(9, 0, 8));
    assert_false(range_inside(UINT64_MAX, 2, 8));
    assert_false(range_inside(2, UINT64_MAX, 8));
    assert_true(ranges_overlap(0, 2, 1, 1));
    assert_false(ranges_overlap(0, 2, 2, 1));
    assert_false(ranges_overlap(2, 1, 0, 2));
}

static void test_sum(void **state)
{
    (void)state;
    const uint8_t bytes[] = { 0xff, 0x02, 0x10 };
    assert_int_equal(byte_sum(bytes, 0), 0);
    assert_int_equal(byte_sum(bytes, 3), 0x11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads_and_stores),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
