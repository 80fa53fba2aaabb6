/* virtio_pci.c: a virtio 1.x device as a PCI function: capabilities, BARs, doorbells.
 */
#include "devices/virtio_pci.h"

#include "base/bytes.h"            /* loads, stores */
#include "base/error.h"            /* error_system */
#include "base/event_loop.h"       /* doorbells */
#include "base/log.h"              /* broken drivers */
#include "devices/board.h"         /* the lock, ioeventfd */
#include "devices/virtio_common.h" /* the common configuration */
#include "devices/virtio_handed.h" /* queues others serve */
#include "pci/bus.h"               /* the function */

#include <stdlib.h>      /* free */
#include <sys/eventfd.h> /* doorbells */
#include <unistd.h>      /* read, close */

#define VIRTIO_VENDOR      0x1af4
#define VIRTIO_DEVICE_BASE 0x1040
#define VIRTIO_SUBSYSTEM   0x1100

/* BAR 4 in four pages; BAR 1 is MSI-X. */
#define WINDOW_BAR    4
#define MSIX_BAR      1
#define WINDOW_SIZE   0x4000
#define COMMON_OFFSET 0x0000
#define ISR_OFFSET    0x1000
#define DEVICE_OFFSET 0x2000
#define NOTIFY_OFFSET 0x3000
#define PART_SIZE     0x1000
#define NOTIFY_STRIDE 4

#define MSIX_CAPABILITY 0x98

/* Capabilities: VIRTIO 1.2, section 4.1.4. */
enum { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4, CAP_PCI = 5 };

static const struct {
    uint8_t offset, size, type;
    uint32_t part_offset, part_size;
} capabilities[] = {
    { 0x40, 16, CAP_COMMON, COMMON_OFFSET, VIRTIO_COMMON_SIZE },
    { 0x50, 16, CAP_ISR, ISR_OFFSET, 1 },
    { 0x60, 16, CAP_DEVICE, DEVICE_OFFSET, PART_SIZE },
    { 0x70, 20, CAP_NOTIFY, NOTIFY_OFFSET, PART_SIZE },
    { 0x84, 20, CAP_PCI, 0, 0 },
};

/* Of the PCI capability: the driver reaches a BAR through config space by it. */
#define PCI_ACCESS        0x84
#define PCI_ACCESS_BAR    (PCI_ACCESS + 4)
#define PCI_ACCESS_OFFSET (PCI_ACCESS + 8)
#define PCI_ACCESS_LENGTH (PCI_ACCESS + 12)
#define PCI_ACCESS_DATA   (PCI_ACCESS + 16)

static uint64_t read_isr(struct virtio_device *device)
{
    uint8_t isr = device->isr;
    device->isr = 0;
    pci_function_set_intx(&device->function, false);
    return isr;
}

static uint64_t window_read(void *opaque, uint64_t offset, unsigned size)
{
    struct virtio_device *device = opaque;
    uint64_t at = offset % PART_SIZE;

    switch (offset - at) {
    case COMMON_OFFSET:
        return virtio_common_read(device, at, size);
    case ISR_OFFSET:
        return at == 0 ? read_isr(device) : 0;
    case DEVICE_OFFSET:
        return range_inside(at, size, device->config_size)
                   ? load_sized(device->config + at, size)
                   : 0;
    default:
        return 0;
    }
}

static void window_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct virtio_device *device = opaque;
    uint64_t at = offset % PART_SIZE;

    if (offset - at == COMMON_OFFSET)
        virtio_common_write(device, at, value, size);
    else if (offset - at == DEVICE_OFFSET && device->type->config_write &&
             range_inside(at, size, device->config_size))
        device->type->config_write(device, at, value, size);
    else if (offset - at == NOTIFY_OFFSET && at / NOTIFY_STRIDE < device->queue_count)
        virtio_run_again(device, (unsigned)(at / NOTIFY_STRIDE));
}

static const struct range_ops window_ops = { window_read, window_write };

static void doorbell_rang(void *opaque, uint32_t events)
{
    struct virtio_doorbell *doorbell = opaque;
    struct virtio_device *device = doorbell->device;
    uint64_t count;
    if (read(doorbell->fd, &count, sizeof(count)) != sizeof(count))
        return;
    pthread_mutex_lock(&device->board->lock);
    if (virtio_running(device) && device->queues[doorbell->queue].enabled)
        device->type->run(device, doorbell->queue);
    pthread_mutex_unlock(&device->board->lock);
}

void virtio_run_again(struct virtio_device *device, unsigned queue)
{
    uint64_t one = 1;
    ssize_t ignored = write(device->doorbells[queue].fd, &one, sizeof(one));
    (void)ignored; /* full: it will ring anyway */
}

void virtio_run_ended(struct virtio_device *device, unsigned queue, unsigned done,
                      unsigned most, int result)
{
    if (result < 0)
        virtio_break(device, device->queues[queue].fault);
    else if (done == most)
        virtio_run_again(device, queue);
    if (done)
        virtio_interrupt(device, queue);
}

