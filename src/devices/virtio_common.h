/* virtio_common.h: the common configuration structure of a virtio device on PCI. */
#ifndef DEVICES_VIRTIO_COMMON_H
#define DEVICES_VIRTIO_COMMON_H

#include <stdint.h> /* registers */

struct virtio_device;

/* VIRTIO 1.2, sections 2.1, 4.1.4.3 and 4.1.4.5. */
#define VIRTIO_COMMON_SIZE 0x38

#define VIRTIO_STATUS_FEATURES_OK 0x08
#define VIRTIO_STATUS_DRIVER_OK   0x04
#define VIRTIO_STATUS_NEEDS_RESET 0x40

#define VIRTIO_ISR_QUEUE  1
#define VIRTIO_ISR_CONFIG 2

uint64_t virtio_common_read(struct virtio_device *device, uint64_t offset,
                            unsigned size);
void virtio_common_write(struct virtio_device *device, uint64_t offset, uint64_t value,
                         unsigned size);

/* Features, vectors and queues as a reset leaves them. */
void virtio_common_reset(struct virtio_device *device);

#endif
