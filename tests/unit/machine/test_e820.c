/* test_e820.c: the memory map as the firmware reads it. */
#include "base/bytes.h"    /* load64 */
#include "base/error.h"    /* struct error */
#include "fw_cfg_reader.h" /* the guest's view */
#include "machine/e820.h"  /* what is tested */

#include <stdlib.h> /* free */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

static void check_entry(const uint8_t *table, unsigned index, uint64_t address,
                        uint64_t size, uint32_t type)
{
    const uint8_t *entry = table + (size_t)index * 20;
    assert_int_equal(load64(entry), address);
    assert_int_equal(load64(entry + 8), size);
    assert_int_equal(load32(entry + 16), type);
}

static void test_blocks_and_reserved(void **state)
{
    struct fw_cfg_fixture *fixture = *state;
    struct guest_memory memory = {
        .count = 4,
        .blocks = { { .address = 0, .size = 1 * MIB },
                    { .address = 1 * MIB, .size = 255 * MIB },
                    { .address = 3 * GIB, .size = 64 * MIB },
                    { .address = 4 * GIB, .size = 1 * GIB } },
    };
    const struct e820_range reserved[] = { { 0xfeffc000, 0x4000, E820_RESERVED },
                                           { 0x1000, 0, E820_RESERVED } };
    struct error err = { 0 };
    assert_int_equal(e820_build(fixture->fw_cfg, &memory, reserved, 2, &err), 0);
    size_t size;
    uint8_t *table = fw_cfg_read_file(fixture, "etc/e820", &size);
    assert_non_null(table);
    assert_int_equal(size, 4 * 20);
    check_entry(table, 0, 0, 256 * MIB, E820_RAM);
    check_entry(table, 1, 3 * GIB, 64 * MIB, E820_RAM);
    check_entry(table, 2, 4 * GIB, 1 * GIB, E820_RAM);
    check_entry(table, 3, 0xfeffc000, 0x4000, E820_RESERVED);
    free(table);
    assert_int_equal(e820_build(fixture->fw_cfg, &memory, NULL, 0, &err), -EEXIST);
}

static void test_too_many(void **state)
{
    struct fw_cfg_fixture *fixture = *state;
    struct guest_memory memory = { .count = 1,
                                   .blocks = { { .address = 0, .size = MIB } } };
    struct e820_range reserved[64];
    struct error err = { 0 };
    for (unsigned i = 0; i < ARRAY_SIZE(reserved); i++)
        reserved[i] = (struct e820_range){ GIB + i * MIB, 4096, E820_RESERVED };
    assert_int_equal(e820_build(fixture->fw_cfg, &memory, reserved, 64, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "etc/e820"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blocks_and_reserved, fw_cfg_fixture_setup,
                                        fw_cfg_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_too_many, fw_cfg_fixture_setup,
                                        fw_cfg_fixture_teardown),
    };
    return cmocka_run_group_tests_name("e820", tests, NULL, NULL);
}