void virtio_run_chains(struct virtio_device *device, unsigned queue,
                       struct virtqueue_chain *chain, unsigned most,
                       virtio_chain_handler *handle)
{
    struct virtqueue *ring = &device->queues[queue];
    unsigned done = 0;
    int result = 0;

    while (done < most && (result = virtqueue_take(ring, chain)) > 0) {
        uint16_t head = chain->head;
        result = handle(device, queue, chain);
        if (result < 0)
            break;
        virtqueue_give(ring, head, (uint32_t)result);
        done++;
    }
    virtio_run_ended(device, queue, done, most, result);
}

/*
 * Have the kernel ring the doorbells wherever the notify part now is; for writes of any
 * size, as KVM on Intel then needs no look at the instruction.
 */
static void move_doorbells(struct virtio_device *device, uint64_t address)
{
    for (unsigned i = 0; i < device->queue_count; i++) {
        struct virtio_doorbell *doorbell = &device->doorbells[i];
        uint64_t step = (uint64_t)i * NOTIFY_STRIDE;
        if (doorbell->in_kernel)
            board_ioeventfd(device->board, doorbell->fd, device->notify_address + step,
                            0, false, false);
        doorbell->in_kernel =
            address && board_ioeventfd(device->board, doorbell->fd, address + step, 0,
                                       false, true) == 0;
    }
    device->notify_address = address;
}

static void window_changed(struct pci_function *function, unsigned index)
{
    struct virtio_device *device = function->opaque;
    const struct pci_window *window = &function->windows[index];
    if (index == WINDOW_BAR)
        move_doorbells(device, window->mapped ? window->address + NOTIFY_OFFSET : 0);
    else if (index == PCI_ROM_SLOT)
        pci_rom_window_changed(&device->rom, function);
}

/* Is the access the PCI capability describes one BAR 4 can take? */
static bool pci_access(const struct virtio_device *device, uint32_t *offset,
                       uint32_t *length)
{
    const uint8_t *config = device->function.config;
    *offset = load32(config + PCI_ACCESS_OFFSET);
    *length = load32(config + PCI_ACCESS_LENGTH);
    return config[PCI_ACCESS_BAR] == WINDOW_BAR &&
           (*length == 1 || *length == 2 || *length == 4) && *offset % *length == 0 &&
           range_inside(*offset, *length, WINDOW_SIZE);
}

static uint32_t config_read(struct pci_function *function, unsigned offset,
                            unsigned size)
{
    struct virtio_device *device = function->opaque;
    uint32_t at, length;
    if (ranges_overlap(offset, size, PCI_ACCESS_DATA, 4) &&
        pci_access(device, &at, &length))
        store32(function->config + PCI_ACCESS_DATA,
                (uint32_t)window_read(device, at, length));
    return pci_function_default_read(function, offset, size);
}

static void config_write(struct pci_function *function, unsigned offset, uint32_t value,
                         unsigned size)
{
    struct virtio_device *device = function->opaque;
    uint32_t at, length;
    pci_function_default_write(function, offset, value, size);
    if (ranges_overlap(offset, size, PCI_ACCESS_DATA, 4) &&
        pci_access(device, &at, &length))
        window_write(device, at, load_sized(function->config + PCI_ACCESS_DATA, length),
                     length);
    msix_config_written(&device->msix);
}

static void function_reset(struct pci_function *function)
{
    struct virtio_device *device = function->opaque;
    virtio_pci_reset(device);
    msix_reset(&device->msix);
}

static const struct pci_function_ops function_ops = {
    .config_read = config_read,
    .config_write = config_write,
    .window_changed = window_changed,
    .reset = function_reset,
};

static void interrupt(struct virtio_device *device, uint8_t cause, uint16_t vector)
{
    if (msix_enabled(&device->msix)) {
        if (vector != MSIX_NO_VECTOR)
            msix_signal(&device->msix, vector);
        return;
    }
    device->isr |= cause;
    pci_function_set_intx(&device->function, true);
}

void virtio_interrupt_always(struct virtio_device *device, unsigned queue)
{
    interrupt(device, VIRTIO_ISR_QUEUE, device->queues[queue].vector);
}

void virtio_interrupt(struct virtio_device *device, unsigned queue)
{
    if (device->queues[queue].enabled &&
        virtqueue_wants_interrupt(&device->queues[queue]))
        virtio_interrupt_always(device, queue);
}

void virtio_config_changed(struct virtio_device *device)
{
    device->config_generation++;
    if (virtio_running(device))
        interrupt(device, VIRTIO_ISR_CONFIG, device->config_vector);
}

bool virtio_running(const struct virtio_device *device)
{
    return (device->status & (VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_NEEDS_RESET)) ==
           VIRTIO_STATUS_DRIVER_OK;
}

bool virtio_has(const struct virtio_device *device, uint64_t feature)
{
    return device->driver_features & feature;
}

void virtio_break(struct virtio_device *device, const char *reason)
{
    if (device->status & VIRTIO_STATUS_NEEDS_RESET)
        return;
    log_warning(device->function.name,
                "00:%02x.%x: the guest's driver broke the protocol (%s): stopped until "
                "it resets the device",
                PCI_SLOT(device->function.devfn), PCI_FUNCTION(device->function.devfn),
                reason);
    device->status |= VIRTIO_STATUS_NEEDS_RESET;
    if (device->status & VIRTIO_STATUS_DRIVER_OK)
        interrupt(device, VIRTIO_ISR_CONFIG, device->config_vector);
}

