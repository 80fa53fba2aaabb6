/* test_colour.c: look-up tables and matrices of pipes, as drivers of each chip load
 * them. */
#include "fixture.h" /* the model */

#include "model/colour.h" /* under test */
#include "model/state.h"  /* struct model */

#define PLANE_GAMMA   0x40000000u /* of PLANE_CTL, DSPCNTR */
#define PLANE_MATRIX  0x00800000u
#define PLANE_ON      0x80000000u
#define BEFORE_TABLES 2u /* the matrix */
#define ONE           0x7800u
#define MINUS_HALF    0x8800u

static struct fixture f;

static void start(const char *chip)
{
    fixture_start_chip(&f, chip, false, 0);
}

/* The pipe's whole picture is of this colour; what comes out. */
static uint32_t through(unsigned pipe, uint32_t colour)
{
    struct scanout_pipe shown;
    scanout_get(f.model, pipe, &shown);
    if (shown.transform)
        colour_apply(shown.transform, &colour, 1);
    return colour;
}

static bool is_untouched(unsigned pipe)
{
    struct scanout_pipe shown;
    scanout_get(f.model, pipe, &shown);
    return !shown.transform;
}

static void enable_plane(unsigned pipe, uint32_t bits)
{
    mmio_put(&f, 0x70180 + 0x1000 * pipe, PLANE_ON | bits);
    mmio_put(&f, 0x7019c + 0x1000 * pipe, 0x1000);
}

static void load_palette(unsigned pipe, bool inverted)
{
    for (uint32_t i = 0; i < 256; i++)
        mmio_put(&f, 0x4a000 + 0x800 * pipe + 4 * i,
                 (inverted ? 255 - i : i) * 0x010101);
}

static void load_matrix(unsigned pipe, const uint16_t matrix[9])
{
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t at = 0x49010 + 0x100 * pipe + 8 * i;
        mmio_put(&f, at, (uint32_t)matrix[3 * i] << 16 | matrix[3 * i + 1]);
        mmio_put(&f, at + 4, (uint32_t)matrix[3 * i + 2] << 16);
    }
}

static const uint16_t exchange[9] = { 0, 0, ONE, 0, ONE, 0, ONE, 0, 0 };

static void test_palette(void **state)
{
    start("skylake");
    assert_true(is_untouched(1));
    load_palette(1, true);
    enable_plane(1, 0); /* it does not ask for it */
    assert_true(is_untouched(1));
    enable_plane(1, PLANE_GAMMA);
    assert_int_equal(through(1, 0x102030), 0xefdfcf);
    assert_true(is_untouched(0));
    uint64_t serial = scanout_serial(f.model, 1);
    load_palette(1, false);
    assert_true(scanout_serial(f.model, 1) > serial);
    assert_true(is_untouched(1));
    fixture_stop(&f);
}

/* The table behind an index that moves on by itself, and is read back the same way. */
static void test_table(void **state)
{
    start("skylake");
    mmio_put(&f, 0x4a400, 0x8000);
    for (uint32_t i = 0; i < 1024; i++)
        mmio_put(&f, 0x4a404, (1023 - i) << 20 | i << 10 | (i < 512 ? 0 : 1023));
    mmio_put(&f, 0x4a400, 0x8000 | 1000);
    assert_int_equal(mmio_get(&f, 0x4a404), 23 << 20 | 1000 << 10 | 1023);
    assert_int_equal(mmio_get(&f, 0x4a404), 22 << 20 | 1001 << 10 | 1023);
    assert_int_equal(mmio_get(&f, 0x4a400), 0x8000 | 1002);
    mmio_put(&f, 0x4a400, 7); /* this one does not */
    assert_int_equal(mmio_get(&f, 0x4a404), mmio_get(&f, 0x4a404));
    mmio_put(&f, 0x4a480, 1);
    enable_plane(0, PLANE_GAMMA);
    assert_int_equal(through(0, 0x10207f), 0xef2000);
    assert_int_equal(through(0, 0xff8080), 0x0080ff);
    fixture_stop(&f);
}

/* The table before or after the matrix, or one half each. */
static void test_order(void **state)
{
    start("broadwell");
    mmio_put(&f, 0x4a400, 0x8000);
    for (uint32_t i = 0; i < 1024; i++) /* red becomes black, in either half */
        mmio_put(&f, 0x4a404, (i & 511) << 11 | (i & 511) << 1);
    load_matrix(0, exchange);
    mmio_put(&f, 0x70180, PLANE_ON | PLANE_GAMMA | 0x01000000);
    mmio_put(&f, 0x7019c, 0x1000);
    mmio_put(&f, 0x4a480, 1);
    mmio_put(&f, 0x49028, 0);
    assert_int_equal(through(0, 0xff0000) & 0xff00ff, 0);
    assert_int_equal(through(0, 0x00003f) & 0xff00ff, 0x7e0000);
    mmio_put(&f, 0x49028, BEFORE_TABLES);
    assert_int_equal(through(0, 0x3f0000) & 0xff00ff, 0x00007e);
    assert_int_equal(through(0, 0x0000ff) & 0xff00ff, 0);
    mmio_put(&f, 0x4a480, 3); /* split: either way both */
    assert_int_equal(through(0, 0xff00ff), 0x000000);
    fixture_stop(&f);
}

