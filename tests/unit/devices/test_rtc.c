/* test_rtc.c: the clock and CMOS RAM. */
#include "fake_board.h"

#include "base/bytes.h"       /* MIB, GIB */
#include "devices/device.h"   /* free */
#include "devices/rtc.h"      /* under test */
#include "devices/rtc_time.h" /* under test */

#include <string.h> /* memset */
#include <time.h>   /* the host's time */

struct fixture {
    struct fake_board *fake;
    struct device *rtc;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    static const struct rtc_config config = { .low_ram = 3 * GIB,
                                              .high_ram = 5 * GIB,
                                              .cpus = 4 };
    f->fake = fake_board_new();
    f->rtc = rtc_new(&f->fake->board, &config, NULL);
    assert_non_null(f->rtc);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->rtc->free(f->rtc);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static uint8_t get(struct fixture *f, uint8_t index)
{
    fake_out(f->fake, 0x70, index, 1);
    return (uint8_t)fake_in(f->fake, 0x71, 1);
}

static void set(struct fixture *f, uint8_t index, uint8_t value)
{
    fake_out(f->fake, 0x70, index | 0x80, 1); /* as with NMI masked */
    fake_out(f->fake, 0x71, value, 1);
}

static void test_cmos(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint8_t index, value;
    } rows[] = {
        { 0x0d, 0x80 },
        { 0x10, 0x00 },
        { 0x14, 0x06 },
        { 0x15, 0x80 },
        { 0x16, 0x02 },
        { 0x17, 0xff },
        { 0x18, 0xff },
        { 0x30, 0xff },
        { 0x31, 0xff },
        /* (3 GiB - 16 MiB) / 64 KiB = 0xbf00; 5 GiB / 64 KiB = 0x14000. */
        { 0x34, 0x00 },
        { 0x35, 0xbf },
        { 0x5b, 0x00 },
        { 0x5c, 0x40 },
        { 0x5d, 0x01 },
        { 0x5f, 0x03 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(get(f, rows[i].index), rows[i].value);
    set(f, 0x0f, 0x5a);
    set(f, 0x7f, 0xa5);
    fake_reset(f->fake, f->rtc);
    assert_int_equal(get(f, 0x0f), 0x5a);
    assert_int_equal(get(f, 0x7f), 0xa5);
    assert_int_equal(fake_in(f->fake, 0x70, 1), 0xff);
}

static void test_time_formats(void **state)
{
    /* 2024-02-29 23:59:58 UTC, a Thursday. */
    static const int64_t when = 1709251198;
    static const struct {
        uint8_t b, hour, minute, second, day, month, year, century;
    } rows[] = {
        { 0x02, 0x23, 0x59, 0x58, 0x29, 0x02, 0x24, 0x20 },
        { 0x06, 23, 59, 58, 29, 2, 24, 20 },
        { 0x00, 0x91, 0x59, 0x58, 0x29, 0x02, 0x24, 0x20 },
        { 0x04, 0x8b, 59, 58, 29, 2, 24, 20 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t r[128] = { [RTC_B] = rows[i].b };
        rtc_time_store(r, when);
        assert_int_equal(r[RTC_HOURS], rows[i].hour);
        assert_int_equal(r[RTC_MINUTES], rows[i].minute);
        assert_int_equal(r[RTC_SECONDS], rows[i].second);
        assert_int_equal(r[RTC_WEEKDAY], 5);
        assert_int_equal(r[RTC_DAY], rows[i].day);
        assert_int_equal(r[RTC_MONTH], rows[i].month);
        assert_int_equal(r[RTC_YEAR], rows[i].year);
        assert_int_equal(r[RTC_CENTURY], rows[i].century);
        assert_int_equal(rtc_time_load(r), when);
        /* Midnight and noon in each format. */
        for (int64_t hour = 0; hour < 24; hour++) {
            rtc_time_store(r, when - 86398 + hour * 3600);
            assert_int_equal(rtc_time_load(r), when - 86398 + hour * 3600);
        }
    }
    /* Whatever is in the registers gives some time. */
    uint8_t r[128];
    for (unsigned value = 0; value < 256; value++) {
        memset(r, (int)value, sizeof(r));
        (void)rtc_time_load(r);
        (void)rtc_time_to_alarm(r, (int64_t)value * 1000);
    }
}

static void test_alarm_distance(void **state)
{
    static const struct {
        uint8_t hour, minute, second;
        int64_t now;
        int distance;
    } rows[] = {
        { 0x00, 0x00, 0x00, 0, 0 },
        { 0x00, 0x00, 0x00, 1, 86399 },
        { 0x12, 0x34, 0x56, 0, 12 * 3600 + 34 * 60 + 56 },
        { 0xff, 0xff, 0xff, 12345, 0 },
        { 0xff, 0xff, 0x30, 31, 59 },
        { 0xff, 0x10, 0x00, 601, 3599 },
        { 0x23, 0xff, 0xff, 0, 23 * 3600 },
        { 0x59, 0x00, 0x00, 0, -1 },
        { 0x00, 0x99, 0x00, 0, -1 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t r[128] = { [RTC_B] = RTC_B_24_HOURS,
                           [RTC_HOURS_ALARM] = rows[i].hour,
                           [RTC_MINUTES_ALARM] = rows[i].minute,
                           [RTC_SECONDS_ALARM] = rows[i].second };
        assert_int_equal(rtc_time_to_alarm(r, rows[i].now), rows[i].distance);
    }
}

static int64_t read_time(struct fixture *f)
{
    uint8_t r[128] = { 0 };
    static const uint8_t indexes[] = { 0, 2, 4, 7, 8, 9, 0x0b, 0x32 };
    for (unsigned i = 0; i < ARRAY_SIZE(indexes); i++)
        r[indexes[i]] = get(f, indexes[i]);
    return rtc_time_load(r);
}

static void test_clock_follows_host(void **state)
{
    struct fixture *f = *state;
    int64_t before = time(NULL), shown, again = read_time(f);
    do { /* twice the same: no second ended between two registers */
        shown = again;
        again = read_time(f);
    } while (shown != again);
    assert_in_range(shown, before, time(NULL) + 1);
}

/* As Linux sets it: SET and a stopped divider, then the fields, then go. */
static void test_set_time(void **state)
{
    struct fixture *f = *state;
    static const uint8_t fields[][2] = { { 0x00, 0x59 }, { 0x02, 0x59 }, { 0x04, 0x23 },
                                         { 0x06, 0x01 }, { 0x07, 0x31 }, { 0x08, 0x12 },
                                         { 0x09, 0x99 }, { 0x32, 0x19 } };
    set(f, 0x0b, 0x82);
    set(f, 0x0a, 0x76);
    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
        set(f, fields[i][0], fields[i][1]);
    fake_run(f->fake, 5);
    assert_int_equal(get(f, 0x00), 0x59); /* held */
    set(f, 0x0b, 0x02);
    set(f, 0x0a, 0x26);
    assert_int_equal(get(f, 0x00), 0x59);
    assert_int_equal(get(f, 0x0b), 0x02);
    fake_run(f->fake, 600); /* the first second is half as long */
    assert_in_range(get(f, 0x00), 0x00, 0x09);
    assert_int_equal(get(f, 0x04), 0x00);
    assert_int_equal(get(f, 0x08), 0x01);
    assert_int_equal(get(f, 0x32), 0x20);
    fake_reset(f->fake, f->rtc);
    assert_int_equal(get(f, 0x09), 0x00); /* time survives */
    set(f, 0x09, 0x38);                   /* without SET it counts from the next read */
    assert_int_equal(get(f, 0x09), 0x38);
}

/* No value of any register is too much for the clock. */
static void test_any_time(void **state)
{
    struct fixture *f = *state;
    static const uint8_t values[] = { 0x00, 0xff, 0x99, 0x70, 0x20 };
    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        set(f, 0x0b, 0x82);
        static const uint8_t indexes[] = { 0, 2, 4, 6, 7, 8, 9, 0x32 };
        for (unsigned j = 0; j < ARRAY_SIZE(indexes); j++)
            set(f, indexes[j], values[i]);
        set(f, 0x0b, 0x02);
        assert_in_range(read_time(f), 0, 7258118401);
        set(f, 0x32, values[i]); /* and while it runs */
        assert_in_range(read_time(f), 0, 7258118401);
    }
}

static bool irq(void *opaque)
{
    return ((struct fake_board *)opaque)->levels[8];
}

static void test_periodic(void **state)
{
    struct fixture *f = *state;
    (void)get(f, 0x0c);
    set(f, 0x0a, 0x26); /* 1024 Hz */
    set(f, 0x0b, 0x42);
    /* A busy computer may have them late, but none may have them early. */
    unsigned interrupts = 0;
    int64_t milliseconds;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        if (fake_run_until(f->fake, irq, f->fake, 50)) {
            interrupts++;
            assert_int_equal(get(f, 0x0c) & 0xc0, 0xc0);
            assert_false(irq(f->fake));
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        milliseconds = (now.tv_sec - start.tv_sec) * 1000 +
                       (now.tv_nsec - start.tv_nsec) / 1000000;
    } while (interrupts < 64 && milliseconds < 20000);
    assert_int_equal(interrupts, 64);
    assert_in_range(milliseconds, 57, 20000);
    set(f, 0x0b, 0x02);
    (void)get(f, 0x0c);
    fake_run(f->fake, 10);
    assert_false(irq(f->fake));
    /* The flag comes without the interrupt too, for those who poll. */
    assert_int_equal(get(f, 0x0c) & 0xc0, 0x40);
}

static void test_update_and_alarm(void **state)
{
    struct fixture *f = *state;
    (void)get(f, 0x0c);
    set(f, 0x01, 0xff);
    set(f, 0x03, 0xff);
    set(f, 0x05, 0xff);
    set(f, 0x0b, 0x32); /* alarm each second, and update */
    assert_true(fake_run_until(f->fake, irq, f->fake, 1500));
    assert_int_equal(get(f, 0x0c) & 0xb0, 0xb0);
    assert_int_equal(get(f, 0x0c) & 0xb0, 0x00);
    /* An alarm that is not now. */
    set(f, 0x0b, 0x02);
    uint8_t hour = get(f, 0x04) == 0x05 ? 0x06 : 0x05;
    set(f, 0x05, hour);
    (void)get(f, 0x0c);
    set(f, 0x0b, 0x22);
    fake_run(f->fake, 1100);
    assert_false(irq(f->fake));
    assert_int_equal(get(f, 0x0c) & 0xb0, 0x10);
    /* SET takes the update interrupt's enable away; reset takes all. */
    set(f, 0x0b, 0xf2);
    assert_int_equal(get(f, 0x0b), 0xe2);
    fake_reset(f->fake, f->rtc);
    assert_int_equal(get(f, 0x0b), 0x82);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cmos, setup, teardown),
        cmocka_unit_test(test_time_formats),
        cmocka_unit_test(test_alarm_distance),
        cmocka_unit_test_setup_teardown(test_clock_follows_host, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_periodic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_update_and_alarm, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
