/* test_assigned_irq.c: INTx and MSI of an assigned GPU, from its vblank to the board.
 */
#include "assigned_rig.h" /* the model, assigned */

#include "base/bytes.h"     /* stores */
#include "base/error.h"     /* struct error */
#include "base/log.h"       /* quiet */
#include "devices/device.h" /* free */
#include "devices/piix3.h"  /* routes */
#include "fake_vfio.h"      /* a device that refuses */

#include <signal.h> /* SIGPIPE */
#include <unistd.h> /* write */

#define MSI         0xac /* the capability */
#define MSI_CONTROL (MSI + 2)
#define MSI_ADDRESS (MSI + 4)
#define MSI_DATA    (MSI + 8)
#define FRAME       1000 /* milliseconds in which a frame surely ends */
#define QUIET       60   /* and in which three would have come */

static const struct fake_irqfd *intx(struct rig *rig, unsigned irq)
{
    const struct fake_irqfd *line = fake_irqfd_of(rig->board, irq);
    assert_non_null(line);
    assert_true(line->resample_fd >= 0);
    return line;
}

/* The guest's end of interrupt, as KVM tells it. */
static void end_of_interrupt(const struct fake_irqfd *line)
{
    uint64_t one = 1;
    assert_int_equal(write(line->resample_fd, &one, sizeof(one)), sizeof(one));
}

