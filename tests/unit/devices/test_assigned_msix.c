/* test_assigned_msix.c: MSI-X of an assigned device: its table, vectors, pages. */
#include "assigned_rig.h" /* places, events */

#include "base/bytes.h"     /* stores */
#include "base/error.h"     /* struct error */
#include "devices/device.h" /* free */
#include "devices/piix3.h"  /* routes */
#include "fake_vfio.h"      /* a device with MSI-X */

#include <unistd.h> /* write */

#define CONTROL (FAKE_MSIX + 2)
#define ENABLE  0x8000
#define ALL     0x4000 /* are masked */
#define TABLE   (BAR2_AT + FAKE_MSIX_TABLE)
#define PENDING (BAR2_AT + FAKE_MSIX_PENDING)

struct bench {
    struct fake_vfio *fake;
    struct fake_board *board;
    struct device *bridge;
    struct assigned *assigned;
};

static int start(void **state)
{
    static struct bench bench;
    struct error err = { 0 };
    bench.fake = fake_vfio_new(0);
    fake_vfio_add_msix(bench.fake);
    bench.board = fake_board_new();
    bench.bridge = piix3_new(&bench.board->board, &err);
    bench.assigned =
        assigned_new(&bench.board->board, &bench.fake->device, GPU, NULL, &err);
    assert_true(bench.bridge && bench.assigned);
    fake_config_write(bench.board, PIC, 0x60 + pci_bus_pirq(GPU, 1), 10, 1);
    fake_config_write(bench.board, GPU, PCI_BAR(2), BAR2_AT, 4);
    fake_config_write(bench.board, GPU, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    *state = &bench;
    return 0;
}

static int stop(void **state)
{
    struct bench *bench = *state;
    assigned_device(bench->assigned)->free(assigned_device(bench->assigned));
    assert_int_equal(fake_irqfd_count(bench->board), 0);
    assert_int_equal(fake_map_count(bench->board), 0);
    bench->bridge->free(bench->bridge);
    fake_board_free(bench->board);
    fake_vfio_free(bench->fake);
    return 0;
}

static void set_control(struct bench *bench, uint16_t value)
{
    fake_config_write(bench->board, GPU, CONTROL, value, 2);
}

static void set_entry(struct bench *bench, unsigned vector, uint64_t address,
                      uint32_t data, bool masked)
{
    uint64_t entry = TABLE + 16 * vector;
    fake_write(bench->board, entry, address & 0xffffffff, 4);
    fake_write(bench->board, entry + 4, address >> 32, 4);
    fake_write(bench->board, entry + 8, data, 4);
    fake_write(bench->board, entry + 12, masked, 4);
}

static void send(struct bench *bench, unsigned vector)
{
    const uint64_t one = 1;
    assert_int_equal(write(bench->fake->vectors[vector], &one, sizeof(one)),
                     sizeof(one));
}

static void the_table_is_the_guests(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(fake_config_read(bench->board, GPU, CONTROL, 2), FAKE_VECTORS - 1);
    for (unsigned i = 0; i < FAKE_VECTORS; i++)
        assert_int_equal(fake_read(bench->board, TABLE + 16 * i + 12, 4), 1);
    set_entry(bench, 1, 0x100fee00000, 0x4041, true);
    assert_int_equal(fake_read(bench->board, TABLE + 16, 8), 0x100fee00000);
    assert_int_equal(fake_read(bench->board, TABLE + 24, 4), 0x4041);
    /* None of it reaches the hardware, in whose pages others are mapped. */
    for (unsigned i = 0; i < 0x1000; i++)
        assert_int_equal(bench->fake->bars[1][FAKE_MSIX_TABLE + i], 0);
    assert_null(fake_map_at(bench->board, TABLE));
    assert_null(fake_map_at(bench->board, PENDING));
    assert_non_null(fake_map_at(bench->board, BAR2_AT));
    assert_non_null(fake_map_at(bench->board, BAR2_AT + 0x4000));
    /* The rest of such a page is the hardware's. */
    fake_write(bench->board, TABLE + 0x800, 0x5a, 1);
    assert_int_equal(bench->fake->bars[1][FAKE_MSIX_TABLE + 0x800], 0x5a);
}

static void vectors_are_armed_and_connected(void **state)
{
    struct bench *bench = *state;
    assert_true(bench->fake->irqs[VFIO_IRQ_INTX] >= 0);
    set_entry(bench, 0, 0xfee00000, 0x31, false);
    set_entry(bench, 2, 0xfee01000, 0x32, false);
    assert_int_equal(bench->fake->vector_count, 0);
    set_control(bench, ENABLE | ALL);
    assert_int_equal(bench->fake->vector_count, FAKE_VECTORS);
    assert_int_equal(bench->fake->irqs[VFIO_IRQ_INTX], -1);
    assert_int_equal(fake_irqfd_count(bench->board), 0);
    set_control(bench, ENABLE);
    assert_int_equal(fake_irqfd_count(bench->board), 2);
    assert_int_equal(fake_irqfd_of(bench->board, FAKE_GSIS)->fd,
                     bench->fake->vectors[0]);
    assert_int_equal(fake_irqfd_of(bench->board, FAKE_GSIS + 1)->fd,
                     bench->fake->vectors[2]);
    assert_int_equal(bench->board->msi[0].address, 0xfee00000);
    assert_int_equal(bench->board->msi[1].data, 0x32);
    /* A vector that moves keeps its GSI. */
    set_entry(bench, 2, 0xfee02000, 0x33, false);
    assert_int_equal(bench->board->msi[1].address, 0xfee02000);
    assert_int_equal(bench->board->msi[1].data, 0x33);
    assert_int_equal(bench->board->msi_gsis, 2);
    set_control(bench, 0);
    assert_int_equal(bench->fake->vector_count, 0);
    assert_true(bench->fake->irqs[VFIO_IRQ_INTX] >= 0);
}

static void what_comes_while_masked_waits(void **state)
{
    struct bench *bench = *state;
    set_entry(bench, 1, 0xfee00000, 0x31, true);
    set_control(bench, ENABLE);
    assert_int_equal(fake_read(bench->board, PENDING, 8), 0);
    send(bench, 1);
    assert_int_equal(fake_read(bench->board, PENDING, 8), 2);
    assert_int_equal(fake_read(bench->board, PENDING + 1, 1), 0);
    set_entry(bench, 1, 0xfee00000, 0x31, false);
    assert_int_equal(fake_read(bench->board, PENDING, 8), 0);
    assert_true(signalled(bench->fake->vectors[1], 0)); /* on its way to the guest */
    /* Of MSI-X that is off nothing waits. */
    set_control(bench, ENABLE | ALL);
    send(bench, 1);
    set_control(bench, 0);
    set_control(bench, ENABLE | ALL);
    assert_int_equal(fake_read(bench->board, PENDING, 8), 0);
}

static void a_reset_clears_it(void **state)
{
    struct bench *bench = *state;
    set_entry(bench, 0, 0xfee00000, 0x31, false);
    set_control(bench, ENABLE);
    assert_int_equal(fake_irqfd_count(bench->board), 1);
    pci_bus_reset(bench->board->board.pci);
    assert_int_equal(bench->fake->vector_count, 0);
    assert_int_equal(fake_config_read(bench->board, GPU, CONTROL, 2), FAKE_VECTORS - 1);
    fake_config_write(bench->board, GPU, PCI_BAR(2), BAR2_AT, 4);
    fake_config_write(bench->board, GPU, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    assert_int_equal(fake_read(bench->board, TABLE, 8), 0);
    assert_int_equal(fake_read(bench->board, TABLE + 12, 4), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_table_is_the_guests, start, stop),
        cmocka_unit_test_setup_teardown(vectors_are_armed_and_connected, start, stop),
        cmocka_unit_test_setup_teardown(what_comes_while_masked_waits, start, stop),
        cmocka_unit_test_setup_teardown(a_reset_clears_it, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
