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
#define BLK_F_MQ           (1ull << 12)
#define BLK_F_DISCARD      (1ull << 13)
#define BLK_F_WRITE_ZEROES (1ull << 14)

#define BLK_SECTOR      512
#define BLK_EXTENT_MOST (1u << 21) /* sectors discarded or zeroed by one request */

/*
 * Features and configuration of a disk with this file: before virtio_pci_init, with
 * queue_count set. segments: of a request's data, the most.
 */
void virtio_blk_describe(struct virtio_device *virtio, const struct disk_file *file,
                         bool no_discard, unsigned segments);

#endif
