/* test_virtio_input.c: the virtio keyboard and tablet, seen by a driver. */
#include "virtio_driver.h"

#include "base/bytes.h"           /* loads */
#include "devices/device.h"       /* free */
#include "devices/piix3.h"        /* INTx routing */
#include "devices/virtio_input.h" /* under test */
#include "devices/virtio_pci.h"   /* feature bits */

#include <linux/input.h> /* events, keys */

#define DEVFN     PCI_DEVFN(0x13, 0)
#define FEATURES  TRANSPORT_F_VERSION_1
#define RINGS     0x1000
#define LED_RINGS 0x3000
#define BUFFERS   0x8000
#define SIZE      16

struct fixture {
    struct fake_board *fake;
    struct device *bridge, *input;
    struct ring_driver ring, status;
};

static struct fixture *make(enum virtio_input_kind kind)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->bridge = piix3_new(&f->fake->board, NULL);
    f->input = virtio_input_new(&f->fake->board, DEVFN, kind, NULL);
    assert_true(f->bridge && f->input);
    virtio_driver_place(f->fake, DEVFN);
    return f;
}

static int setup_keyboard(void **state)
{
    *state = make(VIRTIO_INPUT_KEYBOARD);
    return 0;
}

static int setup_tablet(void **state)
{
    *state = make(VIRTIO_INPUT_TABLET);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->input->free(f->input);
    f->bridge->free(f->bridge);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

/* Ask for a part of the configuration; its size. */
static unsigned select_part(struct fixture *f, uint8_t select, uint8_t part)
{
    fake_write(f->fake, DEVICE, select, 1);
    fake_write(f->fake, DEVICE + 1, part, 1);
    return (unsigned)fake_read(f->fake, DEVICE + 2, 1);
}

static bool has_code(struct fixture *f, unsigned type, unsigned code)
{
    unsigned size = select_part(f, 0x11, (uint8_t)type);
    return code / 8 < size &&
           (fake_read(f->fake, DEVICE + 8 + code / 8, 1) >> code % 8 & 1);
}

static void test_configuration(void **state)
{
    struct fixture *f = *state;
    char name[16] = { 0 };
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0, 4), 0x10521af4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x0a, 2), 0x0900);
    unsigned size = select_part(f, 0x01, 0);
    assert_int_equal(size, 14);
    for (unsigned i = 0; i < size; i++)
        name[i] = (char)fake_read(f->fake, DEVICE + 8 + i, 1);
    assert_string_equal(name, "igdvm keyboard");
    assert_int_equal(select_part(f, 0x01, 1), 0);
    assert_int_equal(select_part(f, 0x02, 0), 0);
    assert_int_equal(select_part(f, 0x03, 0), 8);
    assert_int_equal(fake_read(f->fake, DEVICE + 8, 2), BUS_VIRTUAL);
    assert_int_equal(select_part(f, 0x12, ABS_X), 0);
    assert_true(has_code(f, EV_KEY, KEY_ESC) && has_code(f, EV_KEY, KEY_COMPOSE));
    assert_true(has_code(f, EV_LED, LED_CAPSL) && has_code(f, EV_REP, REP_DELAY));
    assert_false(has_code(f, EV_KEY, KEY_RESERVED) || has_code(f, EV_KEY, BTN_LEFT));
    assert_false(has_code(f, EV_ABS, ABS_X) || has_code(f, 0xff, 0));
    /* Nothing but the selectors can be written; both may be at once. */
    fake_write(f->fake, DEVICE, 0x0003, 2);
    assert_int_equal(fake_read(f->fake, DEVICE + 2, 1), 8);
    fake_write(f->fake, DEVICE + 2, 0xff, 1);
    fake_write(f->fake, DEVICE + 8, 0xffffffff, 4);
    fake_write(f->fake, DEVICE + 0x84, ~0ull, 8);
    assert_int_equal(fake_read(f->fake, DEVICE + 2, 1), 8);
    assert_int_equal(fake_read(f->fake, DEVICE + 8, 2), BUS_VIRTUAL);
    fake_reset(f->fake, f->input);
    assert_int_equal(fake_read(f->fake, DEVICE, 4), 0);
}

static void test_tablet_configuration(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x0a, 2), 0x0980);
    for (unsigned axis = ABS_X; axis <= ABS_Y; axis++) {
        assert_int_equal(select_part(f, 0x12, (uint8_t)axis), 20);
        assert_int_equal(fake_read(f->fake, DEVICE + 8, 8),
                         (uint64_t)VIRTIO_INPUT_ABSOLUTE_MAX << 32);
    }
    assert_int_equal(select_part(f, 0x12, ABS_Z), 0);
    assert_true(has_code(f, EV_KEY, BTN_LEFT) && has_code(f, EV_KEY, BTN_EXTRA));
    assert_true(has_code(f, EV_REL, REL_WHEEL) && has_code(f, EV_REL, REL_HWHEEL));
    assert_false(has_code(f, EV_REL, REL_X) || has_code(f, EV_KEY, KEY_A));
}

static void start(struct fixture *f)
{
    virtio_driver_start(f->fake, &f->ring, SIZE, RINGS, FEATURES);
    for (uint16_t i = 0; i < SIZE; i++) {
        ring_describe(&f->ring, i, BUFFERS + i * 8u, 8, DESC_WRITE, 0);
    }
}

