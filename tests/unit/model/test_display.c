/* test_display.c: power, clocks, pipes with their clock, planes as they are shown. */
#include "fixture.h" /* the model */

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/scanout.h" /* what is shown */
#include "model/state.h"   /* options */

#define MILLISECOND 1000000ULL

static struct fixture f;

static int start(void **state)
{
    fixture_start_monitors(&f, "skylake", "hdmi-b:1024x768,edp-a:1366x768");
    f.now = 1000 * MILLISECOND;
    return 0;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return 0;
}

static void test_power_wells(void **state)
{
    mmio_put(&f, 0x45404, 0x20000000); /* the driver asks for well 14 */
    for (uint32_t at = 0x45400; at <= 0x4540c; at += 4)
        assert_int_equal(mmio_get(&f, at) & 0x10000000, 0x10000000);
    assert_int_equal(mmio_get(&f, 0x45400), 0x10000000);
    mmio_put(&f, 0x45400, 0x20000000); /* firmware, too: it stays for either */
    mmio_put(&f, 0x45404, 0);
    assert_int_equal(mmio_get(&f, 0x45404), 0x10000000);
    mmio_put(&f, 0x45400, 0);
    assert_int_equal(mmio_get(&f, 0x45404), 0);
    assert_int_equal(mmio_get(&f, 0x42000) & 0x8e000000, 0x8e000000);
}

static void test_clocks(void **state)
{
    mmio_put(&f, 0x46010, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x46010), 0xc0000000);
    mmio_put(&f, 0x46040, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x6c060), 0x00010001);
    mmio_put(&f, 0x46010, 0x40000000); /* the lock cannot be written */
    assert_int_equal(mmio_get(&f, 0x46010), 0);
    assert_int_equal(mmio_get(&f, 0x6c060), 0x00010000);
}

static void test_mailbox(void **state)
{
    mmio_put(&f, 0x138128, 1);
    mmio_put(&f, 0x138124, 0x80000006); /* memory latencies, the second half */
    assert_int_equal(mmio_get(&f, 0x138124), 0);
    assert_int_equal(mmio_get(&f, 0x138128), 0x14120f0c);
    mmio_put(&f, 0x138128, 0x99);
    mmio_put(&f, 0x138124, 0x80000077); /* unknown: done, no answer */
    assert_int_equal(mmio_get(&f, 0x138128), 0);
}

/*
 * The memory's latencies up to Gen8, as Linux i915 reads them (display/i9xx_wm.c);
 * without one of them it sets no mode.
 */
static void test_latencies(void **state)
{
    static const struct {
        const char *chips[2];
        unsigned levels;
        struct {
            uint8_t first, bits, unit; /* 0.1 us */
        } fields[5];
        unsigned expected[5]; /* 0.1 us */
    } rows[] = {
        { { "sandy-bridge", "ivy-bridge" },
          4,
          { { 0, 6, 1 }, { 8, 6, 5 }, { 16, 6, 5 }, { 24, 6, 5 } },
          { 7, 20, 80, 160 } },
        { { "haswell", "broadwell" },
          5,
          { { 56, 8, 1 }, { 4, 8, 5 }, { 12, 8, 5 }, { 20, 9, 5 }, { 32, 9, 5 } },
          { 20, 20, 180, 450, 800 } },
    };
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        unsigned row = i / 2;
        fixture_stop(&f);
        fixture_start_chip(&f, rows[row].chips[i % 2], false, 0);
        uint64_t all = mmio_get(&f, 0x145d10) | mmio_get(&f, 0x145d14) << 32;
        for (unsigned level = 0; level < rows[row].levels; level++) {
            unsigned bits = rows[row].fields[level].bits;
            uint64_t field = all >> rows[row].fields[level].first & ((1u << bits) - 1);
            assert_int_equal(field * rows[row].fields[level].unit,
                             rows[row].expected[level]);
        }
    }
}

/* 1024x768 at 60 Hz on HDMI B: 65 MHz, 1344 by 806 in all. */
static void set_mode(void)
{
    mmio_put(&f, 0x60000, 1343 << 16 | 1023);
    mmio_put(&f, 0x6000c, 805 << 16 | 767);
    mmio_put(&f, 0x6001c, 1023 << 16 | 767);
    mmio_put(&f, 0x60400, 0x80000000 | 1 << 28);
    mmio_put(&f, 0x64100, 0x80000000);
    mmio_put(&f, 0x70008, 0x80000000);
}

