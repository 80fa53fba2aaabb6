/* vhost_user.h: a frontend's side of a vhost-user connection: its messages. */
#ifndef DEVICES_VHOST_USER_H
#define DEVICES_VHOST_USER_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* features */

struct error;

#define VHOST_USER_REGIONS_MAX 8
#define VHOST_USER_CONFIG_MAX  256 /* bytes of device configuration */

/*
 * Memory the backend may use. It is told of it by the address igdvm has it at, as the
 * address of guests too: descriptors hold igdvm's pointers.
 */
struct vhost_user_region {
    void *host;
    uint64_t size;
    int fd;
    uint64_t offset; /* in fd */
};

/* A queue as it begins: rings by igdvm's pointers, inside the regions. */
struct vhost_user_queue {
    uint16_t size;
    void *descriptors, *available, *used;
    int kick, call; /* eventfds; the backend gets copies */
};

/*
 * Each waits for the backend's answer, if the message has one, for at most half a
 * minute. fd: the connected socket, the caller's. `who` names the backend in errors.
 * 0 or a negative errno with err.
 */

/* Connect to the socket at this path. The descriptor, or a negative errno. */
int vhost_user_connect(const char *path, const char *who, struct error *err);

/* Begin, and ask for its features (VIRTIO's bits). It must have a configuration. */
int vhost_user_begin(int fd, const char *who, uint64_t *features, struct error *err);

/* Read the first `size` bytes of the device's configuration. */
int vhost_user_get_config(int fd, const char *who, void *config, size_t size,
                          struct error *err);

/* Choose features, tell of memory, start queue 0. */
int vhost_user_start(int fd, const char *who, uint64_t features,
                     const struct vhost_user_region *regions, unsigned count,
                     const struct vhost_user_queue *queue, struct error *err);

#endif
