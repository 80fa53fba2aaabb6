/* irqs.c: turns the model's interrupt into the client's eventfds. */
#include "model/irqs.h"

#include "base/event_loop.h"   /* the unmask event */
#include "vfio/user_message.h" /* descriptors */

#include <errno.h>  /* results */
#include <poll.h>   /* would a write block? */
#include <unistd.h> /* write, close */

static void forget(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The descriptor is the client's and may be anything: never wait for it. */
static void signal_fd(int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    if (fd < 0 || poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
        return;
    uint64_t one = 1;
    ssize_t ignored = write(fd, &one, sizeof(one));
    (void)ignored;
}

/* INTx is a level: one event each time it is seen asserted and not masked. */
static void deliver_intx(struct irqs *irqs)
{
    if (!irqs->pin || irqs->intx_masked || irqs->intx_fd < 0)
        return;
    irqs->intx_masked = true;
    signal_fd(irqs->intx_fd);
}

static void unmask_intx(struct irqs *irqs)
{
    irqs->intx_masked = false;
    deliver_intx(irqs);
}

static void unmask_event(void *opaque, uint32_t events)
{
    struct irqs *irqs = opaque;
    uint64_t count;
    struct pollfd ready = { .fd = irqs->unmask_fd, .events = POLLIN };
    /* One read, when there is something: a descriptor that only hangs up is dropped. */
    if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) &&
        read(irqs->unmask_fd, &count, sizeof(count)) == sizeof(count)) {
        unmask_intx(irqs);
        return;
    }
    event_loop_remove(irqs->loop, irqs->unmask_fd);
    forget(&irqs->unmask_fd);
}

static void forget_unmask(struct irqs *irqs)
{
    if (irqs->unmask_fd >= 0)
        event_loop_remove(irqs->loop, irqs->unmask_fd);
    forget(&irqs->unmask_fd);
}

void irqs_init(struct irqs *irqs, struct event_loop *loop)
{
    *irqs = (struct irqs){ .loop = loop, .intx_fd = -1, .msi_fd = -1, .unmask_fd = -1 };
}

void irqs_release(struct irqs *irqs)
{
    forget(&irqs->intx_fd);
    forget(&irqs->msi_fd);
    forget_unmask(irqs);
    irqs->intx_masked = false;
}

static uint32_t vectors(uint32_t index)
{
    return index == VFIO_PCI_INTX_IRQ_INDEX || index == VFIO_PCI_MSI_IRQ_INDEX;
}

int irqs_info(struct vfio_user_irq_info *info)
{
    if (info->index >= IRQS_INDEXES)
        return -EINVAL;
    info->count = vectors(info->index);
    info->flags = VFIO_IRQ_INFO_EVENTFD;
    if (info->index == VFIO_PCI_INTX_IRQ_INDEX)
        info->flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
    else
        info->flags |= VFIO_IRQ_INFO_NORESIZE;
    return 0;
}

static int take_fd(struct vfio_user_message *message)
{
    int fd = message->fds[0];
    message->fds[0] = -1;
    return fd;
}

static void disarm(struct irqs *irqs, uint32_t index)
{
    if (index == VFIO_PCI_MSI_IRQ_INDEX) {
        forget(&irqs->msi_fd);
        return;
    }
    forget(&irqs->intx_fd);
    forget_unmask(irqs);
    irqs->intx_masked = false;
}

/* ACTION_TRIGGER with descriptors: arm the index, or without: disarm it. */
static int arm(struct irqs *irqs, uint32_t index, struct vfio_user_message *message)
{
    int *place = index == VFIO_PCI_MSI_IRQ_INDEX ? &irqs->msi_fd : &irqs->intx_fd;
    forget(place);
    if (message->fd_count)
        *place = take_fd(message);
    if (index == VFIO_PCI_INTX_IRQ_INDEX)
        unmask_intx(irqs);
    return 0;
}

static int watch_unmask(struct irqs *irqs, struct vfio_user_message *message)
{
    forget_unmask(irqs);
    if (!message->fd_count)
        return 0;
    int fd = take_fd(message);
    int result = event_loop_add(irqs->loop, fd, EPOLLIN, unmask_event, irqs);
    if (result < 0) {
        close(fd);
        return result;
    }
    irqs->unmask_fd = fd;
    return 0;
}

static int act(struct irqs *irqs, uint32_t action, uint32_t index)
{
    bool msi = index == VFIO_PCI_MSI_IRQ_INDEX;
    switch (action) {
    case VFIO_IRQ_SET_ACTION_TRIGGER:
        signal_fd(msi ? irqs->msi_fd : irqs->intx_fd);
        return 0;
    case VFIO_IRQ_SET_ACTION_MASK:
        if (msi)
            return -EINVAL;
        irqs->intx_masked = true;
        return 0;
    case VFIO_IRQ_SET_ACTION_UNMASK:
        if (msi)
            return -EINVAL;
        unmask_intx(irqs);
        return 0;
    default:
        return -EINVAL;
    }
}

static int set_by_fd(struct irqs *irqs, const struct vfio_user_irq_set *set,
                     uint32_t action, struct vfio_user_message *message)
{
    if (message->fd_count > set->count)
        return -EINVAL;
    if (action == VFIO_IRQ_SET_ACTION_TRIGGER)
        return arm(irqs, set->index, message);
    if (action == VFIO_IRQ_SET_ACTION_UNMASK && set->index == VFIO_PCI_INTX_IRQ_INDEX)
        return watch_unmask(irqs, message);
    return -EINVAL;
}

int irqs_set(struct irqs *irqs, const struct vfio_user_irq_set *set,
             const uint8_t *data, uint32_t data_size, struct vfio_user_message *message)
{
    uint32_t action = set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
    uint32_t type = set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
    uint32_t have = vectors(set->index);
    if (set->index >= IRQS_INDEXES || (set->flags & ~(action | type)) ||
        set->start > have || set->count > have - set->start)
        return -EINVAL;
    if (set->count == 0) {
        if (action != VFIO_IRQ_SET_ACTION_TRIGGER || message->fd_count)
            return -EINVAL;
        if (have)
            disarm(irqs, set->index);
        return 0;
    }
    switch (type) {
    case VFIO_IRQ_SET_DATA_NONE:
        return act(irqs, action, set->index);
    case VFIO_IRQ_SET_DATA_BOOL:
        if (data_size < set->count)
            return -EINVAL;
        return data[0] ? act(irqs, action, set->index) : 0;
    case VFIO_IRQ_SET_DATA_EVENTFD:
        return set_by_fd(irqs, set, action, message);
    default:
        return -EINVAL;
    }
}

void irqs_changed(struct irqs *irqs, bool condition, bool pin)
{
    bool came = condition && !irqs->condition;
    irqs->condition = condition;
    irqs->pin = pin;
    if (irqs->msi_fd >= 0) {
        if (came)
            signal_fd(irqs->msi_fd);
        return;
    }
    deliver_intx(irqs);
}
