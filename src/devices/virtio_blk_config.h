/* virtio_blk_config.h: what a virtio disk tells its driver of itself. */
#ifndef DEVICES_VIRTIO_BLK_CONFIG_H
#define DEVICES_VIRTIO_BLK_CONFIG_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* feature bits */

struct disk_file;
struct virtio_device;

/* Feature bits: VIRTIO 1.2, section 5.2.3. */
#define BLK_F_SEG_MAX      (1ull << 2)
#define BLK_F_RO           (1ull << 5)
#define BLK_F_BLK_SIZE     (1ull << 6)
#define BLK_F_FLUSH        (1ull << 9)
#define BLK_F_TOPOLOGY     (1ull << 10)
#define BLK_F_CONFIG_WCE   (1ull << 11)
#define BLK_F_MQ           (1ull << 12)
#define BLK_F_DISCARD      (1ull << 13)
#define BLK_F_WRITE_ZEROES (1ull << 14)

/* The configuration: VIRTIO 1.2, section 5.2.4. */
enum {
    BLK_CONFIG_CAPACITY = 0x00, /* sectors of 512 bytes */
    BLK_CONFIG_SEG_MAX = 0x0c,
    BLK_CONFIG_BLK_SIZE = 0x14,
    BLK_CONFIG_PHYSICAL_EXP = 0x18, /* logical blocks in a physical one, log 2 */
    BLK_CONFIG_MIN_IO = 0x1a,       /* logical blocks */
    BLK_CONFIG_OPT_IO = 0x1c,       /* logical blocks */
    BLK_CONFIG_WRITEBACK =
        0x20, /* 1: a write is kept once it is flushed; the driver's */
    BLK_CONFIG_QUEUES = 0x22,
    BLK_CONFIG_DISCARD_SECTORS = 0x24,
    BLK_CONFIG_DISCARD_SEGMENTS = 0x28,
    BLK_CONFIG_DISCARD_ALIGNMENT = 0x2c, /* sectors */
    BLK_CONFIG_ZERO_SECTORS = 0x30,
    BLK_CONFIG_ZERO_SEGMENTS = 0x34,
    BLK_CONFIG_ZERO_MAY_UNMAP = 0x38,
    BLK_CONFIG_SIZE = 0x3c,
};

#define BLK_SECTOR      512
#define BLK_EXTENT_MOST (1u << 21) /* sectors discarded or zeroed by one request */

/*
 * Features and configuration of a disk with this file: before virtio_pci_init, with
 * queue_count set. segments: of a request's data, the most.
 */
void virtio_blk_describe(struct virtio_device *virtio, const struct disk_file *file,
                         bool no_discard, unsigned segments);

#endif
