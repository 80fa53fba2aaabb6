/* virtio_blk.h: a virtio disk. */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include "devices/disk_io.h" /* files, engines */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* devfn */

struct board;
struct device;
struct error;

#define VIRTIO_BLK_QUEUES_MAX 8
#define VIRTIO_BLK_SERIAL_MAX 20 /* characters */

struct virtio_blk_options {
    struct disk_file_options file; /* its path also names what a server has */
    const char *socket;            /* of a vhost-user-blk server that has the disk */
    const char *format;            /* by QEMU's name; NULL: raw, no server is needed */
    const char *serial;            /* NULL: one made of devfn */
    bool no_discard; /* ranges the guest frees keep their room on the host */
    unsigned queues; /* 0: one */
    enum disk_engine_choice engine;
};

/*
 * A disk at devfn. The file is locked for as long as the device lives. Writes are on
 * the medium once the guest flushed them; a guest that did not accept the flush
 * feature, or turned write-back off, gets each write durable. NULL with err ("disk
 * PATH: ...").
 */
struct device *virtio_blk_new(struct board *board, uint8_t devfn,
                              const struct virtio_blk_options *options,
                              struct error *err);

#endif