static void start(struct rig *rig, uint8_t irq)
{
    rig_place(rig, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    rig_route(rig, irq);
    rig_vblank_on(rig);
}

static void test_intx(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(fake_irqfd_count(rig->board), 0);
    start(rig, 11);
    for (unsigned i = 0; i < 5; i++) {
        assert_true(signalled(intx(rig, 11)->fd, FRAME));
        /* A level: one event until the end of interrupt... */
        assert_false(signalled(intx(rig, 11)->fd, 0));
        assert_true(gpu_get(rig, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
        if (i == 0)
            assert_false(signalled(intx(rig, 11)->fd, QUIET));
        /* ...and at once another where the cause is still there. */
        if (i % 2) {
            end_of_interrupt(intx(rig, 11));
            assert_true(signalled(intx(rig, 11)->fd, FRAME));
        }
        rig_acknowledge(rig);
        end_of_interrupt(intx(rig, 11));
    }
    /* The command register's bit takes the line away, by either width. */
    gpu_put(rig, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_OFF >> 8);
    rig_acknowledge(rig);
    end_of_interrupt(intx(rig, 11));
    signalled(intx(rig, 11)->fd, 0);
    assert_false(signalled(intx(rig, 11)->fd, QUIET));
    gpu_put(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_true(signalled(intx(rig, 11)->fd, FRAME));
}

static void test_route(void **state)
{
    struct rig *rig = *state;

    start(rig, 11);
    assert_true(signalled(intx(rig, 11)->fd, FRAME));
    rig_acknowledge(rig);
    rig_route(rig, 10);
    assert_null(fake_irqfd_of(rig->board, 11));
    assert_true(signalled(intx(rig, 10)->fd, FRAME));
    rig_route(rig, 10); /* the same again: nothing happens */
    uint64_t set_up = assigned_counters(rig->assigned).interrupts_set_up;
    rig_route(rig, 10);
    assert_int_equal(assigned_counters(rig->assigned).interrupts_set_up, set_up);
    /* Nowhere. */
    rig_route(rig, 0x80);
    assert_int_equal(fake_irqfd_count(rig->board), 0);
    rig_route(rig, 5);
    rig_acknowledge(rig);
    assert_true(signalled(intx(rig, 5)->fd, FRAME));
    /* Other lines are others' business. */
    for (unsigned line = 0; line < 4; line++) {
        if (line != pci_bus_pirq(GPU, 1))
            fake_config_write(rig->board, PIC, 0x60 + line, 9, 1);
    }
    intx(rig, 5);
    assert_int_equal(fake_irqfd_count(rig->board), 1);
}

static void test_msi(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(gpu_get(rig, MSI, 1), PCI_CAP_MSI);
    assert_int_equal(gpu_get(rig, MSI_CONTROL, 2), 0);
    start(rig, 11);
    gpu_put(rig, MSI_ADDRESS, 4, 0xfee01007);
    assert_int_equal(gpu_get(rig, MSI_ADDRESS, 4), 0xfee01004);
    gpu_put(rig, MSI_DATA, 2, 0x4051);
    intx(rig, 11);
    /* On: one vector, whatever the guest asks for; the line is given up. */
    gpu_put(rig, MSI_CONTROL, 2, 0xffff);
    assert_int_equal(gpu_get(rig, MSI_CONTROL, 2), 1);
    assert_null(fake_irqfd_of(rig->board, 11));
    const struct fake_irqfd *message = fake_irqfd_of(rig->board, FAKE_GSIS);
    assert_non_null(message);
    assert_int_equal(message->resample_fd, -1);
    assert_int_equal(rig->board->msi[0].address, 0xfee01004);
    assert_int_equal(rig->board->msi[0].data, 0x4051);
    assert_int_equal(rig->board->msi[0].times, 1);
    /* An edge each time the cause comes. */
    rig_acknowledge(rig);
    for (unsigned i = 0; i < 5; i++) {
        assert_true(signalled(message->fd, FRAME));
        rig_acknowledge(rig);
    }
    /* To another CPU and vector, while it is on. */
    gpu_put(rig, MSI_ADDRESS, 4, 0xfee02000);
    gpu_put(rig, MSI_DATA, 4, 0x61);
    assert_int_equal(rig->board->msi[0].address, 0xfee02000);
    assert_int_equal(rig->board->msi[0].data, 0x61);
    assert_int_equal(rig->board->msi[0].times, 3);
    assert_true(signalled(message->fd, FRAME));
    /* A write that changes nothing costs nothing. */
    gpu_put(rig, MSI_DATA, 2, 0x61);
    gpu_put(rig, MSI_CONTROL, 1, 1);
    assert_int_equal(rig->board->msi[0].times, 3);
    /* A route that changes meanwhile is for later. */
    rig_route(rig, 10);
    assert_null(fake_irqfd_of(rig->board, 10));
    assert_int_equal(fake_irqfd_count(rig->board), 1);
    /* Off: the line is back, at its new place, and works. */
    gpu_put(rig, MSI_CONTROL, 2, 0);
    assert_null(fake_irqfd_of(rig->board, FAKE_GSIS));
    assert_true(signalled(intx(rig, 10)->fd, FRAME));
    /* On and off again and again, it is the same GSI. */
    for (unsigned i = 0; i < 20; i++) {
        gpu_put(rig, MSI_CONTROL, 2, 1);
        rig_acknowledge(rig);
        assert_int_equal(fake_irqfd_count(rig->board), 1);
        gpu_put(rig, MSI_CONTROL, 2, 0);
        assert_int_equal(fake_irqfd_count(rig->board), 1);
    }
    assert_int_equal(rig->board->msi_gsis, 1);
}

static void test_reset(void **state)
{
    struct rig *rig = *state;
    unsigned fds = open_fds();

    for (unsigned i = 0; i < 4; i++) {
        start(rig, 11);
        gpu_put(rig, MSI_ADDRESS, 4, 0xfee00000);
        gpu_put(rig, MSI_CONTROL, 2, i % 2);
        assert_int_equal(fake_irqfd_count(rig->board), 1);
        if (i == 0)
            fds = open_fds(); /* the server has its copies now */
        pci_bus_reset(rig->board->board.pci);
        assert_int_equal(fake_irqfd_count(rig->board), 0);
        assert_int_equal(gpu_get(rig, MSI_CONTROL, 2), 0);
        assert_int_equal(gpu_get(rig, MSI_ADDRESS, 4), 0);
    }
    start(rig, 11);
    assert_true(signalled(intx(rig, 11)->fd, FRAME));
    assert_int_equal(open_fds(), fds);
}

/* The device is armed with what the board listens to, and only then. */
static void test_armed(void **state)
{
    struct fake_vfio *fake = fake_vfio_new(0);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    struct device *bridge = piix3_new(&board->board, &err);
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, NULL, &err);
    unsigned route = 0x60 + pci_bus_pirq(GPU, 1);

    assert_true(bridge && assigned);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], -1);
    fake_config_write(board, PIC, route, 10, 1);
    const struct fake_irqfd *line = fake_irqfd_of(board, 10);
    assert_non_null(line);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], line->fd);
    assert_int_equal(fake->unmask, line->resample_fd);
    fake_config_write(board, PIC, route, 0x80, 1);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], -1);
    assert_int_equal(fake->unmask, -1);
    fake_config_write(board, PIC, route, 11, 1);
    fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], -1);
    fake_config_write(board, PIC, route, 10, 1);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], -1);
    assert_int_equal(fake->irqs[VFIO_IRQ_MSI], fake_irqfd_of(board, FAKE_GSIS)->fd);
    fake_config_write(board, GPU, MSI_CONTROL, 0, 2);
    assert_int_equal(fake->irqs[VFIO_IRQ_MSI], -1);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], fake_irqfd_of(board, 10)->fd);
    pci_bus_reset(board->board.pci);
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], -1);
    fake_config_write(board, PIC, route, 10, 1);
    assigned_device(assigned)->free(assigned_device(assigned));
    assert_int_equal(fake->irqs[VFIO_IRQ_INTX], -1);
    bridge->free(bridge);
    fake_board_free(board);
    fake_vfio_free(fake);
}

