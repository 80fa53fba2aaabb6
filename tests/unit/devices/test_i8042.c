/* test_i8042.c: the keyboard controller, its keyboard and its mouse. */
#include "fake_board.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "devices/device.h"   /* free */
#include "devices/i8042.h"    /* under test */
#include "devices/ps2.h"      /* queue size */
#include "devices/ps2_keys.h" /* under test, too */

#include <linux/input-event-codes.h> /* keys */

struct fixture {
    struct fake_board *fake;
    struct device *controller;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->controller = i8042_new(&f->fake->board, NULL);
    assert_non_null(f->controller);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->controller->free(f->controller);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void command(struct fixture *f, uint8_t value)
{
    fake_out(f->fake, 0x64, value, 1);
}

static void data(struct fixture *f, uint8_t value)
{
    fake_out(f->fake, 0x60, value, 1);
}

static uint8_t status(struct fixture *f)
{
    return (uint8_t)fake_in(f->fake, 0x64, 1);
}

/* The next byte, which must be there and come from the mouse or not. */
static uint8_t take(struct fixture *f, bool mouse)
{
    assert_int_equal(status(f) & 0x21, mouse ? 0x21 : 0x01);
    return (uint8_t)fake_in(f->fake, 0x60, 1);
}

static void expect(struct fixture *f, bool mouse, const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(take(f, mouse), bytes[i]);
    assert_int_equal(status(f) & 0x01, 0);
}

#define EXPECT(f, mouse, ...)                          \
    expect(f, mouse, (const uint8_t[]){ __VA_ARGS__ }, \
           sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void test_controller(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint8_t command, answer;
    } rows[] = { { 0xaa, 0x55 }, { 0xab, 0x00 }, { 0xa9, 0x00 },
                 { 0xc0, 0x80 }, { 0xe0, 0x00 }, { 0x20, 0x07 } };
    assert_int_equal(status(f), 0x18);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        command(f, rows[i].command);
        EXPECT(f, false, rows[i].answer);
    }
    /* The command byte and the RAM behind it. */
    command(f, 0x60);
    data(f, 0x45);
    command(f, 0x20);
    EXPECT(f, false, 0x45);
    command(f, 0x65);
    data(f, 0x99);
    command(f, 0x25);
    EXPECT(f, false, 0x99);
    command(f, 0xad);
    command(f, 0xa7);
    command(f, 0x20);
    EXPECT(f, false, 0x75);
    command(f, 0xae);
    command(f, 0xa8);
    command(f, 0x20);
    EXPECT(f, false, 0x45);
    /* Written back through the buffers, as a driver probes for a mouse port. */
    command(f, 0xd2);
    data(f, 0x12);
    EXPECT(f, false, 0x12);
    command(f, 0xd3);
    data(f, 0x5a);
    EXPECT(f, true, 0x5a);
    /* A20 in the output port; bits 4 and 5 show full buffers. */
    command(f, 0xd0);
    assert_int_equal(take(f, false) & 0x33, 0x03);
    command(f, 0xd1);
    data(f, 0xdd);
    command(f, 0xd0);
    assert_int_equal(take(f, false) & 0x03, 0x01);
    assert_int_equal(f->fake->resets, 0);
}

static void test_machine_reset(void **state)
{
    struct fixture *f = *state;
    command(f, 0xff); /* pulses nothing */
    assert_int_equal(f->fake->resets, 0);
    command(f, 0xfe);
    assert_int_equal(f->fake->resets, 1);
    command(f, 0xd1);
    data(f, 0xfe & 0xce);
    assert_int_equal(f->fake->resets, 2);
}

static void test_keyboard(void **state)
{
    struct fixture *f = *state;
    data(f, 0xff);
    EXPECT(f, false, 0xfa, 0xaa);
    data(f, 0xf2);
    EXPECT(f, false, 0xfa, 0xab, 0x83);
    data(f, 0xed);
    EXPECT(f, false, 0xfa);
    data(f, 0x07);
    EXPECT(f, false, 0xfa);
    data(f, 0xf0);
    EXPECT(f, false, 0xfa);
    data(f, 0x00);
    EXPECT(f, false, 0xfa, 0x02);
    data(f, 0xf0);
    EXPECT(f, false, 0xfa);
    data(f, 0x09);
    EXPECT(f, false, 0xfe);
    data(f, 0xee);
    EXPECT(f, false, 0xee);
    data(f, 0xfe);
    EXPECT(f, false, 0xee);
    data(f, 0xf3);
    data(f, 0xf4); /* a command instead of the parameter */
    EXPECT(f, false, 0xfa, 0xfa);
    data(f, 0x01);
    EXPECT(f, false, 0xfe);
    /* With translation the identity's second byte is one of set 1. */
    command(f, 0x60);
    data(f, 0x41);
    data(f, 0xf2);
    EXPECT(f, false, 0xfa, 0xab, 0x41);
}

