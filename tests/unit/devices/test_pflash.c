/* test_pflash.c: the flash chip: commands, what is mapped when, what is told. */
#include "fake_board.h"

#include "devices/device.h" /* free */
#include "devices/pflash.h" /* under test */

#include <stdlib.h> /* aligned_alloc */
#include <string.h> /* memset */

#define BASE 0xffc00000ull
#define SIZE (4 * PFLASH_BLOCK)

struct fixture {
    struct fake_board *fake;
    struct device *flash;
    uint8_t *bytes;
    unsigned told; /* how often */
    uint32_t offset, size;
};

static void written(void *opaque, uint32_t offset, uint32_t size)
{
    struct fixture *f = opaque;
    f->told++;
    f->offset = offset;
    f->size = size;
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->bytes = aligned_alloc(PFLASH_BLOCK, SIZE);
    memset(f->bytes, 0x5a, SIZE);
    const struct pflash_config config = { BASE, SIZE, f->bytes, written, f };
    f->flash = pflash_new(&f->fake->board, &config, NULL);
    assert_non_null(f->flash);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->flash->free(f->flash);
    assert_int_equal(fake_map_count(f->fake), 0);
    fake_board_free(f->fake);
    free(f->bytes);
    test_free(f);
    return 0;
}

static bool is_mapped(const struct fixture *f)
{
    const struct fake_map *map = fake_map_at(f->fake, BASE);
    if (!map)
        return false;
    assert_int_equal(map->size, SIZE);
    assert_ptr_equal(map->host, f->bytes);
    assert_int_equal(map->flags, BOARD_MAP_READ_ONLY);
    return true;
}

static void command(struct fixture *f, uint32_t offset, uint8_t code)
{
    fake_write(f->fake, BASE + offset, code, 1);
}

static uint64_t reads(struct fixture *f, uint32_t offset)
{
    return fake_read(f->fake, BASE + offset, 1);
}

static void test_reads_array(void **state)
{
    struct fixture *f = *state;
    assert_true(is_mapped(f));
    assert_int_equal(reads(f, 0), 0x5a);
    f->bytes[SIZE - 1] = 1;
    assert_int_equal(reads(f, SIZE - 1), 1);
    assert_int_equal(fake_read(f->fake, BASE + SIZE - 4, 4), 0x015a5a5a);
}

/* How OVMF finds out what is there (QemuFlashDetected). */
static void test_is_found(void **state)
{
    struct fixture *f = *state;
    command(f, 8, 0x50);
    assert_int_equal(reads(f, 8), 0x5a); /* neither 50, as RAM */
    command(f, 8, 0x70);
    assert_false(is_mapped(f));
    assert_int_equal(reads(f, 8), 0); /* nor 5a, as ROM, nor 70 */
    command(f, 8, 0xff);
    assert_true(is_mapped(f));
    assert_int_equal(reads(f, 8), 0x5a);
    assert_int_equal(f->told, 0);
}

static void test_programs(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 3; i++) {
        command(f, 0x1001 + i, i ? 0x10 : 0x40);
        assert_false(is_mapped(f));
        command(f, 0x1001 + i, (uint8_t)(0xa0 + i));
        assert_int_equal(f->told, i + 1);
        assert_int_equal(f->offset, 0x1001 + i);
        assert_int_equal(f->size, 1);
        assert_int_equal(reads(f, 0), 0x80); /* ready */
    }
    command(f, 0x1001, 0xff);
    assert_true(is_mapped(f));
    assert_int_equal(fake_read(f->fake, BASE + 0x1000, 4), 0xa2a1a05a);
    /* Data are no commands. */
    command(f, 0, 0x10);
    command(f, 0, 0x20);
    command(f, 0, 0xff);
    assert_int_equal(reads(f, 0), 0x20);
}

static void test_erases(void **state)
{
    struct fixture *f = *state;
    command(f, 0x2345, 0x20);
    command(f, 0x2345, 0xd0);
    assert_int_equal(f->told, 1);
    assert_int_equal(f->offset, 0x2000);
    assert_int_equal(f->size, PFLASH_BLOCK);
    assert_int_equal(reads(f, 0), 0x80);
    command(f, 0, 0xff);
    assert_int_equal(reads(f, 0x1fff), 0x5a);
    assert_int_equal(reads(f, 0x2000), 0xff);
    assert_int_equal(reads(f, 0x2fff), 0xff);
    assert_int_equal(reads(f, 0x3000), 0x5a);
}

static void test_no_such_sequence(void **state)
{
    struct fixture *f = *state;
    command(f, 0, 0x20);
    command(f, 0, 0x10);
    assert_int_equal(reads(f, 0), 0x80 | 0x30);
    command(f, 0, 0x50);
    command(f, 0, 0x70);
    assert_int_equal(reads(f, 0), 0);
    command(f, 0, 0xe8); /* no command here: the array is read */
    assert_true(is_mapped(f));
    assert_int_equal(f->told, 0);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    command(f, 0, 0x10);
    f->flash->reset(f->flash);
    assert_true(is_mapped(f));
    command(f, 0, 0xff); /* no data any more */
    assert_int_equal(f->told, 0);
    assert_int_equal(reads(f, 0), 0x5a);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_array), TEST(test_is_found),         TEST(test_programs),
        TEST(test_erases),      TEST(test_no_such_sequence), TEST(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