void virtio_pci_reset(struct virtio_device *device)
{
    device->status = 0; /* first: nothing is started while the device stops */
    if (device->type->stop)
        device->type->stop(device);
    virtio_handed_take_back(device);
    virtio_common_reset(device);
    for (unsigned i = 0; i < device->queue_count; i++) {
        uint64_t count;
        ssize_t ignored = read(device->doorbells[i].fd, &count, sizeof(count));
        (void)ignored;
    }
    device->isr = 0;
    device->msix.pending = 0;
    if (device->function.bus)
        pci_function_set_intx(&device->function, false);
}

static int add_capabilities(struct virtio_device *device)
{
    struct pci_function *function = &device->function;
    for (unsigned i = 0; i < ARRAY_SIZE(capabilities); i++) {
        int at = pci_function_add_capability(
            function, PCI_CAP_VENDOR, capabilities[i].offset, capabilities[i].size);
        if (at < 0)
            return at;
        uint8_t *capability = function->config + at;
        capability[2] = capabilities[i].size;
        capability[3] = capabilities[i].type;
        capability[4] = capabilities[i].type == CAP_PCI ? 0 : WINDOW_BAR;
        store32(capability + 8, capabilities[i].part_offset);
        store32(capability + 12, capabilities[i].part_size);
        if (capabilities[i].type == CAP_NOTIFY)
            store32(capability + 16, NOTIFY_STRIDE);
    }
    function->write_mask[PCI_ACCESS_BAR] = 0xff;
    memset(function->write_mask + PCI_ACCESS_OFFSET, 0xff, 12);
    return msix_init(&device->msix, device->board, function, MSIX_CAPABILITY, MSIX_BAR,
                     device->queue_count + 1);
}

int virtio_doorbell_listen(struct virtio_doorbell *doorbell)
{
    return event_loop_add(doorbell->device->board->loop, doorbell->fd, EPOLLIN,
                          doorbell_rang, doorbell);
}

static int add_doorbells(struct virtio_device *device, struct error *err)
{
    for (unsigned i = 0; i < device->queue_count; i++) {
        struct virtio_doorbell *doorbell = &device->doorbells[i];
        doorbell->device = device;
        doorbell->queue = i;
        doorbell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int result = doorbell->fd < 0 ? -errno : virtio_doorbell_listen(doorbell);
        if (result < 0)
            return error_system(err, result, "%s: notification", device->type->name);
    }
    return 0;
}

int virtio_pci_init(struct virtio_device *device, struct board *board, uint8_t devfn,
                    const struct virtio_type *type, struct error *err)
{
    struct pci_function *function = &device->function;

    device->board = board;
    device->type = type;
    if (type->queues)
        device->queue_count = type->queues;
    device->features |=
        TRANSPORT_F_VERSION_1 | TRANSPORT_F_INDIRECT_DESC | TRANSPORT_F_EVENT_IDX;
    for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
        device->doorbells[i].fd = -1;
    device->window =
        (struct range){ .name = type->name, .ops = &window_ops, .opaque = device };

    function->name = type->name;
    function->ops = &function_ops;
    function->opaque = device;
    function->devfn = devfn;
    function->config[PCI_INTERRUPT_PIN] = 1;
    function->windows[WINDOW_BAR] =
        (struct pci_window){ .size = WINDOW_SIZE, .range = &device->window };
    pci_function_identify(function, VIRTIO_VENDOR,
                          (uint16_t)(VIRTIO_DEVICE_BASE + type->id), 1,
                          type->class_code, VIRTIO_VENDOR, VIRTIO_SUBSYSTEM);
    int result = add_capabilities(device);
    if (result < 0)
        return error_system(err, result, "%s: capabilities", type->name);
    if (device->rom_bytes) {
        result = pci_rom_init(&device->rom, board, function, device->rom_bytes,
                              device->rom_size, err);
        if (result < 0)
            return result;
        device->rom_bytes = NULL; /* the caller's, and copied */
    }
    result = add_doorbells(device, err);
    if (result < 0)
        return result;
    virtio_common_reset(device);
    return pci_bus_add(board->pci, function, err);
}

void virtio_pci_release(struct virtio_device *device)
{
    if (!device->type)
        return;
    if (device->function.bus)
        pci_bus_remove(device->board->pci, &device->function);
    space_remove(&device->window);
    space_remove(&device->msix.range);
    pci_rom_free(&device->rom);
    virtio_handed_free(device);
    for (unsigned i = 0; i < device->queue_count; i++) {
        if (device->doorbells[i].fd < 0)
            continue;
        event_loop_remove(device->board->loop, device->doorbells[i].fd);
        close(device->doorbells[i].fd);
    }
}

void virtio_device_reset(struct device *device)
{
    virtio_pci_reset((struct virtio_device *)device);
}

void virtio_device_free(struct device *device)
{
    virtio_pci_release((struct virtio_device *)device);
    free(device);
}