static void test_keys(void **state)
{
    struct fixture *f = *state;
    static const uint8_t a[] = { 0x1c, 0xf0, 0x1c }, up[] = { 0xe0, 0x75 },
                         up_end[] = { 0xe0, 0xf0, 0x75 };
    i8042_key(f->controller, a, 3);
    EXPECT(f, false, 0x1c, 0xf0, 0x1c);
    command(f, 0x60);
    data(f, 0x41);
    i8042_key(f->controller, a, 3);
    i8042_key(f->controller, up, 2);
    i8042_key(f->controller, up_end, 3);
    EXPECT(f, false, 0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8);
    /* Nothing while the line is off; later, what was typed. Full: dropped whole. */
    command(f, 0xad);
    for (unsigned i = 0; i < PS2_QUEUE_SIZE; i++)
        assert_int_equal(i8042_key(f->controller, up, 2), i < PS2_QUEUE_SIZE / 2);
    assert_int_equal(status(f) & 1, 0);
    command(f, 0xae);
    for (unsigned i = 0; i < PS2_QUEUE_SIZE; i++)
        assert_int_equal(take(f, false), i % 2 ? 0x48 : 0xe0);
    assert_int_equal(status(f) & 1, 0);
    /* Scanning off. */
    data(f, 0xf5);
    EXPECT(f, false, 0xfa);
    assert_true(i8042_key(f->controller, a, 3));
    assert_int_equal(status(f) & 1, 0);
}

/*
 * Linux numbers the keys that the first keyboards had by what they say in scan set 1:
 * so the controller's translation must turn the table's codes into their numbers.
 */
