/* virtio_common.c: the common configuration structure of a virtio device on PCI. */
#include "devices/virtio_common.h"

#include "base/bytes.h"            /* loads, stores */
#include "devices/board.h"         /* guest RAM */
#include "devices/virtio_handed.h" /* interrupts of handed-over queues */
#include "devices/virtio_pci.h"    /* struct virtio_device */

/* Offsets in the structure. */
enum {
    COMMON_FEATURE_SELECT = 0x00,
    COMMON_FEATURE = 0x04,
    COMMON_DRIVER_FEATURE_SELECT = 0x08,
    COMMON_DRIVER_FEATURE = 0x0c,
    COMMON_CONFIG_VECTOR = 0x10,
    COMMON_QUEUES = 0x12,
    COMMON_STATUS = 0x14,
    COMMON_GENERATION = 0x15,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_VECTOR = 0x1a,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY = 0x1e,
    COMMON_QUEUE_DESCRIPTORS = 0x20,
    COMMON_QUEUE_AVAILABLE = 0x28,
    COMMON_QUEUE_USED = 0x30,
};

/* The queue that is selected, or NULL. */
static struct virtqueue *selected(struct virtio_device *device)
{
    return device->queue_select < device->queue_count
               ? &device->queues[device->queue_select]
               : NULL;
}

static uint32_t half(uint64_t value, uint32_t select)
{
    return select == 0 ? (uint32_t)value : select == 1 ? (uint32_t)(value >> 32) : 0;
}

uint64_t virtio_common_read(struct virtio_device *device, uint64_t offset,
                            unsigned size)
{
    uint8_t image[VIRTIO_COMMON_SIZE] = { 0 };
    const struct virtqueue *queue = selected(device);

    if (!range_inside(offset, size, sizeof(image)))
        return 0;
    store32(image + COMMON_FEATURE_SELECT, device->feature_select);
    store32(image + COMMON_FEATURE, half(device->features, device->feature_select));
    store32(image + COMMON_DRIVER_FEATURE_SELECT, device->driver_feature_select);
    store32(image + COMMON_DRIVER_FEATURE,
            half(device->driver_features, device->driver_feature_select));
    store16(image + COMMON_CONFIG_VECTOR, device->config_vector);
    store16(image + COMMON_QUEUES, (uint16_t)device->queue_count);
    image[COMMON_STATUS] = device->status;
    image[COMMON_GENERATION] = device->config_generation;
    store16(image + COMMON_QUEUE_SELECT, device->queue_select);
    if (queue) {
        store16(image + COMMON_QUEUE_SIZE, queue->size);
        store16(image + COMMON_QUEUE_VECTOR, queue->vector);
        store16(image + COMMON_QUEUE_ENABLE, queue->enabled);
        store16(image + COMMON_QUEUE_NOTIFY, device->queue_select);
        store64(image + COMMON_QUEUE_DESCRIPTORS, queue->descriptors);
        store64(image + COMMON_QUEUE_AVAILABLE, queue->available);
        store64(image + COMMON_QUEUE_USED, queue->used);
    }
    return load_sized(image + offset, size);
}

static void write_status(struct virtio_device *device, uint8_t value)
{
    uint8_t old = device->status;

    if (value == 0) {
        virtio_pci_reset(device);
        return;
    }
    /* FEATURES_OK stays off when the driver chose what this device cannot do. */
    if ((value & ~old & VIRTIO_STATUS_FEATURES_OK) &&
        ((device->driver_features & ~device->features) ||
         !(device->driver_features & TRANSPORT_F_VERSION_1)))
        value &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    if (!((value | old) & VIRTIO_STATUS_FEATURES_OK))
        value &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
    /* Only a reset clears bits; NEEDS_RESET is the device's own. */
    device->status = old | (value & (uint8_t)~VIRTIO_STATUS_NEEDS_RESET);
    if (!(device->status & ~old & VIRTIO_STATUS_DRIVER_OK))
        return;
    if (device->type->start)
        device->type->start(device);
    for (unsigned i = 0; i < device->queue_count; i++)
        virtio_run_again(device, i);
}

