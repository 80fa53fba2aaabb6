/* test_input.c: what is typed and pointed at, as guests of three kinds hear it. */
#include "virtio_driver.h"

#include "base/bytes.h"           /* loads */
#include "devices/device.h"       /* free */
#include "devices/i8042.h"        /* a PS/2 guest */
#include "devices/piix3.h"        /* INTx routing */
#include "devices/virtio_input.h" /* a virtio guest */
#include "machine/input.h"        /* under test */

#include <linux/input.h> /* events, keys */

#define KEYBOARD PCI_DEVFN(0x13, 0)
#define TABLET   PCI_DEVFN(0x14, 0)
#define RINGS    0x1000
#define BUFFERS  0x8000
#define SIZE     32

struct fixture {
    struct fake_board *fake;
    struct device *bridge;
    struct input_devices devices;
    struct input *input;
    struct ring_driver ring; /* of the virtio device that is driven */
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    struct board *board = &f->fake->board;
    f->bridge = piix3_new(board, NULL);
    f->devices.i8042 = i8042_new(board, NULL);
    f->devices.keyboard =
        virtio_input_new(board, KEYBOARD, VIRTIO_INPUT_KEYBOARD, NULL);
    f->devices.tablet = virtio_input_new(board, TABLET, VIRTIO_INPUT_TABLET, NULL);
    assert_true(f->bridge && f->devices.i8042 && f->devices.keyboard &&
                f->devices.tablet);
    f->input = input_new(board->loop, &f->devices, NULL);
    assert_non_null(f->input);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    input_free(f->input);
    f->devices.tablet->free(f->devices.tablet);
    f->devices.keyboard->free(f->devices.keyboard);
    f->devices.i8042->free(f->devices.i8042);
    f->bridge->free(f->bridge);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

/* The bytes the PS/2 guest reads, at most this many, until there are none. */
static unsigned read_ps2(struct fixture *f, uint8_t *bytes, unsigned most)
{
    unsigned count = 0;
    while (count < most && (fake_in(f->fake, 0x64, 1) & 1))
        bytes[count++] = (uint8_t)fake_in(f->fake, 0x60, 1);
    return count;
}

static void expect_ps2(struct fixture *f, const uint8_t *expected, unsigned count)
{
    uint8_t bytes[256];
    assert_int_equal(read_ps2(f, bytes, sizeof(bytes)), count);
    assert_memory_equal(bytes, expected, count);
}

#define EXPECT_PS2(f, ...)                          \
    expect_ps2(f, (const uint8_t[]){ __VA_ARGS__ }, \
               sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void drive(struct fixture *f, uint8_t devfn, unsigned buffers)
{
    virtio_driver_place(f->fake, devfn);
    virtio_driver_start(f->fake, &f->ring, SIZE, RINGS, 1ull << 32);
    for (uint16_t i = 0; i < SIZE; i++)
        ring_describe(&f->ring, i, BUFFERS + i * 8u, 8, DESC_WRITE, 0);
    for (uint16_t i = 0; i < buffers; i++)
        ring_offer(&f->ring, i);
}

static void expect_event(struct fixture *f, unsigned type, unsigned code, int value)
{
    uint32_t written;
    assert_int_not_equal(ring_returned(&f->ring), 0);
    const uint8_t *event =
        fake_ram(f->fake, BUFFERS + ring_take_used(&f->ring, &written) * 8u);
    assert_int_equal(load16(event), type);
    assert_int_equal(load16(event + 2), code);
    assert_int_equal((int)load32(event + 4), value);
}

static void test_ps2(void **state)
{
    struct fixture *f = *state;
    input_key(f->input, KEY_A, true);
    input_key(f->input, KEY_A, true);
    input_key(f->input, KEY_A, false);
    input_key(f->input, KEY_B, false); /* never went down */
    input_key(f->input, KEY_UP, true);
    input_key(f->input, KEY_PROG1, true); /* not on this keyboard */
    input_key(f->input, 0, true);
    input_key(f->input, 256, true);
    EXPECT_PS2(f, 0x1c, 0x1c, 0xf0, 0x1c, 0xe0, 0x75);
    input_release(f->input);
    EXPECT_PS2(f, 0xe0, 0xf0, 0x75);
}

/* Typed faster than the guest reads: all of it comes, in order, when it does. */
static void test_patience(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[600];
    unsigned got = 0;
    for (unsigned i = 0; i < 60; i++) {
        input_key(f->input, KEY_UP, true);
        input_key(f->input, KEY_UP, false);
    }
    for (unsigned turn = 0; turn < 200 && got < 60 * 5; turn++) {
        got += read_ps2(f, bytes + got, 8);
        fake_run(f->fake, 5);
    }
    assert_int_equal(got, 60 * 5);
    for (unsigned i = 0; i < 60; i++)
        assert_memory_equal(bytes + i * 5, "\xe0\x75\xe0\xf0\x75", 5);
}

/* A guest that never reads: what is typed is dropped in the end, and keys go up. */
static void test_deaf_guest(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[600];
    input_key(f->input, KEY_LEFTCTRL, true);
    for (unsigned i = 0; i < 2000; i++) {
        input_key(f->input, KEY_UP, true);
        input_key(f->input, KEY_UP, false);
        input_motion(f->input, 1, 1, i & 1, 0, 0);
    }
    unsigned got = 0;
    for (unsigned turn = 0; turn < 100; turn++) {
        got += read_ps2(f, bytes + got, sizeof(bytes) - got);
        fake_run(f->fake, 5);
    }
    /* Each make code has its break code. */
    int ctrl = 0, up = 0;
    for (unsigned i = 0; i < got; i++) {
        int down = i && bytes[i - 1] == 0xf0 ? -1 : 1;
        ctrl += bytes[i] == 0x14 ? down : 0;
        up += bytes[i] == 0x75 ? down : 0;
    }
    assert_int_equal(ctrl, 0);
    assert_int_equal(up, 0);
    input_key(f->input, KEY_A, true);
    input_release(f->input);
    EXPECT_PS2(f, 0x1c, 0xf0, 0x1c);
}

static void test_virtio_keyboard(void **state)
{
    struct fixture *f = *state;
    input_key(f->input, KEY_LEFTSHIFT, true);
    drive(f, KEYBOARD, 20);
    input_key(f->input, KEY_A, true);
    input_key(f->input, KEY_A, true); /* the guest repeats by itself */
    input_key(f->input, KEY_A, false);
    input_key(f->input, KEY_LEFTSHIFT, false); /* goes up where it went down */
    expect_event(f, EV_KEY, KEY_A, 1);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    expect_event(f, EV_KEY, KEY_A, 0);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    assert_int_equal(ring_returned(&f->ring), 0);
    EXPECT_PS2(f, 0x12, 0xf0, 0x12);
    /* No driver any more: PS/2 again, and what was held there is forgotten. */
    input_key(f->input, KEY_B, true);
    fake_reset(f->fake, f->devices.keyboard);
    input_key(f->input, KEY_B, false);
    input_key(f->input, KEY_B, true);
    EXPECT_PS2(f, 0x32);
}

static void enable_mouse(struct fixture *f)
{
    static const uint8_t setup_bytes[] = { 0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf4 };
    for (unsigned i = 0; i < sizeof(setup_bytes); i++) {
        fake_out(f->fake, 0x64, 0xd4, 1);
        fake_out(f->fake, 0x60, setup_bytes[i], 1);
        EXPECT_PS2(f, 0xfa);
    }
}

static void test_ps2_mouse(void **state)
{
    struct fixture *f = *state;
    enable_mouse(f);
    input_motion(f->input, 600, -5, 4, 1, 0);
    EXPECT_PS2(f, 0x0c, 0xff, 5, 0xff, 0x0c, 0xff, 0, 0, 0x0c, 90, 0, 0);
    /* A pointer on a picture of 1000 x 500: its ways, in pixels. */
    input_set_size(f->input, 1000, 500);
    input_pointer(f->input, 0, 0, 0, 0, 0);
    EXPECT_PS2(f, 0x08, 0, 0, 0);
    input_pointer(f->input, 3277, 6554, 1, 0, 0); /* a tenth, a fifth */
    EXPECT_PS2(f, 0x29, 100, 0x9c, 0);
    input_pointer(f->input, 3277, 6554, 0, -2, 0);
    EXPECT_PS2(f, 0x08, 0, 0, 2);
    /* Another size: the first place is only learned. */
    input_set_size(f->input, 640, 480);
    input_pointer(f->input, 32767, 32767, 0, 0, 0);
    EXPECT_PS2(f, 0x08, 0, 0, 0);
}

static void test_tablet(void **state)
{
    struct fixture *f = *state;
    drive(f, TABLET, 20);
    input_pointer(f->input, 100, 200, 1, 0, 0);
    expect_event(f, EV_ABS, ABS_X, 100);
    expect_event(f, EV_ABS, ABS_Y, 200);
    expect_event(f, EV_KEY, BTN_LEFT, 1);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    input_pointer(f->input, 100, 201, 16, -1, 2);
    expect_event(f, EV_ABS, ABS_X, 100);
    expect_event(f, EV_ABS, ABS_Y, 201);
    expect_event(f, EV_KEY, BTN_LEFT, 0);
    expect_event(f, EV_KEY, BTN_EXTRA, 1);
    expect_event(f, EV_REL, REL_WHEEL, -1);
    expect_event(f, EV_REL, REL_HWHEEL, 2);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    /* Movement for which there is no room becomes one. */
    for (unsigned i = 0; i < 30; i++)
        input_pointer(f->input, i, i, 16, 0, 0);
    while (ring_returned(&f->ring)) {
        uint32_t written;
        ring_take_used(&f->ring, &written);
    }
    for (uint16_t i = 0; i < 8; i++)
        ring_offer(&f->ring, i);
    fake_run(f->fake, 50);
    expect_event(f, EV_ABS, ABS_X, 29);
    expect_event(f, EV_ABS, ABS_Y, 29);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    assert_int_equal(ring_returned(&f->ring), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ps2, setup, teardown),
        cmocka_unit_test_setup_teardown(test_patience, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deaf_guest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_virtio_keyboard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ps2_mouse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tablet, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