static void test_clock(void **state)
{
    const uint64_t length = 1344ULL * 806 * 1000000 / 65000;
    set_mode();
    assert_int_equal(f.period, length);
    /* With HDMI the counter is two lines behind: blanking begins at 768. */
    assert_int_equal(mmio_get(&f, 0x70000), 766);
    f.now += length / 2;
    assert_int_equal(mmio_get(&f, 0x70000), 766 + 403 - 806);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    /* Whoever looks first, the count, the line and the interrupt agree. */
    mmio_put(&f, 0x44404, 0);
    f.now += length / 2 + 1;
    assert_int_equal(mmio_get(&f, 0x70000), 766);
    assert_int_equal(mmio_get(&f, 0x44408), 1);
    assert_int_equal(mmio_get(&f, 0x70040), 1);
    f.now += 10 * length;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x70040), 11);
    assert_in_range(f.period, 1, length);
    mmio_put(&f, 0x70008, 0);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    assert_int_equal(mmio_get(&f, 0x70000), 0);
    assert_int_equal(f.period, 0);
}

/* A vertical blank waits for a driver that is at work, and is never waited for. */
static void test_patience(void **state)
{
    const uint64_t length = 1344ULL * 806 * 1000000 / 65000;
    f.model->options.display_patience = 75;
    set_mode();
    f.now += length / 5;
    uint64_t line = mmio_get(&f, 0x70000);
    assert_int_equal(f.period, length); /* far enough away */
    f.now += length / 2;
    line = mmio_get(&f, 0x70000);
    assert_int_equal(f.period, length * 225 / 100);
    /* The beam is where it was, and slower from here on. */
    assert_int_equal(mmio_get(&f, 0x70000), line);
    f.now += length / 4;
    assert_in_range(mmio_get(&f, 0x70000), line + 25, line + 29);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    /* In an update it waits until the driver looks again. */
    mmio_put(&f, 0x7019c, 0x1000);
    assert_int_equal(f.period, length * 6);
    f.now += length;
    mmio_put(&f, 0x70084, 0x1000);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    assert_int_equal(f.period, length * 75 / 100);
    f.now += length * 75 / 100;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x70040), 1);
    assert_int_equal(f.period, length);
    /* On the eve of it, it comes at once. */
    f.now += length - length / 100;
    assert_int_equal(mmio_get(&f, 0x70000), 766);
    assert_int_equal(mmio_get(&f, 0x70040), 2);
    /* But not for a driver that has written a cursor, and looks whether it was quick.
     */
    f.now += length * 9 / 10;
    mmio_put(&f, 0x70084, 0x1000);
    f.now += length * 74 / 100;
    mmio_get(&f, 0x70000);
    assert_int_equal(mmio_get(&f, 0x70040), 2);
    /* Not even a driver that never rests stops the clock. */
    for (unsigned i = 0; i < 100 && mmio_get(&f, 0x70040) == 2; i++) {
        f.now += length / 3;
        mmio_put(&f, 0x7019c, 0x2000);
    }
    assert_int_equal(mmio_get(&f, 0x70040), 3);
}

/* While it waits for a driver that writes planes, the beam stays away from it. */
static void test_update_stays(void **state)
{
    const uint64_t length = 1344ULL * 806 * 1000000 / 65000;
    f.model->options.display_patience = 75;
    set_mode();
    f.now += length / 2;
    uint64_t line = (768 + 806 / 2) % 806;
    mmio_put(&f, 0x7019c, 0x1000);
    assert_in_range(mmio_get(&f, 0x70000), line - 3, line);
    mmio_put(&f, 0x7019c, 0x2000);
    f.now += length * 59 / 10;
    assert_in_range(mmio_get(&f, 0x70000), 766 - 806 / 8, 766 - 806 / 12);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
    /* The next update begins there, not after the vertical blank. */
    assert_int_equal(f.period, length * 75 / 100);
    f.now += length * 75 / 100;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x70040), 1);
    assert_in_range(mmio_get(&f, 0x70000), 766, 768);
}

