/* assigned_irq.c: the interrupts of an assigned device, from its fd to the guest's. */
#include "base/bytes.h"                /* loads */
#include "base/error.h"                /* error_system */
#include "base/log.h"                  /* a device without interrupts is worth a line */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* irqfd */
#include "pci/bus.h"                   /* the INTx route */
#include "vfio/device.h"               /* the device's side */

#include <poll.h>        /* does a message wait? */
#include <string.h>      /* strerror */
#include <sys/eventfd.h> /* eventfd */
#include <unistd.h>      /* close */

#define MSI_CONTROL_ENABLE 0x0001
#define MSI_CONTROL_64     0x0080
#define MOST_COMPLAINTS    20u

static bool has_intx(const struct assigned *assigned)
{
    return assigned->function.config[PCI_INTERRUPT_PIN] != 0 &&
           vfio_device_irq_count(assigned->vfio, VFIO_IRQ_INTX) > 0;
}

/* A guest that tries again and again shall not fill the log. */
static void complain(struct assigned *assigned, const char *what, int code)
{
    if (assigned->irq.complaints++ < MOST_COMPLAINTS)
        log_warning(vfio_device_name(assigned->vfio), "%s: %s", what, strerror(-code));
}

/* Connect the device's line to a GSI: KVM raises it, and tells the device at the EOI.
 */
static void intx_on(struct assigned *assigned, int gsi)
{
    struct assigned_irq *irq = &assigned->irq;
    if (gsi < 0 || irq->gsi == gsi || irq->message_on || !has_intx(assigned))
        return;
    int result = board_irqfd(assigned->board, irq->trigger_fd, (unsigned)gsi,
                             irq->resample_fd, true);
    if (result < 0) {
        complain(assigned, "INTx cannot be connected", result);
        return;
    }
    irq->gsi = gsi;
    result = vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_INTX, &irq->trigger_fd, 1);
    if (result == 0)
        result = vfio_device_set_intx_unmask(assigned->vfio, irq->resample_fd);
    if (result < 0)
        complain(assigned, "INTx cannot be enabled", result);
    assigned->counters.interrupts_set_up++;
}

static void intx_off(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;
    if (irq->gsi < 0)
        return;
    vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_INTX, NULL, 0);
    board_irqfd(assigned->board, irq->trigger_fd, (unsigned)irq->gsi, irq->resample_fd,
                false);
    irq->gsi = -1;
}

/* Take what waits in an event; was there something? */
static bool take_event(int fd)
{
    uint64_t count;
    return read(fd, &count, sizeof(count)) == sizeof(count);
}

/*
 * Let the device's messages through to the guest. One that came while the vector was
 * masked has waited in the event, and goes now (PCI Local Bus Specification 3.0,
 * 6.8.1.9).
 */
static int message_link(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;
    if (irq->message_linked)
        return 0;
    bool waited = take_event(irq->message_fd);
    int result = board_irqfd(assigned->board, irq->message_fd,
                             (unsigned)irq->message_gsi, -1, true);
    irq->message_linked = result == 0;
    const uint64_t one = 1;
    if (waited && write(irq->message_fd, &one, sizeof(one)) < 0)
        complain(assigned, "a message that was masked is lost", -errno);
    return result;
}

static void message_unlink(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;
    if (irq->message_linked)
        board_irqfd(assigned->board, irq->message_fd, (unsigned)irq->message_gsi, -1,
                    false);
    irq->message_linked = false;
}

static void message_off(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;
    if (!irq->message_on)
        return;
    vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_MSI, NULL, 0);
    message_unlink(assigned);
    take_event(irq->message_fd); /* nothing is pending of MSI that is off */
    irq->message_on = false;
}

/* The GSI stands for this message from now on. */
static int message_set(struct assigned *assigned, uint64_t address, uint32_t data)
{
    struct assigned_irq *irq = &assigned->irq;

    if (irq->message_gsi < 0)
        irq->message_gsi = board_msi_gsi_new(assigned->board);
    if (irq->message_gsi < 0)
        return irq->message_gsi;
    if (irq->message_on && irq->message_address == address && irq->message_data == data)
        return 0;
    int result =
        board_msi_gsi_set(assigned->board, (unsigned)irq->message_gsi, address, data);
    if (result == 0) {
        irq->message_address = address;
        irq->message_data = data;
    }
    return result;
}

static void message_on(struct assigned *assigned, uint64_t address, uint32_t data,
                       bool masked)
{
    struct assigned_irq *irq = &assigned->irq;
    int result = message_set(assigned, address, data);

    /* A message that cannot be sent is not sent anywhere else either. */
    if (result < 0)
        message_off(assigned);
    else if (masked)
        message_unlink(assigned);
    else
        result = message_link(assigned);
    if (result == 0 && !irq->message_on) {
        irq->message_on = true;
        result =
            vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_MSI, &irq->message_fd, 1);
        assigned->counters.interrupts_set_up++;
    }
    if (result < 0)
        complain(assigned, "MSI cannot be enabled", result);
}

/* Vector 0, the only one there is, is masked. */
static bool message_masked(const struct assigned *assigned)
{
    const struct assigned_irq *irq = &assigned->irq;
    return irq->msi_mask && assigned->function.config[irq->msi_mask] & 1;
}

void assigned_irq_refresh(struct assigned *assigned)
{
    const struct assigned_irq *irq = &assigned->irq;
    struct pollfd event = { .fd = irq->message_fd, .events = POLLIN };
    if (irq->msi_mask)
        assigned->function.config[irq->msi_mask + 4] =
            irq->message_on && message_masked(assigned) && poll(&event, 1, 0) == 1;
}

void assigned_irq_update(struct assigned *assigned)
{
    const uint8_t *capability = assigned->function.config + assigned->irq.msi_offset;
    uint16_t control = load16(capability + 2);
    bool wide = control & MSI_CONTROL_64;

    if (!(control & MSI_CONTROL_ENABLE)) {
        message_off(assigned);
        intx_on(assigned, pci_bus_intx_gsi(assigned->board->pci, &assigned->function));
        return;
    }
    uint64_t address = load32(capability + 4);
    if (wide)
        address |= (uint64_t)load32(capability + 8) << 32;
    uint32_t data = load16(capability + (wide ? 12 : 8));
    /* INTx and MSI exclude each other, for vfio as for the hardware. */
    intx_off(assigned);
    message_on(assigned, address, data, message_masked(assigned));
}

void assigned_irq_route(struct pci_function *function, int gsi)
{
    struct assigned *assigned = function->opaque;
    if (assigned->irq.gsi == gsi)
        return;
    intx_off(assigned);
    intx_on(assigned, gsi); /* not while MSI is on */
}

void assigned_irq_reset(struct assigned *assigned)
{
    message_off(assigned);
    intx_off(assigned);
}

int assigned_irq_init(struct assigned *assigned, struct error *err)
{
    struct assigned_irq *irq = &assigned->irq;

    irq->gsi = irq->message_gsi = -1;
    irq->trigger_fd = irq->resample_fd = irq->message_fd = -1;
    irq->trigger_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    irq->resample_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    irq->message_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (irq->trigger_fd < 0 || irq->resample_fd < 0 || irq->message_fd < 0)
        return error_system(err, -errno, "interrupt events");
    return 0;
}

void assigned_irq_free(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;

    assigned_irq_reset(assigned);
    int fds[] = { irq->trigger_fd, irq->resample_fd, irq->message_fd };
    for (unsigned i = 0; i < ARRAY_SIZE(fds); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}