static void test_matrix(void **state)
{
    static const uint16_t mixed[9] = { ONE, MINUS_HALF, 0, 0, 0x0800, 0, 0, 0, 0x3800 };
    start("skylake");
    load_matrix(0, exchange);
    enable_plane(0, PLANE_MATRIX);
    assert_int_equal(through(0, 0x112233), 0x332211);
    load_matrix(0, mixed); /* 1, -1/2; 1/2; 1/16 */
    assert_int_equal(through(0, 0xc08080), 0x804008);
    assert_int_equal(through(0, 0x20ff00), 0x008000); /* nothing is below black */
    fixture_stop(&f);
}

/* What is for the wire to the monitor shows the same on it. */
static void test_wire(void **state)
{
    static const uint16_t limited[9] = { 0x0dc0, 0, 0, 0, 0x0dc0, 0, 0, 0, 0x0dc0 };
    start("skylake");
    load_matrix(0, limited);
    for (uint32_t i = 0; i < 3; i++)
        mmio_put(&f, 0x49040 + 4 * i, 16 * 4096 / 255);
    enable_plane(0, PLANE_MATRIX);
    for (uint32_t i = 0; i < 256; i++)
        assert_int_equal(through(0, i * 0x010101), i * 0x010101);
    mmio_put(&f, 0x49040, 0x0800); /* luma and chroma */
    mmio_put(&f, 0x49044, 0x0100);
    mmio_put(&f, 0x49048, 0x0800);
    assert_true(is_untouched(0));
    fixture_stop(&f);
}

static void load_segments(uint32_t (*value)(uint32_t of))
{
    mmio_put(&f, 0x4a408, 0x8000);
    for (uint32_t i = 0; i < 9; i++) {
        mmio_put(&f, 0x4a40c, 0);
        mmio_put(&f, 0x4a40c, value(0) / 64 * 0x100401);
    }
    mmio_put(&f, 0x4a400, 0x8000);
    for (uint32_t i = 1; i <= 512;
         i++) { /* 256 fine steps from the first, 256 coarse */
        uint32_t v = value(i <= 256 ? i * 2 : (i - 257) * 256);
        mmio_put(&f, 0x4a404, (v & 63) * 0x1004010);
        mmio_put(&f, 0x4a404, (v >> 6) * 0x100401);
    }
    for (uint32_t i = 0; i < 3; i++)
        mmio_put(&f, 0x4a410 + 4 * i, value(0x10000));
}

static uint32_t linear(uint32_t of)
{
    return of > 0xffff ? 0xffff : of;
}

static uint32_t inverse(uint32_t of)
{
    return 0xffff - linear(of);
}

static void test_segments(void **state)
{
    start("ice-lake");
    mmio_put(&f, 0x4a480, 0x40000003);
    load_segments(inverse);
    assert_int_equal(through(0, 0x0001ff), 0xfffe00);
    assert_int_equal(through(0, 0x028040), 0xfd7fbf);
    load_segments(linear);
    assert_true(is_untouched(0));
    mmio_put(&f, 0x4a480, 3); /* switched off */
    load_segments(inverse);
    assert_true(is_untouched(0));
    fixture_stop(&f);
}

static void test_degamma(void **state)
{
    static const char *const chips[] = { "ice-lake", "alder-lake-p", "gemini-lake" };
    for (unsigned chip = 0; chip < 3; chip++) {
        start(chips[chip]);
        uint32_t steps = chip == 1 ? 128 : 32;
        mmio_put(&f, 0x4a484, 0);
        mmio_put(&f, 0x4a484, 0x400);
        for (uint32_t i = 0; i <= steps; i++)
            mmio_put(&f, 0x4a488, 0x10000 - i * (0x10000 / steps));
        mmio_put(&f, 0x4a480, 0x80000000);
        if (chip == 2) { /* there the matrix brings it */
            load_matrix(0, (const uint16_t[9]){ ONE, 0, 0, 0, ONE, 0, 0, 0, ONE });
            mmio_put(&f, 0x701cc, PLANE_MATRIX);
            enable_plane(0, 0);
        }
        assert_int_equal(through(0, 0x001234), 0xffedcb);
        fixture_stop(&f);
    }
}

/* Sandy Bridge has its table in registers; the pipe's configuration says how. */
static void test_old_table(void **state)
{
    start("sandy-bridge");
    for (uint32_t i = 0; i < 1024; i++)
        mmio_put(&f, 0x4c000 + 4 * i, (1023 - i) * 0x100401);
    mmio_put(&f, 0x71008, 1 << 24);
    mmio_put(&f, 0x49128, BEFORE_TABLES);
    enable_plane(1, PLANE_GAMMA);
    assert_int_equal(through(1, 0x102030), 0xefdfcf);
    mmio_put(&f, 0x71008, 0); /* its palette is all black */
    assert_int_equal(through(1, 0x102030), 0);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_palette), cmocka_unit_test(test_table),
        cmocka_unit_test(test_order),   cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_wire),    cmocka_unit_test(test_segments),
        cmocka_unit_test(test_degamma), cmocka_unit_test(test_old_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