/* A message capability with 64-bit addresses and masking; one vector of the 32. */
static void test_wide_msi(void **state)
{
    struct fake_vfio *fake = fake_vfio_new(0x018a); /* mask, 64-bit, 32 vectors */
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, NULL, &err);

    assert_non_null(assigned);
    assert_int_equal(fake_config_read(board, GPU, MSI_CONTROL, 2), 0x180);
    for (unsigned offset = 4; offset < 24; offset += 4)
        fake_config_write(board, GPU, MSI + offset, 0xffffffff, 4);
    assert_int_equal(fake_config_read(board, GPU, MSI + 4, 4), 0xfffffffc);
    assert_int_equal(fake_config_read(board, GPU, MSI + 8, 4), 0xffffffff);
    assert_int_equal(fake_config_read(board, GPU, MSI + 12, 4), 0xffff);
    assert_int_equal(fake_config_read(board, GPU, MSI + 16, 4), 1);
    assert_int_equal(fake_config_read(board, GPU, MSI + 20, 4), 0);
    fake_config_write(board, GPU, MSI + 16, 0, 4);
    fake_config_write(board, GPU, MSI + 4, 0xfee00000, 4);
    fake_config_write(board, GPU, MSI + 8, 0x100, 4);
    fake_config_write(board, GPU, MSI + 12, 0x31, 2);
    fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
    assert_int_equal(board->msi[0].address, 0x100fee00000);
    assert_int_equal(board->msi[0].data, 0x31);
    assert_int_equal(fake->irqs[VFIO_IRQ_MSI], fake_irqfd_of(board, FAKE_GSIS)->fd);
    /* None of it went to the hardware: vfio programs the message of its own. */
    for (unsigned i = MSI; i < MSI + 24; i++)
        assert_int_equal(fake->writes[i], 0);
    fake_config_write(board, GPU, MSI_CONTROL, 0, 2);
    assert_int_equal(fake->irqs[VFIO_IRQ_MSI], -1);
    assigned_device(assigned)->free(assigned_device(assigned));
    fake_board_free(board);
    fake_vfio_free(fake);
}

/* The device sends its message. */
static void send_message(struct fake_vfio *fake)
{
    const uint64_t one = 1;
    assert_int_equal(write(fake->irqs[VFIO_IRQ_MSI], &one, sizeof(one)), sizeof(one));
}