/* So it does when it was nearer already. */
static void test_late_update_stays(void **state)
{
    const uint64_t length = 1344ULL * 806 * 1000000 / 65000;
    f.model->options.display_patience = 75;
    set_mode();
    f.now += length * 99 / 100;
    mmio_put(&f, 0x7019c, 0x1000);
    f.now += length;
    assert_in_range(mmio_get(&f, 0x70000), 766 - 806 / 8, 766 - 806 / 12);
    assert_int_equal(mmio_get(&f, 0x70040), 0);
}

static void test_two_pipes(void **state)
{
    set_mode();
    /* The panel on pipe B by the panel's transcoder. */
    mmio_put(&f, 0x6f000, 1499 << 16 | 1365);
    mmio_put(&f, 0x6f00c, 799 << 16 | 767);
    mmio_put(&f, 0x6f400, 0x80000000 | 5 << 12 | 2 << 24);
    mmio_put(&f, 0x7f008, 0x80000000);
    assert_int_equal(mmio_get(&f, 0x7f008), 0xc0000000);
    struct scanout_pipe shown;
    scanout_get(f.model, 1, &shown);
    assert_true(shown.running);
    assert_int_equal(shown.ddis, 1);
    assert_true(shown.blanked); /* its buffer is off */
    f.now += 40 * MILLISECOND;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x70040), 2);
    assert_int_equal(mmio_get(&f, 0x71040), 2);
    assert_int_equal(mmio_get(&f, 0x72040), 0);
    mmio_put(&f, 0x70008, 0);
    assert_in_range(f.period, 1, 17 * MILLISECOND);
    mmio_put(&f, 0x7f008, 0);
    assert_int_equal(f.period, 0);
}

static void test_flip(void **state)
{
    struct scanout_pipe shown;
    set_mode();
    mmio_put(&f, 0x44404, 0);
    mmio_put(&f, 0x70188, 64); /* 4096 bytes */
    mmio_put(&f, 0x70190, 767 << 16 | 1023);
    mmio_put(&f, 0x70180, 0x84000000);
    mmio_put(&f, 0x7019c, 0x00100000);
    uint64_t serial = scanout_serial(f.model, 0);
    scanout_get(f.model, 0, &shown);
    assert_false(shown.planes[0].enabled); /* not before the vertical blank */
    assert_int_equal(mmio_get(&f, 0x701ac), 0);
    f.now += 17 * MILLISECOND;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x44408), 1 | 8);
    assert_int_equal(mmio_get(&f, 0x701ac), 0x00100000);
    assert_true(scanout_serial(f.model, 0) > serial);
    serial = scanout_serial(f.model, 0);
    scanout_get(f.model, 0, &shown);
    assert_int_equal(shown.ddis, 1 << 1);
    assert_false(shown.blanked);
    assert_int_equal(shown.width, 1024);
    assert_int_equal(shown.height, 768);
    assert_true(shown.planes[0].enabled);
    assert_int_equal(shown.planes[0].format, SCANOUT_ARGB8888);
    assert_int_equal(shown.planes[0].tiling, SCANOUT_LINEAR);
    assert_int_equal(shown.planes[0].stride, 4096);
    assert_int_equal(shown.planes[0].base, 0x00100000);
    assert_int_equal(shown.planes[0].width, 1024);
    assert_int_equal(shown.planes[0].height, 768);
    /* Nothing happens: no event of a flip, the same serial. */
    mmio_put(&f, 0x44408, 0xffffffff);
    f.now += 17 * MILLISECOND;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x44408), 1);
    assert_int_equal(scanout_serial(f.model, 0), serial);
}

static void test_cursor(void **state)
{
    struct scanout_pipe shown;
    mmio_put(&f, 0x70080, 0x27);
    mmio_put(&f, 0x70088, 0x80050007);
    mmio_put(&f, 0x70084, 0x00200000);
    scanout_get(f.model, 0, &shown); /* no pipe runs: at once */
    const struct scanout_plane *cursor = &shown.planes[shown.plane_count - 1];
    assert_true(cursor->cursor);
    assert_true(cursor->enabled);
    assert_int_equal(cursor->x, 7);
    assert_int_equal(cursor->y, -5);
    assert_int_equal(cursor->width, 64);
    assert_int_equal(cursor->height, 64);
    assert_int_equal(cursor->base, 0x00200000);
    assert_int_equal(cursor->alpha, SCANOUT_PREMULTIPLIED);
}

