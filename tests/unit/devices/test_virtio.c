/* test_virtio.c: the virtio PCI transport, seen through the entropy device. */
#include "virtio_driver.h"

#include "base/bytes.h"         /* ARRAY_SIZE */
#include "devices/device.h"     /* free */
#include "devices/i440fx.h"     /* the host bridge */
#include "devices/piix3.h"      /* INTx routing */
#include "devices/virtio_pci.h" /* feature bits */
#include "devices/virtio_rng.h" /* under test */

#include <string.h> /* memset */

#define DEVFN    PCI_DEVFN(4, 0)
#define FEATURES TRANSPORT_F_VERSION_1

struct fixture {
    struct fake_board *fake;
    struct device *bridge, *rng;
    struct ring_driver ring;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->bridge = piix3_new(&f->fake->board, NULL);
    f->rng = virtio_rng_new(&f->fake->board, DEVFN, NULL);
    assert_true(f->bridge && f->rng);
    for (unsigned i = 0; i < 4; i++)
        fake_config_write(f->fake, 8, 0x60 + i, 10, 1);
    virtio_driver_place(f->fake, DEVFN);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->rng->free(f->rng);
    f->bridge->free(f->bridge);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

/* Walk the capabilities as a driver does, and find all five structures and MSI-X. */
static void test_capabilities(void **state)
{
    struct fixture *f = *state;
    unsigned seen = 0, steps = 0, msix = 0;
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0, 4), 0x10441af4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 8, 1), 1);
    assert_int_equal(fake_config_read(f->fake, DEVFN, PCI_STATUS, 2) & 0x10, 0x10);
    unsigned at = fake_config_read(f->fake, DEVFN, PCI_CAPABILITIES, 1);
    for (; at && steps < 20; steps++) {
        unsigned id = fake_config_read(f->fake, DEVFN, at, 1);
        if (id == PCI_CAP_VENDOR) {
            unsigned type = fake_config_read(f->fake, DEVFN, at + 3, 1);
            seen |= 1u << type;
            if (type == 5)
                assert_int_equal(at, 0x84);
            else
                assert_int_equal(fake_config_read(f->fake, DEVFN, at + 4, 1), 4);
            assert_int_equal(fake_config_read(f->fake, DEVFN, at + 2, 1),
                             type == 2 || type == 5 ? 20 : 16);
        } else if (id == PCI_CAP_MSIX) {
            msix++;
            assert_int_equal(fake_config_read(f->fake, DEVFN, at + 2, 2), 1);
        }
        at = fake_config_read(f->fake, DEVFN, at + 1, 1);
    }
    assert_int_equal(seen, 0x3e);
    assert_int_equal(msix, 1);
    assert_int_equal(steps, 6);
}

static void test_features(void **state)
{
    struct fixture *f = *state;
    fake_write(f->fake, COMMON, 1, 4);
    assert_int_equal(fake_read(f->fake, COMMON + 4, 4), 1);
    fake_write(f->fake, COMMON, 2, 4);
    assert_int_equal(fake_read(f->fake, COMMON + 4, 4), 0);
    assert_int_equal(fake_read(f->fake, COMMON + 0x12, 2), 1);
    assert_int_equal(fake_read(f->fake, COMMON + 0x18, 2), 64);
    fake_write(f->fake, COMMON + 0x16, 1, 2);
    assert_int_equal(fake_read(f->fake, COMMON + 0x18, 2), 0); /* no such queue */
    /* Without VERSION_1, or with a feature that was not offered: not OK. */
    virtio_driver_begin(f->fake, &f->ring, 8, 0x1000, 0);
    assert_int_equal(virtio_driver_status(f->fake), 0x03);
    fake_write(f->fake, COMMON + 0x14, 0x07, 1); /* nor can it start so */
    assert_int_equal(virtio_driver_status(f->fake), 0x03);
    virtio_driver_begin(f->fake, &f->ring, 8, 0x1000, FEATURES | 1);
    assert_int_equal(virtio_driver_status(f->fake), 0x03);
    virtio_driver_begin(f->fake, &f->ring, 8, 0x1000, FEATURES);
    assert_int_equal(virtio_driver_status(f->fake), 0x0b);
}

static void offer_buffer(struct fixture *f, uint16_t head, uint32_t length)
{
    ring_describe(&f->ring, head, 0x8000, length, DESC_WRITE, 0);
    ring_offer(&f->ring, head);
}

