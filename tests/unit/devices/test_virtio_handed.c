/* test_virtio_handed.c: a virtio queue that somebody else serves. */
#include "virtio_driver.h"

#include "base/bytes.h"            /* loads */
#include "devices/device.h"        /* free */
#include "devices/piix3.h"         /* INTx routing */
#include "devices/virtio_handed.h" /* under test */
#include "devices/virtio_pci.h"    /* the device */
#include "devices/virtio_rng.h"    /* whose queue it is */

#include <unistd.h> /* read, write */

#define DEVFN   PCI_DEVFN(4, 0)
#define GSI     10
#define MESSAGE 0xfee01000u

struct fixture {
    struct fake_board *fake;
    struct device *bridge, *rng;
    struct ring_driver ring;
    struct virtio_queue_fds fds;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->bridge = piix3_new(&f->fake->board, NULL);
    f->rng = virtio_rng_new(&f->fake->board, DEVFN, NULL);
    for (unsigned i = 0; i < 4; i++)
        fake_config_write(f->fake, 8, 0x60 + i, GSI, 1);
    virtio_driver_place(f->fake, DEVFN);
    fake_write(f->fake, MSIX_BAR, MESSAGE, 4);
    fake_write(f->fake, MSIX_BAR + 8, 0x41, 4);
    fake_write(f->fake, MSIX_BAR + 12, 0, 4);
    virtio_driver_begin(f->fake, &f->ring, 8, 0x1000, TRANSPORT_F_VERSION_1);
    fake_write(f->fake, COMMON + 0x1a, 0, 2);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
    fake_run(f->fake, 2);
    pthread_mutex_lock(&f->fake->board.lock);
    assert_int_equal(virtio_hand_over((struct virtio_device *)f->rng, 0, &f->fds, NULL),
                     0);
    pthread_mutex_unlock(&f->fake->board.lock);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->rng->free(f->rng);
    assert_int_equal(fake_irqfd_count(f->fake), 0);
    f->bridge->free(f->bridge);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void call(struct fixture *f)
{
    uint64_t one = 1;
    assert_int_equal(write(f->fds.call, &one, sizeof(one)), sizeof(one));
    fake_run(f->fake, 3);
}

static void set_msix(struct fixture *f, uint16_t control)
{
    fake_config_write(f->fake, DEVFN, 0x9a, control, 2);
}

/* The driver's notifications are there for whoever has the queue. */
static void test_kick(void **state)
{
    struct fixture *f = *state;
    uint64_t count = 0;
    ring_describe(&f->ring, 0, 0x8000, 16, DESC_WRITE, 0);
    ring_offer(&f->ring, 0);
    fake_write(f->fake, NOTIFY, 0, 2);
    fake_run(f->fake, 3);
    assert_int_equal(ring_returned(&f->ring), 0);
    assert_int_equal(read(f->fds.kick, &count, sizeof(count)), sizeof(count));
    /* Taken back, the device serves it again. */
    pthread_mutex_lock(&f->fake->board.lock);
    virtio_handed_take_back((struct virtio_device *)f->rng);
    pthread_mutex_unlock(&f->fake->board.lock);
    assert_true(virtio_driver_kick(&f->ring, 1));
}

static void test_line(void **state)
{
    struct fixture *f = *state;
    call(f);
    assert_true(f->fake->levels[GSI]);
    assert_int_equal(fake_read(f->fake, ISR, 1), 1);
    assert_int_equal(fake_irqfd_count(f->fake), 0);
}

/* While its message can be sent it goes by irqfd; a masked one is pending. */
static void test_messages(void **state)
{
    struct fixture *f = *state;
    set_msix(f, 0x8000);
    assert_int_equal(fake_irqfd_count(f->fake), 1);
    const struct fake_irqfd *irqfd = fake_irqfd_of(f->fake, FAKE_GSIS);
    assert_non_null(irqfd);
    assert_int_equal(irqfd->fd, f->fds.call);
    assert_int_equal(f->fake->msi[0].address, MESSAGE);
    assert_int_equal(f->fake->msi[0].data, 0x41);
    fake_write(f->fake, MSIX_BAR + 12, 1, 4);
    assert_int_equal(fake_irqfd_count(f->fake), 0);
    call(f);
    assert_int_equal(f->fake->message_count, 0);
    assert_int_equal(fake_read(f->fake, MSIX_BAR + 0x800, 8), 1);
    fake_write(f->fake, MSIX_BAR + 8, 0x42, 4); /* it may be moved meanwhile */
    fake_write(f->fake, MSIX_BAR + 12, 0, 4);
    assert_int_equal(f->fake->message_count, 1);
    assert_int_equal(f->fake->messages[0].data, 0x42);
    assert_int_equal(fake_irqfd_count(f->fake), 1);
    assert_int_equal(f->fake->msi[0].data, 0x42);
    fake_write(f->fake, COMMON + 0x16, 0, 2);
    fake_write(f->fake, COMMON + 0x1a, 0xffff, 2); /* no vector: no interrupts */
    assert_int_equal(fake_irqfd_count(f->fake), 0);
    call(f);
    assert_int_equal(f->fake->message_count, 1);
    assert_false(f->fake->levels[GSI]);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    set_msix(f, 0x8000);
    fake_write(f->fake, COMMON + 0x14, 0, 1);
    assert_int_equal(fake_irqfd_count(f->fake), 0);
    set_msix(f, 0);
    memset(fake_ram(f->fake, 0x1000), 0, 0x1000);
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, TRANSPORT_F_VERSION_1);
    ring_describe(&f->ring, 0, 0x8000, 16, DESC_WRITE, 0);
    ring_offer(&f->ring, 0);
    assert_true(virtio_driver_kick(&f->ring, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kick, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