static uint32_t next_sum(void)
{
    mmio_put(&f, 0x44408, 0xffffffff);
    f.now += 17 * MILLISECOND;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x44408) & 0x10000000, 0x10000000);
    return (uint32_t)mmio_get(&f, 0x60064);
}

static void test_checksum(void **state)
{
    put(&f, 0, 0x800000 + 8 * 16, 8, FIXTURE_MEMORY_BASE | 1); /* page 16 */
    set_mode();
    mmio_put(&f, 0x44404, 0);
    mmio_put(&f, 0x70188, 1);
    mmio_put(&f, 0x70190, 7 << 16 | 15);
    mmio_put(&f, 0x70180, 0x84000000);
    mmio_put(&f, 0x7019c, 0x10000);
    f.now += 17 * MILLISECOND;
    model_frame(f.model);
    assert_int_equal(mmio_get(&f, 0x44408) & 0x10000000, 0); /* not asked for */
    mmio_put(&f, 0x60050, 0xc0000000);
    uint32_t black = next_sum();
    assert_int_equal(next_sum(), black);
    f.memory[3 * 64 + 4] = 0xff;
    assert_int_not_equal(next_sum(), black);
    /* A pixel's alpha counts where the plane asks for it. */
    mmio_put(&f, 0x70180, 0x84000000 | 3 << 4);
    mmio_put(&f, 0x7019c, 0x10000);
    assert_int_equal(next_sum(), black);
    f.memory[3 * 64 + 7] = 0x80;
    assert_int_not_equal(next_sum(), black);
    f.memory[3 * 64 + 4] = 0;
    assert_int_equal(next_sum(), black);
    mmio_put(&f, 0x60050, 0);
}

/* A patient clock waits for a checksum to be read, but not for ever. */
static void test_checksum_waits(void **state)
{
    const uint64_t length = 1344ULL * 806 * 1000000 / 65000;
    f.model->options.display_patience = 75;
    set_mode();
    mmio_put(&f, 0x60050, 0xc0000000);
    f.now += length;
    model_frame(f.model);
    assert_int_equal(f.model->pipes[0].frames, 1);
    f.now += length;
    model_frame(f.model);
    assert_int_equal(f.model->pipes[0].frames, 1);
    assert_int_equal(f.period, length / 50);
    /* Nor does the next frame begin between a look at the sum and one at its number. */
    mmio_get(&f, 0x60064);
    assert_int_equal(f.period, length * 225 / 100);
    f.now += length * 2;
    assert_int_equal(mmio_get(&f, 0x70040), 1);
    assert_in_range(mmio_get(&f, 0x70000), 766 - 806 / 8, 766 - 806 / 12);
    assert_int_equal(mmio_get(&f, 0x70040), 1);
    f.now += length * 225 / 100;
    model_frame(f.model);
    assert_int_equal(f.model->pipes[0].frames, 2);
    for (unsigned i = 0; i < 7; i++) {
        f.now += length;
        model_frame(f.model);
        assert_int_equal(f.model->pipes[0].frames, 2);
    }
    f.now += length;
    model_frame(f.model);
    assert_int_equal(f.model->pipes[0].frames, 3);
    mmio_put(&f, 0x60050, 0);
    f.now += length;
    model_frame(f.model);
    assert_int_equal(f.model->pipes[0].frames, 4);
}

static void test_reset(void **state)
{
    struct scanout_pipe shown;
    set_mode();
    uint64_t serial = scanout_serial(f.model, 0);
    model_reset(f.model);
    scanout_get(f.model, 0, &shown);
    assert_false(shown.running);
    assert_int_equal(f.period, 0);
    assert_true(scanout_serial(f.model, 0) != serial);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_power_wells), TEST(test_clocks),         TEST(test_mailbox),
        TEST(test_latencies),   TEST(test_clock),          TEST(test_patience),
        TEST(test_two_pipes),   TEST(test_update_stays),   TEST(test_late_update_stays),
        TEST(test_flip),        TEST(test_cursor),         TEST(test_reset),
        TEST(test_checksum),    TEST(test_checksum_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
