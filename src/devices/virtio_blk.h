/* virtio_blk.h: a virtio disk. */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include "devices/disk_io.h" /* enum disk_engine_choice */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* devfn */

struct board;
struct device;
struct error;

struct virtio_blk_options {
    const char *path;   /* a raw image or a block device */
    const char *serial; /* up to 20 characters; NULL: one made of devfn */
    bool read_only;
    enum disk_engine_choice engine;
};

/*
 * A disk at devfn with one queue. The file is locked for as long as the device lives.
 * Writes are on the medium once the guest flushed them; a guest that did not accept
 * the flush feature gets each write durable. NULL with err ("disk PATH: ...").
 */
struct device *virtio_blk_new(struct board *board, uint8_t devfn,
                              const struct virtio_blk_options *options,
                              struct error *err);

#endif
