/* assigned_irq.c: INTx and MSI of an assigned device, from its fd to the guest's. */
#include "base/bytes.h"                /* loads */
#include "base/error.h"                /* error_system */
#include "base/log.h"                  /* a device without interrupts is worth a line */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* irqfd */
#include "pci/bus.h"                   /* the INTx route */
#include "vfio/device.h"               /* the device's side */

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

void assigned_irq_complain(struct assigned *assigned, const char *what, int code)
{
    if (assigned->irq.complaints++ < MOST_COMPLAINTS)
        log_warning(vfio_device_name(assigned->vfio), "%s: %s", what, strerror(-code));
}

/* Connect the device's line to a GSI: KVM raises it, and tells the device at the EOI.
 */
static void intx_on(struct assigned *assigned, int gsi)
{
    struct assigned_irq *irq = &assigned->irq;
    if (gsi < 0 || irq->gsi == gsi || irq->message_on || assigned->msix.on ||
        !has_intx(assigned))
        return;
    int result = board_irqfd(assigned->board, irq->trigger_fd, (unsigned)gsi,
                             irq->resample_fd, true);
    if (result < 0) {
        assigned_irq_complain(assigned, "INTx cannot be connected", result);
        return;
    }
    irq->gsi = gsi;
    result = vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_INTX, &irq->trigger_fd, 1);
    if (result == 0)
        result = vfio_device_set_intx_unmask(assigned->vfio, irq->resample_fd);
    if (result < 0)
        assigned_irq_complain(assigned, "INTx cannot be enabled", result);
    assigned->counters.interrupts_set_up++;
}

void assigned_intx_on(struct assigned *assigned)
{
    intx_on(assigned, pci_bus_intx_gsi(assigned->board->pci, &assigned->function));
}

void assigned_intx_off(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;
    if (irq->gsi < 0)
        return;
    vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_INTX, NULL, 0);
    board_irqfd(assigned->board, irq->trigger_fd, (unsigned)irq->gsi, irq->resample_fd,
                false);
    irq->gsi = -1;
}

void assigned_message_off(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;
    if (!irq->message_on)
        return;
    vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_MSI, NULL, 0);
    assigned_message_unlink(&irq->message, assigned->board);
    assigned_message_forget(&irq->message); /* nothing is pending of MSI that is off */
    irq->message_on = false;
}

static void message_on(struct assigned *assigned, uint64_t address, uint32_t data,
                       bool masked)
{
    struct assigned_irq *irq = &assigned->irq;
    struct assigned_message *message = &irq->message;
    int result = assigned_message_set(message, assigned->board, address, data);

    /* A message that cannot be sent is not sent anywhere else either. */
    if (result < 0)
        assigned_message_off(assigned);
    else if (masked)
        assigned_message_unlink(message, assigned->board);
    else
        result = assigned_message_link(message, assigned->board);
    if (result == 0 && !irq->message_on) {
        irq->message_on = true;
        result = vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_MSI, &message->fd, 1);
        assigned->counters.interrupts_set_up++;
    }
    if (result < 0)
        assigned_irq_complain(assigned, "MSI cannot be enabled", result);
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
    if (irq->msi_mask)
        assigned->function.config[irq->msi_mask + 4] =
            irq->message_on && message_masked(assigned) &&
            assigned_message_waits(&irq->message);
}

void assigned_irq_update(struct assigned *assigned)
{
    const uint8_t *capability = assigned->function.config + assigned->irq.msi_offset;
    uint16_t control = load16(capability + 2);
    bool wide = control & MSI_CONTROL_64;

    if (!(control & MSI_CONTROL_ENABLE)) {
        assigned_message_off(assigned);
        assigned_intx_on(assigned);
        return;
    }
    uint64_t address = load32(capability + 4);
    if (wide)
        address |= (uint64_t)load32(capability + 8) << 32;
    uint32_t data = load16(capability + (wide ? 12 : 8));
    /* INTx, MSI and MSI-X exclude each other, for vfio as for the hardware. */
    assigned_intx_off(assigned);
    if (assigned->msix.on)
        return;
    message_on(assigned, address, data, message_masked(assigned));
}

void assigned_irq_route(struct pci_function *function, int gsi)
{
    struct assigned *assigned = function->opaque;
    if (assigned->irq.gsi == gsi)
        return;
    assigned_intx_off(assigned);
    intx_on(assigned, gsi); /* not while MSI is on */
}

void assigned_irq_reset(struct assigned *assigned)
{
    assigned_msix_reset(assigned);
    assigned_message_off(assigned);
    assigned_intx_off(assigned);
}

int assigned_irq_init(struct assigned *assigned, struct error *err)
{
    struct assigned_irq *irq = &assigned->irq;

    irq->gsi = irq->trigger_fd = irq->resample_fd = -1;
    assigned_message_init(&irq->message);
    irq->trigger_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    irq->resample_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (irq->trigger_fd < 0 || irq->resample_fd < 0 ||
        assigned_message_open(&irq->message) < 0)
        return error_system(err, -errno, "interrupt events");
    return assigned_msix_init(assigned, err);
}

void assigned_irq_free(struct assigned *assigned)
{
    struct assigned_irq *irq = &assigned->irq;

    assigned_irq_reset(assigned);
    assigned_msix_free(assigned);
    assigned_message_close(&irq->message);
    int fds[] = { irq->trigger_fd, irq->resample_fd };
    for (unsigned i = 0; i < ARRAY_SIZE(fds); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}