static void expect_event(struct fixture *f, uint16_t type, uint16_t code,
                         uint32_t value)
{
    uint32_t written;
    assert_int_not_equal(ring_returned(&f->ring), 0);
    uint16_t head = ring_take_used(&f->ring, &written);
    const uint8_t *event = fake_ram(f->fake, BUFFERS + head * 8u);
    assert_int_equal(written, 8);
    assert_int_equal(load16(event), type);
    assert_int_equal(load16(event + 2), code);
    assert_int_equal(load32(event + 4), value);
}

static void test_events(void **state)
{
    struct fixture *f = *state;
    const struct virtio_input_event down = { EV_KEY, KEY_A, 1 };
    const struct virtio_input_event both[] = { { EV_KEY, KEY_A, 0 },
                                               { EV_KEY, KEY_B, 1 } };
    assert_false(virtio_input_driven(f->input));
    assert_false(virtio_input_tell(f->input, &down, 1));
    start(f);
    assert_true(virtio_input_driven(f->input));
    assert_false(virtio_input_tell(f->input, &down, 1)); /* no buffers yet */
    for (uint16_t i = 0; i < 4; i++)
        ring_offer(&f->ring, i);
    assert_true(virtio_input_tell(f->input, &down, 1));
    expect_event(f, EV_KEY, KEY_A, 1);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    assert_int_equal(fake_read(f->fake, ISR, 1), 1);
    /* Three are needed, two are there: nothing is told. */
    assert_false(virtio_input_tell(f->input, both, 2));
    assert_int_equal(ring_returned(&f->ring), 0);
    ring_offer(&f->ring, 4);
    assert_true(virtio_input_tell(f->input, both, 2));
    expect_event(f, EV_KEY, KEY_A, 0);
    expect_event(f, EV_KEY, KEY_B, 1);
    expect_event(f, EV_SYN, SYN_REPORT, 0);
    fake_reset(f->fake, f->input);
    assert_false(virtio_input_driven(f->input));
}

static void test_bad_drivers(void **state)
{
    struct fixture *f = *state;
    const struct virtio_input_event down = { EV_KEY, KEY_A, 1 };
    start(f);
    /* Too small a buffer, one the device may not write, an index that runs ahead. */
    ring_describe(&f->ring, 0, BUFFERS, 7, DESC_WRITE, 0);
    ring_offer(&f->ring, 0);
    ring_offer(&f->ring, 1);
    assert_false(virtio_input_tell(f->input, &down, 1));
    assert_int_equal(virtio_driver_status(f->fake) & 0x40, 0x40);
    start(f);
    assert_true(virtio_input_driven(f->input));
    ring_describe(&f->ring, 0, BUFFERS, 8, 0, 0);
    ring_offer(&f->ring, 0);
    ring_offer(&f->ring, 1);
    assert_false(virtio_input_tell(f->input, &down, 1));
    assert_false(virtio_input_driven(f->input));
    start(f);
    ring_set_available_index(&f->ring, SIZE + 1);
    assert_false(virtio_input_tell(f->input, &down, 1));
    assert_false(virtio_input_driven(f->input));
}

static void leds_changed(void *opaque, unsigned code, bool on)
{
    unsigned *told = opaque;
    *told = *told << 8 | code << 4 | on;
}

static void test_lights(void **state)
{
    struct fixture *f = *state;
    unsigned told = 0;
    static const uint8_t events[] = { EV_LED, 0, LED_CAPSL,   0, 1, 0, 0, 0, /* on */
                                      EV_LED, 0, 77,          0, 1, 0, 0, 0, /* none */
                                      EV_LED, 0, LED_SCROLLL, 0, 0, 0, 0, 0 };
    virtio_input_watch_leds(f->input, leds_changed, &told);
    start(f);
    ring_driver_init(&f->status, f->fake, SIZE, LED_RINGS);
    fake_write(f->fake, COMMON + 0x16, 1, 2);
    fake_write(f->fake, COMMON + 0x18, SIZE, 2);
    fake_write(f->fake, COMMON + 0x20, f->status.descriptors, 8);
    fake_write(f->fake, COMMON + 0x28, f->status.available, 8);
    fake_write(f->fake, COMMON + 0x30, f->status.used, 8);
    fake_write(f->fake, COMMON + 0x1c, 1, 2);
    memcpy(fake_ram(f->fake, BUFFERS), events, sizeof(events));
    for (uint16_t i = 0; i < 3; i++) {
        ring_describe(&f->status, i, BUFFERS + i * 8u, 8, 0, 0);
        ring_offer(&f->status, i);
    }
    ring_describe(&f->status, 3, BUFFERS, 5, 0, 0); /* half an event */
    ring_offer(&f->status, 3);
    fake_write(f->fake, NOTIFY + 4, 1, 2);
    fake_run(f->fake, 20);
    assert_int_equal(ring_returned(&f->status), 4);
    assert_int_equal(told, (LED_CAPSL << 4 | 1) << 8 | LED_SCROLLL << 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_configuration, setup_keyboard, teardown),
        cmocka_unit_test_setup_teardown(test_tablet_configuration, setup_tablet,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_events, setup_keyboard, teardown),
        cmocka_unit_test_setup_teardown(test_bad_drivers, setup_keyboard, teardown),
        cmocka_unit_test_setup_teardown(test_lights, setup_keyboard, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
