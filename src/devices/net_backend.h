/* net_backend.h: where the frames of a virtual NIC go: a tap interface, a socket. */
#ifndef DEVICES_NET_BACKEND_H
#define DEVICES_NET_BACKEND_H

#include "base/frame_stream.h" /* the largest frame */

#include <stdbool.h>   /* bool */
#include <stddef.h>    /* size_t */
#include <stdint.h>    /* features */
#include <sys/types.h> /* ssize_t */
#include <sys/uio.h>   /* struct iovec */

/* Before each frame lies a struct virtio_net_hdr_v1 (VIRTIO 1.2, section 5.1.6). */
#define NET_HEADER_SIZE  12
#define NET_HEADER_COUNT 10 /* in it: how many buffers the frame has, u16 */

/* Of a frame, without that header. */
#define NET_FRAME_MAX FRAME_STREAM_LARGEST
#define NET_FRAME_MIN 14

/* Feature bits (VIRTIO 1.2, section 5.1.3). */
#define NET_F_CSUM       (1ull << 0)
#define NET_F_GUEST_CSUM (1ull << 1)
#define NET_F_MTU        (1ull << 3)
#define NET_F_MAC        (1ull << 5)
#define NET_F_GUEST_TSO4 (1ull << 7)
#define NET_F_GUEST_TSO6 (1ull << 8)
#define NET_F_GUEST_ECN  (1ull << 9)
#define NET_F_GUEST_UFO  (1ull << 10)
#define NET_F_HOST_TSO4  (1ull << 11)
#define NET_F_HOST_TSO6  (1ull << 12)
#define NET_F_HOST_ECN   (1ull << 13)
#define NET_F_HOST_UFO   (1ull << 14)
#define NET_F_MRG_RXBUF  (1ull << 15)
#define NET_F_STATUS     (1ull << 16)
#define NET_F_CTRL_VQ    (1ull << 17)
#define NET_F_CTRL_RX    (1ull << 18)
#define NET_F_CTRL_VLAN  (1ull << 19)
#define NET_F_CTRL_EXTRA (1ull << 20)
#define NET_F_MQ         (1ull << 22)
#define NET_F_CTRL_MAC   (1ull << 23)

struct net_backend;

/* All are called with the board's lock held; negative errnos but -EAGAIN: it is gone.
 */
struct net_backend_ops {
    /* One frame, header first, into the segments, which have room for the largest: its
     * bytes, or -EAGAIN: none now, the fd will be readable. */
    ssize_t (*receive)(struct net_backend *backend, unsigned pair,
                       const struct iovec *segments, unsigned count);
    /* Send one, header first. 0: sent, or dropped for what it is; -EAGAIN: there is no
     * room, the fd will be writable. */
    int (*send)(struct net_backend *backend, unsigned pair,
                const struct iovec *segments, unsigned count);
    /* After several sends: -EAGAIN: not all is out, call again when the fd is writable.
     * NULL: send holds nothing back. */
    int (*flush)(struct net_backend *backend);
    /* The driver accepted these features. NULL: none matters. */
    void (*accept)(struct net_backend *backend, uint64_t features);
    /* Use so many pairs from now on. NULL: there is one only. */
    int (*use_pairs)(struct net_backend *backend, unsigned pairs);
    /*
     * For as long as the kernel moves the frames and nobody here sees one fail: a new
     * fd that is readable whenever the backend may have ended, what is read from it
     * means nothing, or a negative errno; and whether it has ended. NULL, both: the
     * kernel never moves its frames.
     */
    int (*watch)(struct net_backend *backend);
    bool (*ended)(struct net_backend *backend);
    void (*free)(struct net_backend *backend);
};

struct net_backend {
    const struct net_backend_ops *ops;
    char name[128];    /* for people: "tap igdvm0" */
    uint64_t features; /* feature bits it can do */
    uint16_t mtu;      /* 0: the usual one */
    unsigned pairs;    /* how many fds */
    const int *fds;    /* one a pair of queues */
    bool in_kernel;    /* vhost can take the fds */
};

static inline void net_backend_free(struct net_backend *backend)
{
    if (backend)
        backend->ops->free(backend);
}

#endif