static uint16_t valid_vector(const struct virtio_device *device, uint64_t value)
{
    return value < device->msix.vectors ? (uint16_t)value : MSIX_NO_VECTOR;
}

static void set_half(uint64_t *address, bool high, uint64_t value)
{
    *address = high ? (uint32_t)*address | value << 32
                    : (*address & ~0xffffffffull) | (uint32_t)value;
}

/* Addresses come in halves or as a whole; size and addresses are fixed once enabled. */
static void write_queue_address(struct virtqueue *queue, uint64_t offset,
                                uint64_t value, unsigned size)
{
    uint64_t *const fields[] = { &queue->descriptors, &queue->available, &queue->used };
    uint64_t *field = fields[(offset - COMMON_QUEUE_DESCRIPTORS) / 8];
    if (size == 8 && offset % 8 == 0)
        *field = value;
    else if (size == 4 && offset % 4 == 0)
        set_half(field, offset % 8 == 4, value);
}

static void write_queue(struct virtio_device *device, struct virtqueue *queue,
                        uint64_t offset, uint64_t value, unsigned size)
{
    if (offset == COMMON_QUEUE_VECTOR && size == 2) {
        queue->vector = valid_vector(device, value);
        virtio_handed_update(device);
    } else if (queue->enabled || (device->status & VIRTIO_STATUS_NEEDS_RESET)) {
        return;
    } else if (offset >= COMMON_QUEUE_DESCRIPTORS) {
        write_queue_address(queue, offset, value, size);
    } else if (offset == COMMON_QUEUE_SIZE && size == 2) {
        if (is_power_of_two(value) && value <= device->type->queue_size)
            queue->size = (uint16_t)value;
    } else if (offset == COMMON_QUEUE_ENABLE && size == 2 && value == 1) {
        if (virtqueue_enable(queue, device->board->ram,
                             virtio_has(device, TRANSPORT_F_EVENT_IDX)) < 0)
            virtio_break(device, queue->fault);
        else if (virtio_running(device))
            virtio_run_again(device, device->queue_select);
    }
}

static void write_driver_feature(struct virtio_device *device, uint32_t value)
{
    if ((device->status & VIRTIO_STATUS_FEATURES_OK) ||
        device->driver_feature_select > 1)
        return;
    set_half(&device->driver_features, device->driver_feature_select == 1, value);
}

void virtio_common_write(struct virtio_device *device, uint64_t offset, uint64_t value,
                         unsigned size)
{
    struct virtqueue *queue = selected(device);

    if (!range_inside(offset, size, VIRTIO_COMMON_SIZE))
        return;
    if (offset == COMMON_FEATURE_SELECT && size == 4)
        device->feature_select = (uint32_t)value;
    else if (offset == COMMON_DRIVER_FEATURE_SELECT && size == 4)
        device->driver_feature_select = (uint32_t)value;
    else if (offset == COMMON_DRIVER_FEATURE && size == 4)
        write_driver_feature(device, (uint32_t)value);
    else if (offset == COMMON_CONFIG_VECTOR && size == 2)
        device->config_vector = valid_vector(device, value);
    else if (offset == COMMON_STATUS && size == 1)
        write_status(device, (uint8_t)value);
    else if (offset == COMMON_QUEUE_SELECT && size == 2)
        device->queue_select = (uint16_t)value;
    else if (offset >= COMMON_QUEUE_SIZE && queue)
        write_queue(device, queue, offset, value, size);
}

void virtio_common_reset(struct virtio_device *device)
{
    device->feature_select = 0;
    device->driver_feature_select = 0;
    device->driver_features = 0;
    device->config_vector = MSIX_NO_VECTOR;
    device->queue_select = 0;
    for (unsigned i = 0; i < device->queue_count; i++)
        virtqueue_reset(&device->queues[i], device->type->queue_size);
}