static void test_entropy(void **state)
{
    struct fixture *f = *state;
    static const uint8_t zero[4097];
    uint32_t written;
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, FEATURES);
    offer_buffer(f, 2, 64);
    assert_true(virtio_driver_kick(&f->ring, 1));
    assert_int_equal(ring_take_used(&f->ring, &written), 2);
    assert_int_equal(written, 64);
    assert_memory_not_equal(fake_ram(f->fake, 0x8000), zero, 64);
    assert_memory_equal(fake_ram(f->fake, 0x8040), zero, 64);
    offer_buffer(f, 3, 65536); /* bounded */
    assert_true(virtio_driver_kick(&f->ring, 1));
    ring_take_used(&f->ring, &written);
    assert_int_equal(written, 4096);
    assert_memory_equal(fake_ram(f->fake, 0x9000), zero, 4096);
    /* More than one run's worth. */
    virtio_driver_start(f->fake, &f->ring, 64, 0x1000, FEATURES);
    memset(fake_ram(f->fake, 0x1000), 0, 0x1000);
    for (uint16_t i = 0; i < 64; i++)
        offer_buffer(f, i, 1);
    assert_true(virtio_driver_kick(&f->ring, 64));
}

static void test_intx(void **state)
{
    struct fixture *f = *state;
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, FEATURES);
    offer_buffer(f, 0, 16);
    assert_true(virtio_driver_kick(&f->ring, 1));
    assert_true(f->fake->levels[10]);
    assert_int_equal(fake_read(f->fake, ISR, 1), 1);
    assert_false(f->fake->levels[10]);
    assert_int_equal(fake_read(f->fake, ISR, 1), 0);
    /* Polling drivers turn interrupts off. */
    store16(fake_ram(f->fake, f->ring.available), 1);
    offer_buffer(f, 1, 16);
    assert_true(virtio_driver_kick(&f->ring, 2));
    assert_false(f->fake->levels[10]);
}

static void test_msix(void **state)
{
    struct fixture *f = *state;
    fake_write(f->fake, MSIX_BAR + 16, 0xfee01000, 4);
    fake_write(f->fake, MSIX_BAR + 20, 0, 4);
    fake_write(f->fake, MSIX_BAR + 24, 0x4041, 4);
    assert_int_equal(fake_read(f->fake, MSIX_BAR + 28, 4), 1); /* masked at first */
    fake_config_write(f->fake, DEVFN, 0x9a, 0x8000, 2);
    virtio_driver_begin(f->fake, &f->ring, 8, 0x1000, FEATURES);
    fake_write(f->fake, COMMON + 0x1a, 7, 2); /* no such vector */
    assert_int_equal(fake_read(f->fake, COMMON + 0x1a, 2), 0xffff);
    fake_write(f->fake, COMMON + 0x1a, 1, 2);
    assert_int_equal(fake_read(f->fake, COMMON + 0x1a, 2), 1);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
    offer_buffer(f, 0, 16);
    assert_true(virtio_driver_kick(&f->ring, 1));
    assert_int_equal(f->fake->message_count, 0);
    assert_int_equal(fake_read(f->fake, MSIX_BAR + 0x800, 8), 2);
    fake_write(f->fake, MSIX_BAR + 28, 0, 4); /* unmasked: what is pending comes */
    assert_int_equal(f->fake->message_count, 1);
    assert_int_equal(f->fake->messages[0].address, 0xfee01000);
    assert_int_equal(f->fake->messages[0].data, 0x4041);
    assert_int_equal(fake_read(f->fake, MSIX_BAR + 0x800, 8), 0);
    assert_false(f->fake->levels[10]);
    /* The function mask. */
    fake_config_write(f->fake, DEVFN, 0x9a, 0xc000, 2);
    offer_buffer(f, 1, 16);
    assert_true(virtio_driver_kick(&f->ring, 2));
    assert_int_equal(f->fake->message_count, 1);
    fake_config_write(f->fake, DEVFN, 0x9a, 0x8000, 2);
    assert_int_equal(f->fake->message_count, 2);
}

/* Doorbells move with the BAR, and work without the kernel's help. */
static void test_doorbells(void **state)
{
    struct fixture *f = *state;
    unsigned registered = 0;
    for (unsigned i = 0; i < FAKE_EVENTS; i++)
        registered += f->fake->events[i].fd >= 0;
    assert_int_equal(registered, 1);
    fake_config_write(f->fake, DEVFN, PCI_COMMAND, 0, 2);
    for (unsigned i = 0; i < FAKE_EVENTS; i++)
        assert_true(f->fake->events[i].fd < 0);
    f->fake->refuse_ioeventfd = true;
    fake_config_write(f->fake, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, FEATURES);
    offer_buffer(f, 0, 16);
    assert_true(virtio_driver_kick(&f->ring, 1));
    f->fake->refuse_ioeventfd = false;
    fake_config_write(f->fake, DEVFN, PCI_BAR(4), 0x20000000, 4);
    bool found = false;
    for (unsigned i = 0; i < FAKE_EVENTS; i++)
        found |= f->fake->events[i].fd >= 0 && f->fake->events[i].address == 0x20003000;
    assert_true(found);
}

