/* test_guest_memory.c: finding and copying guest RAM, at and across its edges. */
#include "devices/guest_memory.h" /* what is tested */

#include <errno.h>  /* EFAULT */
#include <string.h> /* memset */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

static uint8_t low[16], next[16], far[16];

/* Two blocks side by side, one apart. */
static const struct guest_memory memory = {
    .count = 3,
    .blocks = { { 0x1000, 16, low, -1, 0 },
                { 0x1010, 16, next, -1, 0 },
                { 0x100000000, 16, far, -1, 0 } },
};

static void test_at(void **state)
{
    assert_ptr_equal(guest_memory_at(&memory, 0x1000, 16), low);
    assert_ptr_equal(guest_memory_at(&memory, 0x100f, 1), low + 15);
    assert_ptr_equal(guest_memory_at(&memory, 0x101f, 0), next + 15);
    assert_null(guest_memory_at(&memory, 0x100f, 2));
    assert_null(guest_memory_at(&memory, 0xfff, 1));
    assert_null(guest_memory_at(&memory, 0x1020, 0));
    assert_null(guest_memory_at(&memory, 0x1008, UINT64_MAX));
    assert_null(guest_memory_at(&memory, UINT64_MAX, 1));
}

static void test_copies_cross_blocks(void **state)
{
    char back[9] = "";
    assert_int_equal(guest_memory_write(&memory, 0x100c, "abcdefgh", 8), 0);
    assert_memory_equal(low + 12, "abcd", 4);
    assert_memory_equal(next, "efgh", 4);
    assert_int_equal(guest_memory_read(&memory, 0x100c, back, 8), 0);
    assert_string_equal(back, "abcdefgh");
    assert_int_equal(guest_memory_zero(&memory, 0x100d, 6), 0);
    assert_int_equal(guest_memory_read(&memory, 0x100c, back, 8), 0);
    assert_memory_equal(back, "a\0\0\0\0\0\0h", 8);
}

static void test_failures_copy_nothing(void **state)
{
    char back[8] = "before!";
    memset(next, 0x55, sizeof(next));
    assert_int_equal(guest_memory_write(&memory, 0x101c, "abcdefgh", 8), -EFAULT);
    assert_int_equal(guest_memory_zero(&memory, 0x101c, 8), -EFAULT);
    assert_int_equal(next[15], 0x55);
    assert_int_equal(guest_memory_read(&memory, 0x10000000c, back, 8), -EFAULT);
    assert_string_equal(back, "before!");
    assert_int_equal(guest_memory_read(&memory, UINT64_MAX - 3, back, 8), -EFAULT);
    assert_int_equal(guest_memory_zero(&memory, 0x1000, UINT64_MAX), -EFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at),
        cmocka_unit_test(test_copies_cross_blocks),
        cmocka_unit_test(test_failures_copy_nothing),
    };
    return cmocka_run_group_tests_name("guest_memory", tests, NULL, NULL);
}
