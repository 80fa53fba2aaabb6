/* virtio_handed.c: queues of a virtio device that somebody else serves, such as vhost.
 */
#include "devices/virtio_handed.h"

#include "base/error.h"         /* error_system */
#include "base/event_loop.h"    /* where the kernel cannot deliver interrupts */
#include "devices/board.h"      /* irqfd */
#include "devices/virtio_pci.h" /* the device */

#include <stdlib.h>      /* calloc */
#include <sys/eventfd.h> /* calls */
#include <unistd.h>      /* read, close */

/* How interrupts of one queue reach the guest. */
struct call {
    struct virtio_device *device;
    unsigned queue;
    bool handed;    /* somebody else serves the queue */
    int fd;         /* -1: not made yet */
    int gsi;        /* of the message, -1: none yet */
    bool in_kernel; /* an irqfd raises gsi; else the loop waits for fd */
    uint64_t address;
    uint32_t data;
};

struct virtio_handed {
    struct call calls[VIRTIO_QUEUES_MAX];
};

static void call_rang(void *opaque, uint32_t events)
{
    struct call *call = opaque;
    uint64_t count;
    (void)events;
    pthread_mutex_lock(&call->device->board->lock);
    if (call->handed && !call->in_kernel &&
        read(call->fd, &count, sizeof(count)) == sizeof(count))
        virtio_interrupt_always(call->device, call->queue);
    pthread_mutex_unlock(&call->device->board->lock);
}

static void leave_kernel(struct call *call)
{
    if (!call->in_kernel)
        return;
    board_irqfd(call->device->board, call->fd, (unsigned)call->gsi, -1, false);
    call->in_kernel = false;
    event_loop_add(call->device->board->loop, call->fd, EPOLLIN, call_rang, call);
}

/* The message goes by irqfd from now on, if the kernel can; else it stays as it is. */
static void enter_kernel(struct call *call, uint64_t address, uint32_t data)
{
    struct board *board = call->device->board;
    if (call->gsi < 0)
        call->gsi = board_msi_gsi_new(board);
    if (call->gsi < 0)
        return;
    if (call->address != address || call->data != data) {
        if (board_msi_gsi_set(board, (unsigned)call->gsi, address, data) < 0) {
            leave_kernel(call); /* its route is still the old one */
            return;
        }
        call->address = address;
        call->data = data;
    }
    if (call->in_kernel ||
        board_irqfd(board, call->fd, (unsigned)call->gsi, -1, true) < 0)
        return;
    call->in_kernel = true;
    event_loop_remove(board->loop, call->fd);
}

static void update(struct call *call)
{
    const struct virtio_device *device = call->device;
    uint64_t address;
    uint32_t data;
    if (msix_message(&device->msix, device->queues[call->queue].vector, &address,
                     &data))
        enter_kernel(call, address, data);
    else
        leave_kernel(call);
}

void virtio_handed_update(struct virtio_device *device)
{
    for (unsigned i = 0; device->handed && i < device->queue_count; i++) {
        if (device->handed->calls[i].handed)
            update(&device->handed->calls[i]);
    }
}

static void msix_changed(void *opaque)
{
    virtio_handed_update(opaque);
}

static int make(struct virtio_device *device)
{
    if (device->handed)
        return 0;
    device->handed = calloc(1, sizeof(*device->handed));
    if (!device->handed)
        return -ENOMEM;
    for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
        device->handed->calls[i] =
            (struct call){ .device = device, .queue = i, .fd = -1, .gsi = -1 };
    device->msix.changed = msix_changed;
    device->msix.opaque = device;
    return 0;
}

int virtio_hand_over(struct virtio_device *device, unsigned queue,
                     struct virtio_queue_fds *fds, struct error *err)
{
    const struct virtio_doorbell *doorbell = &device->doorbells[queue];
    int result = make(device);
    if (result < 0)
        return error_system(err, result, "%s: interrupts", device->type->name);
    struct call *call = &device->handed->calls[queue];
    if (call->fd < 0)
        call->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (call->fd < 0)
        return error_system(err, -errno, "%s: interrupts", device->type->name);
    if (!call->handed) {
        result =
            event_loop_add(device->board->loop, call->fd, EPOLLIN, call_rang, call);
        if (result < 0)
            return error_system(err, result, "%s: interrupts", device->type->name);
        event_loop_remove(device->board->loop, doorbell->fd);
        call->handed = true;
        update(call);
    }
    *fds = (struct virtio_queue_fds){ .kick = doorbell->fd, .call = call->fd };
    return 0;
}

void virtio_handed_take_back(struct virtio_device *device)
{
    for (unsigned i = 0; device->handed && i < device->queue_count; i++) {
        struct call *call = &device->handed->calls[i];
        uint64_t count;
        if (!call->handed)
            continue;
        leave_kernel(call);
        call->handed = false;
        event_loop_remove(device->board->loop, call->fd);
        ssize_t ignored = read(call->fd, &count, sizeof(count));
        (void)ignored;
        virtio_doorbell_listen(&device->doorbells[i]);
    }
}

void virtio_handed_free(struct virtio_device *device)
{
    virtio_handed_take_back(device);
    for (unsigned i = 0; device->handed && i < device->queue_count; i++) {
        if (device->handed->calls[i].fd >= 0)
            close(device->handed->calls[i].fd);
    }
    free(device->handed);
    device->handed = NULL;
}