/* Masked, a message waits and shows as pending; it comes once when it may. */
static void masked_msi(uint16_t control, unsigned mask)
{
    struct fake_vfio *fake = fake_vfio_new(control);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, NULL, &err);
    const unsigned pending = mask + 4;

    assert_non_null(assigned);
    assert_int_equal(fake_config_read(board, GPU, MSI_CONTROL, 2), control);
    /* Switched on masked: the device is armed, nothing goes to the guest. */
    fake_config_write(board, GPU, MSI + mask, 1, 4);
    fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
    assert_true(fake->irqs[VFIO_IRQ_MSI] >= 0);
    assert_null(fake_irqfd_of(board, FAKE_GSIS));
    assert_int_equal(fake_config_read(board, GPU, MSI + pending, 4), 0);
    send_message(fake);
    send_message(fake);
    assert_int_equal(fake_config_read(board, GPU, MSI + pending, 4), 1);
    assert_int_equal(fake_config_read(board, GPU, MSI + pending, 1), 1);
    assert_int_equal(fake_config_read(board, GPU, MSI + mask, 4), 1);
    /* Pending bits are the device's, not the guest's. */
    fake_config_write(board, GPU, MSI + pending, 0, 4);
    assert_int_equal(fake_config_read(board, GPU, MSI + pending, 4), 1);
    /* Unmasked, it comes, once. */
    fake_config_write(board, GPU, MSI + mask, 0, 1);
    const struct fake_irqfd *message = fake_irqfd_of(board, FAKE_GSIS);
    assert_non_null(message);
    assert_int_equal(message->fd, fake->irqs[VFIO_IRQ_MSI]);
    assert_int_equal(fake_config_read(board, GPU, MSI + pending, 4), 0);
    assert_true(signalled(message->fd, 0));
    assert_false(signalled(message->fd, 0));
    /* Masked and unmasked with nothing in between, nothing comes. */
    fake_config_write(board, GPU, MSI + mask, 1, 4);
    assert_null(fake_irqfd_of(board, FAKE_GSIS));
    fake_config_write(board, GPU, MSI + mask, 0, 4);
    assert_false(signalled(fake->irqs[VFIO_IRQ_MSI], 0));
    /* What waits is forgotten when MSI goes off or the device is reset. */
    for (unsigned i = 0; i < 2; i++) {
        fake_config_write(board, GPU, MSI + mask, 1, 4);
        send_message(fake);
        if (i)
            pci_bus_reset(board->board.pci);
        else
            fake_config_write(board, GPU, MSI_CONTROL, 0, 2);
        assert_int_equal(fake->irqs[VFIO_IRQ_MSI], -1);
        assert_int_equal(fake_config_read(board, GPU, MSI + pending, 4), 0);
        fake_config_write(board, GPU, MSI + mask, 0, 4);
        fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
        assert_non_null(fake_irqfd_of(board, FAKE_GSIS));
        assert_false(signalled(fake->irqs[VFIO_IRQ_MSI], 0));
    }
    for (unsigned i = MSI; i < MSI + pending + 4; i++)
        assert_int_equal(fake->writes[i], 0);
    assigned_device(assigned)->free(assigned_device(assigned));
    assert_int_equal(fake_irqfd_count(board), 0);
    fake_board_free(board);
    fake_vfio_free(fake);
}

static void test_masked_msi(void **state)
{
    masked_msi(0x0100, 12);
    masked_msi(0x0180, 16);
}

/* What the kernel refuses costs the guest its interrupts, and nobody anything else. */
static void test_refused(void **state)
{
    struct fake_vfio *fake = fake_vfio_new(0);
    struct fake_board *board = fake_board_new();
    struct error err = { 0 };
    unsigned fds = open_fds();
    struct assigned *assigned =
        assigned_new(&board->board, &fake->device, GPU, NULL, &err);

    assert_non_null(assigned);
    fake->refuse_irqs = true;
    for (unsigned i = 0; i < 100; i++) {
        fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
        fake_config_write(board, GPU, MSI_CONTROL, 0, 2);
        assert_int_equal(fake_irqfd_count(board), 0);
    }
    fake->refuse_irqs = false;
    fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
    assert_int_equal(fake->irqs[VFIO_IRQ_MSI], fake_irqfd_of(board, FAKE_GSIS)->fd);
    assigned_device(assigned)->free(assigned_device(assigned));
    assert_int_equal(fake_irqfd_count(board), 0);
    /* No GSI left. */
    board->msi_gsis = FAKE_MSI_GSIS;
    assigned = assigned_new(&board->board, &fake->device, GPU, NULL, &err);
    fake_config_write(board, GPU, MSI_CONTROL, 1, 2);
    assert_int_equal(fake_irqfd_count(board), 0);
    assigned_device(assigned)->free(assigned_device(assigned));
    assert_int_equal(open_fds(), fds);
    fake_board_free(board);
    fake_vfio_free(fake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_intx),
        TEST(test_route),
        TEST(test_msi),
        TEST(test_reset),
        cmocka_unit_test(test_armed),
        cmocka_unit_test(test_wide_msi),
        cmocka_unit_test(test_masked_msi),
        cmocka_unit_test(test_refused),
    };
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