static void test_key_codes(void **state)
{
    struct fixture *f = *state;
    uint8_t codes[PS2_KEY_BYTES];
    command(f, 0x60);
    data(f, 0x41);
    for (unsigned key = KEY_ESC; key <= KEY_KPDOT; key++) {
        assert_int_equal(ps2_key_codes(key, true, codes), 1);
        i8042_key(f->controller, codes, 1);
        assert_int_equal(ps2_key_codes(key, false, codes), 2);
        i8042_key(f->controller, codes, 2);
        EXPECT(f, false, (uint8_t)key, (uint8_t)(key | 0x80));
    }
    /* The others, by set 1 as Windows and Linux know it. */
    static const struct {
        unsigned key;
        uint8_t prefix, set1;
    } rows[] = {
        { KEY_102ND, 0, 0x56 },        { KEY_F11, 0, 0x57 },
        { KEY_F12, 0, 0x58 },          { KEY_RO, 0, 0x73 },
        { KEY_YEN, 0, 0x7d },          { KEY_KPENTER, 0xe0, 0x1c },
        { KEY_RIGHTCTRL, 0xe0, 0x1d }, { KEY_KPSLASH, 0xe0, 0x35 },
        { KEY_RIGHTALT, 0xe0, 0x38 },  { KEY_HOME, 0xe0, 0x47 },
        { KEY_UP, 0xe0, 0x48 },        { KEY_PAGEUP, 0xe0, 0x49 },
        { KEY_LEFT, 0xe0, 0x4b },      { KEY_RIGHT, 0xe0, 0x4d },
        { KEY_END, 0xe0, 0x4f },       { KEY_DOWN, 0xe0, 0x50 },
        { KEY_PAGEDOWN, 0xe0, 0x51 },  { KEY_INSERT, 0xe0, 0x52 },
        { KEY_DELETE, 0xe0, 0x53 },    { KEY_LEFTMETA, 0xe0, 0x5b },
        { KEY_RIGHTMETA, 0xe0, 0x5c }, { KEY_COMPOSE, 0xe0, 0x5d },
        { KEY_MUTE, 0xe0, 0x20 },      { KEY_VOLUMEUP, 0xe0, 0x30 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        i8042_key(f->controller, codes, ps2_key_codes(rows[i].key, true, codes));
        if (rows[i].prefix)
            assert_int_equal(take(f, false), rows[i].prefix);
        EXPECT(f, false, rows[i].set1);
    }
    i8042_key(f->controller, codes, ps2_key_codes(KEY_PAUSE, true, codes));
    EXPECT(f, false, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    assert_int_equal(ps2_key_codes(KEY_PAUSE, false, codes), 0);
    i8042_key(f->controller, codes, ps2_key_codes(KEY_SYSRQ, true, codes));
    EXPECT(f, false, 0xe0, 0x2a, 0xe0, 0x37);
    i8042_key(f->controller, codes, ps2_key_codes(KEY_SYSRQ, false, codes));
    EXPECT(f, false, 0xe0, 0xb7, 0xe0, 0xaa);
    assert_int_equal(ps2_key_codes(KEY_RESERVED, true, codes), 0);
    assert_int_equal(ps2_key_codes(KEY_F24, true, codes), 0);
    assert_int_equal(ps2_key_codes(KEY_MAX + 1000, true, codes), 0);
}

static void leds_changed(void *opaque, uint8_t leds)
{
    unsigned *told = opaque;
    *told = *told << 4 | leds | 8;
}

static void test_leds(void **state)
{
    struct fixture *f = *state;
    unsigned told = 0;
    i8042_watch_leds(f->controller, leds_changed, &told);
    data(f, 0xed);
    data(f, I8042_LED_CAPS);
    data(f, 0xed);
    data(f, I8042_LED_CAPS);
    data(f, 0xed);
    data(f, I8042_LED_NUM | I8042_LED_SCROLL);
    assert_int_equal(told, 0xcb);
    fake_reset(f->fake, f->controller);
    assert_int_equal(told, 0xcb8);
}

static void mouse(struct fixture *f, uint8_t value)
{
    command(f, 0xd4);
    data(f, value);
}

static void test_mouse(void **state)
{
    struct fixture *f = *state;
    mouse(f, 0xff);
    EXPECT(f, true, 0xfa, 0xaa, 0x00);
    mouse(f, 0xf2);
    EXPECT(f, true, 0xfa, 0x00);
    i8042_mouse(f->controller, 1, 1, 0, 0);
    assert_int_equal(status(f) & 1, 0); /* not enabled yet */
    static const uint8_t knock[] = { 200, 100, 80 };
    for (unsigned i = 0; i < ARRAY_SIZE(knock); i++) {
        mouse(f, 0xf3);
        EXPECT(f, true, 0xfa);
        mouse(f, knock[i]);
        EXPECT(f, true, 0xfa);
    }
    mouse(f, 0xf2);
    EXPECT(f, true, 0xfa, 0x03);
    mouse(f, 0xe8);
    EXPECT(f, true, 0xfa);
    mouse(f, 0x03);
    EXPECT(f, true, 0xfa);
    mouse(f, 0xf4);
    EXPECT(f, true, 0xfa);
    mouse(f, 0xe9);
    EXPECT(f, true, 0xfa, 0x20, 0x03, 80);
    i8042_mouse(f->controller, 5, -3, 1, 1);
    EXPECT(f, true, 0x29, 5, 0xfd, 1);
    i8042_mouse(f->controller, 5000, -5000, -100, 0);
    EXPECT(f, true, 0x28, 0xff, 0x01, 0xf8);
    for (unsigned i = 0; i < PS2_QUEUE_SIZE / 4; i++)
        assert_true(i8042_mouse(f->controller, 1, 1, 0, 0));
    assert_false(i8042_mouse(f->controller, 1, 1, 0, 0));
    for (unsigned i = 0; i < PS2_QUEUE_SIZE; i++)
        take(f, true);
    mouse(f, 0xe1);
    EXPECT(f, true, 0xfe);
    mouse(f, 0xee); /* wrap: everything comes back */
    EXPECT(f, true, 0xfa);
    mouse(f, 0xe9);
    EXPECT(f, true, 0xe9);
    mouse(f, 0xec);
    EXPECT(f, true, 0xfa);
}

static void test_interrupts(void **state)
{
    struct fixture *f = *state;
    data(f, 0xf2);
    assert_int_equal(f->fake->rises[1], 1);
    (void)take(f, false);
    (void)take(f, false);
    assert_int_equal(f->fake->rises[1], 3); /* an edge for each byte */
    (void)take(f, false);
    assert_false(f->fake->levels[1]);
    mouse(f, 0xf4);
    assert_true(f->fake->levels[12]);
    (void)take(f, true);
    assert_false(f->fake->levels[12]);
    command(f, 0x60);
    data(f, 0x00);
    data(f, 0xee);
    assert_int_equal(status(f) & 1, 1);
    assert_false(f->fake->levels[1]);
    fake_reset(f->fake, f->controller);
    assert_int_equal(status(f), 0x18);
    assert_false(f->fake->levels[1]);
}

/* Every command with every parameter, never reading: bounded, no fault. */
static void test_storm(void **state)
{
    struct fixture *f = *state;
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned d = 0; d < 256; d += 5) {
            command(f, (uint8_t)c);
            data(f, (uint8_t)d);
            mouse(f, (uint8_t)d);
        }
    }
    for (unsigned i = 0; i < 1000 && (status(f) & 1); i++)
        (void)fake_in(f->fake, 0x60, 1);
    assert_int_equal(status(f) & 1, 0);
    command(f, 0xaa);
    EXPECT(f, false, 0x55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_controller, setup, teardown),
        cmocka_unit_test_setup_teardown(test_machine_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keyboard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mouse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interrupts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_storm, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