/* The PCI capability reaches the BAR through config space. */
static void test_config_window(void **state)
{
    struct fixture *f = *state;
    fake_config_write(f->fake, DEVFN, 0x88, 4, 1);
    fake_config_write(f->fake, DEVFN, 0x8c, 0x18, 4); /* queue size */
    fake_config_write(f->fake, DEVFN, 0x90, 2, 4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x94, 2), 64);
    fake_config_write(f->fake, DEVFN, 0x94, 32, 2);
    assert_int_equal(fake_read(f->fake, COMMON + 0x18, 2), 32);
    static const struct {
        uint32_t bar, offset, length;
    } rows[] = { { 1, 0x18, 2 },      { 4, 0x19, 2 },       { 4, 0x18, 3 },
                 { 4, 0x4000, 1 },    { 4, 0xfffffffc, 4 }, { 4, 0, 0 },
                 { 4, 0, 0xffffffff } };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        fake_config_write(f->fake, DEVFN, 0x88, rows[i].bar, 1);
        fake_config_write(f->fake, DEVFN, 0x8c, rows[i].offset, 4);
        fake_config_write(f->fake, DEVFN, 0x90, rows[i].length, 4);
        fake_config_write(f->fake, DEVFN, 0x94, 16, 4);
        (void)fake_config_read(f->fake, DEVFN, 0x94, 4);
    }
    assert_int_equal(fake_read(f->fake, COMMON + 0x18, 2), 32);
}

static void test_broken_driver(void **state)
{
    struct fixture *f = *state;
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, FEATURES);
    ring_describe(&f->ring, 0, 0x8000, 16, DESC_WRITE | DESC_NEXT, 0);
    ring_offer(&f->ring, 0);
    fake_write(f->fake, NOTIFY, 0, 2);
    fake_run(f->fake, 20);
    assert_int_equal(virtio_driver_status(f->fake), 0x4f);
    assert_int_equal(fake_read(f->fake, ISR, 1), 2);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1); /* it cannot be talked away */
    assert_int_equal(virtio_driver_status(f->fake), 0x4f);
    offer_buffer(f, 1, 16);
    fake_write(f->fake, NOTIFY, 0, 2);
    fake_run(f->fake, 20);
    assert_int_equal(ring_returned(&f->ring), 0);
    /* A reset of the device heals it. */
    memset(fake_ram(f->fake, 0x1000), 0, 0x1000);
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, FEATURES);
    offer_buffer(f, 1, 16);
    assert_true(virtio_driver_kick(&f->ring, 1));
    /* Rings outside RAM. */
    virtio_driver_begin(f->fake, &f->ring, 8, 0x80000000, FEATURES);
    assert_int_equal(virtio_driver_status(f->fake), 0x4b);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    virtio_driver_start(f->fake, &f->ring, 8, 0x1000, FEATURES);
    fake_config_write(f->fake, DEVFN, 0x9a, 0x8000, 2);
    offer_buffer(f, 0, 16);
    fake_write(f->fake, NOTIFY, 0, 2);
    pthread_mutex_lock(&f->fake->board.lock);
    pci_bus_reset(f->fake->board.pci);
    f->rng->reset(f->rng);
    pthread_mutex_unlock(&f->fake->board.lock);
    fake_run(f->fake, 5);
    assert_int_equal(ring_returned(&f->ring), 0);
    assert_int_equal(fake_config_read(f->fake, DEVFN, PCI_BAR(4), 4), 0);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x9a, 2), 1);
    for (unsigned i = 0; i < FAKE_EVENTS; i++)
        assert_true(f->fake->events[i].fd < 0);
    virtio_driver_place(f->fake, DEVFN);
    assert_int_equal(virtio_driver_status(f->fake), 0);
    assert_int_equal(fake_read(f->fake, COMMON + 0x20, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_capabilities, setup, teardown),
        cmocka_unit_test_setup_teardown(test_features, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entropy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_intx, setup, teardown),
        cmocka_unit_test_setup_teardown(test_msix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doorbells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_config_window, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_driver, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
