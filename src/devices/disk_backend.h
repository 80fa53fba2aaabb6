/* disk_backend.h: a vhost-user-blk server that has a disk in place of a file of ours.
 */
#ifndef DEVICES_DISK_BACKEND_H
#define DEVICES_DISK_BACKEND_H

#include "devices/storage_daemon.h" /* the one that is started for images */

#include <stdint.h> /* rings */

struct disk_file;
struct error;
struct guest_memory;

#define DISK_BACKEND_SLOTS 128 /* requests at a time, a power of two */
#define DISK_BACKEND_TABLE 130 /* descriptors of a request */

struct disk_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

/* A request as the server sees it: VIRTIO 1.2, section 5.2.6. */
struct disk_slot {
    struct disk_descriptor table[DISK_BACKEND_TABLE];
    uint8_t header[16];
    uint8_t extent[16]; /* the range of a discard or write of zeros */
    uint8_t status;
};

/* Memory shared with the server beside the guest's RAM. The server may write any of it.
 */
struct disk_shared {
    struct disk_descriptor descriptors[DISK_BACKEND_SLOTS]; /* one a slot, indirect */
    struct {
        uint16_t flags, index, ring[DISK_BACKEND_SLOTS], used_event;
    } available;
    struct {
        uint16_t flags, index;
        struct {
            uint32_t head, length;
        } ring[DISK_BACKEND_SLOTS];
        uint16_t available_event;
    } used __attribute__((aligned(4)));
    struct disk_slot slots[DISK_BACKEND_SLOTS] __attribute__((aligned(16)));
};

struct disk_backend {
    struct storage_daemon
        daemon; /* its socket also where the server is the user's own */
    struct disk_shared *shared;
    int kick, call; /* eventfds */
    /* How long a server may be silent while a reset or the end waits for it. */
    unsigned patience_ms;
};

struct disk_backend_options {
    const char *socket; /* of a server that runs; NULL: start one for the image */
    struct storage_daemon_options image;
};

/*
 * Connect to the server and start its queue. ram must be shareable, each block with a
 * file descriptor; it is lent to the server. file is filled from what the server tells.
 * 0 or a negative errno with err.
 */
int disk_backend_open(struct disk_backend *backend,
                      const struct disk_backend_options *options,
                      const struct guest_memory *ram, struct disk_file *file,
                      struct error *err);

/* The same with a socket that is connected already; it is the backend's from now on. */
int disk_backend_attach(struct disk_backend *backend, int socket, const char *who,
                        const struct guest_memory *ram, struct disk_file *file,
                        struct error *err);

void disk_backend_close(struct disk_backend *backend);

#endif
