/* test_virtio_balloon.c: a virtio balloon: pages given back, a target, statistics. */
#include "virtio_driver.h"

#include "base/bytes.h"             /* loads, stores */
#include "devices/device.h"         /* free */
#include "devices/virtio_balloon.h" /* under test */
#include "devices/virtio_pci.h"     /* feature bits */

#define DEVFN      PCI_DEVFN(18, 0)
#define FEATURES   (TRANSPORT_F_VERSION_1 | 1u << 1 | 1u << 2 | 1u << 5)
#define STATISTICS 2
#define REPORTING  3
#define QUEUES     4
#define NUMBERS    0x20000u /* page numbers, in guest RAM */
#define PAGE       0x40000u /* pages that are given */

struct fixture {
    struct fake_board *fake;
    struct device *balloon;
    struct ring_driver rings[QUEUES];
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->balloon = virtio_balloon_new(&f->fake->board, DEVFN, NULL);
    assert_non_null(f->balloon);
    virtio_driver_place(f->fake, DEVFN);
    virtio_driver_begin(f->fake, &f->rings[0], 16, 0x1000, FEATURES);
    for (unsigned i = 1; i < QUEUES; i++)
        virtio_driver_queue(f->fake, &f->rings[i], i, 16, 0x1000 + 0x1000 * i);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
    fake_run(f->fake, 2);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->balloon->free(f->balloon);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void request(struct fixture *f, unsigned queue, uint64_t at, uint32_t size,
                    bool writable)
{
    ring_describe(&f->rings[queue], 0, at, size, writable ? DESC_WRITE : 0, 0);
    ring_offer(&f->rings[queue], 0);
    fake_write(f->fake, NOTIFY + 4 * queue, queue, 2);
    fake_run(f->fake, 5);
}

static struct virtio_balloon_state ask(struct fixture *f)
{
    struct virtio_balloon_state state;
    pthread_mutex_lock(&f->fake->board.lock);
    virtio_balloon_ask(f->balloon, &state);
    pthread_mutex_unlock(&f->fake->board.lock);
    fake_run(f->fake, 2);
    return state;
}

/* Is each byte of these 4 KiB this one? */
static bool page_is(struct fixture *f, uint64_t address, uint8_t byte)
{
    const uint8_t *at = fake_ram(f->fake, address);
    for (unsigned i = 0; i < 4096; i++) {
        if (at[i] != byte)
            return false;
    }
    return true;
}

static void test_inflate(void **state)
{
    struct fixture *f = *state;
    /* Neighbours up, neighbours down, one alone, one twice, one that is no RAM. */
    static const uint32_t pages[] = {
        0x40, 0x41, 0x42, 0x49, 0x48, 0x4c, 0x4c, 0xfffff
    };
    static const uint16_t gone = 0x1307; /* by bit, from PAGE on */
    memset(fake_ram(f->fake, PAGE), 0xaa, 16 * 4096);
    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++)
        store32(fake_ram(f->fake, NUMBERS + 4 * i), pages[i]);
    request(f, 0, NUMBERS, sizeof(pages), false);
    assert_int_equal(ring_returned(&f->rings[0]), 1);
    for (unsigned i = 0; i < 16; i++)
        assert_true(page_is(f, PAGE + 4096 * i, gone >> i & 1 ? 0 : 0xaa));
    assert_int_equal(ask(f).inflated, 7 * 4096);
    /* Taken out again: nothing to do. */
    request(f, 1, NUMBERS, sizeof(pages), false);
    assert_int_equal(ring_returned(&f->rings[1]), 1);
    assert_int_equal(virtio_driver_status(f->fake), 0x0f);
}

static void test_report(void **state)
{
    struct fixture *f = *state;
    memset(fake_ram(f->fake, PAGE), 0xaa, 4 * 4096);
    request(f, REPORTING, PAGE + 2048, 3 * 4096, true); /* whole pages only */
    assert_int_equal(ring_returned(&f->rings[REPORTING]), 1);
    assert_true(page_is(f, PAGE + 4096, 0) && page_is(f, PAGE + 8192, 0));
    assert_false(page_is(f, PAGE, 0) || page_is(f, PAGE + 3 * 4096, 0));
    assert_int_equal(ask(f).reported, 2 * 4096);
}

static void test_target(void **state)
{
    struct fixture *f = *state;
    pthread_mutex_lock(&f->fake->board.lock);
    virtio_balloon_set_target(f->balloon, 5 * 4096 + 1);
    pthread_mutex_unlock(&f->fake->board.lock);
    assert_int_equal(fake_read(f->fake, DEVICE, 4), 5);
    assert_int_equal(fake_read(f->fake, ISR, 1) & 2, 2);
    fake_write(f->fake, DEVICE, 9, 4); /* the target is not the driver's to say */
    fake_write(f->fake, DEVICE + 4, 3, 4);
    assert_int_equal(ask(f).target, 5 * 4096);
    assert_int_equal(ask(f).actual, 3 * 4096);
    fake_write(f->fake, COMMON + 0x14, 0, 1);
    assert_int_equal(ask(f).actual, 0);
}

static void test_statistics(void **state)
{
    struct fixture *f = *state;
    uint8_t *at = fake_ram(f->fake, NUMBERS);
    store16(at, BALLOON_FREE);
    store64(at + 2, 12345678);
    store16(at + 10, 999);
    store64(at + 12, 1);
    request(f, STATISTICS, NUMBERS, 25, false); /* the last one is cut off */
    assert_int_equal(ring_returned(&f->rings[STATISTICS]), 0); /* until asked */
    struct virtio_balloon_state told = ask(f);
    assert_int_equal(told.statistic, 1u << BALLOON_FREE);
    assert_int_equal(told.statistics[BALLOON_FREE], 12345678);
    assert_int_equal(ring_returned(&f->rings[STATISTICS]), 1);
    ask(f); /* nothing is held now */
    assert_int_equal(ring_returned(&f->rings[STATISTICS]), 1);
    store64(at + 2, 87654321);
    request(f, STATISTICS, NUMBERS, 10, false);
    assert_int_equal(ask(f).statistics[BALLOON_FREE], 87654321);
}

/* Queues move up when the driver has no use for statistics. */
static void test_fewer_queues(void **state)
{
    struct fixture *f = *state;
    memset(fake_ram(f->fake, 0x1000), 0, 0x4000);
    memset(fake_ram(f->fake, PAGE), 0xaa, 4096);
    virtio_driver_begin(f->fake, &f->rings[0], 16, 0x1000, FEATURES & ~(1ull << 1));
    virtio_driver_queue(f->fake, &f->rings[2], 2, 16, 0x3000);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
    request(f, 2, PAGE, 4096, true);
    assert_int_equal(ring_returned(&f->rings[2]), 1);
    assert_true(page_is(f, PAGE, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inflate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report, setup, teardown),
        cmocka_unit_test_setup_teardown(test_target, setup, teardown),
        cmocka_unit_test_setup_teardown(test_statistics, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fewer_queues, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
