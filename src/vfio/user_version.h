/* user_version.h: the capabilities in vfio-user's VERSION message, as JSON text. */
#ifndef VFIO_USER_VERSION_H
#define VFIO_USER_VERSION_H

#include "vfio/user_protocol.h" /* the defaults */

#include <stddef.h> /* size_t */
#include <stdint.h> /* fixed-width integers */

struct error;

/* What a peer accepts; its protocol version. */
struct vfio_user_limits {
    uint16_t major, minor;
    unsigned max_fds;    /* descriptors in a message to it, at most ours */
    uint32_t max_data;   /* bytes in a region or DMA access, at most ours */
    uint32_t max_maps;   /* DMA ranges mapped at a time */
    uint64_t page_sizes; /* or'ed: a DMA range is a multiple of the smallest */
};

/* Large enough for what vfio_user_version_write makes. */
#define VFIO_USER_VERSION_SIZE 512

/*
 * Make a VERSION payload that announces limits at `payload` (capacity bytes). Returns
 * its size, or 0 when it does not fit or memory is short.
 */
size_t vfio_user_version_write(void *payload, size_t capacity,
                               const struct vfio_user_limits *limits);

/*
 * Read a VERSION payload (a command's or a reply's), with the specification's defaults
 * for what it does not name and this side's limits as a ceiling. -EPROTO with err set
 * when it is damaged.
 */
int vfio_user_version_read(const void *payload, size_t size,
                           struct vfio_user_limits *limits, struct error *err);

#endif
