/* virtio_net_internal.h: a virtio NIC's parts, for the files that make it up. */
#ifndef DEVICES_VIRTIO_NET_INTERNAL_H
#define DEVICES_VIRTIO_NET_INTERNAL_H

#include "devices/net_backend.h" /* frames */
#include "devices/net_filter.h"  /* which of them */
#include "devices/virtio_net.h"  /* limits */
#include "devices/virtio_pci.h"  /* the transport */

#define RECEIVE_CHAINS   64
#define RECEIVE_SEGMENTS 256

struct virtio_net;

/* Buffers of the driver's, taken and ready for a frame; and a frame they are too few
 * for.
 */
struct net_receive {
    unsigned wanted; /* chains to take before reading: what the last frame needed */
    unsigned count;  /* chains that are ready */
    uint16_t heads[RECEIVE_CHAINS];
    uint16_t segments_of[RECEIVE_CHAINS];
    uint32_t bytes_of[RECEIVE_CHAINS];
    unsigned segment_count;
    struct iovec segments[RECEIVE_SEGMENTS + 1]; /* all chains', and the rest below */
    uint64_t frame;  /* bytes of the frame that was read, 0: none waits */
    uint64_t direct; /* bytes that went straight into chains; others are in rest */
    uint8_t rest[NET_HEADER_SIZE + NET_FRAME_MAX];
};

/* A pair of queues: 2 * index receives, the next one sends. */
struct net_pair {
    struct virtio_net *net;
    unsigned index;
    uint32_t events; /* what the loop waits for on the backend's fd */
    bool listening;  /* the loop knows the fd */
    bool receiving;  /* frames are wanted as they come */
    bool blocked;    /* frames wait until the backend has room */
    struct net_receive receive;
};

struct virtio_net {
    struct virtio_device virtio;
    struct net_backend *backend; /* NULL: it is gone */
    struct vhost_net *vhost;     /* NULL: igdvm serves the rings */
    int watch; /* fd: the backend may have ended while the kernel serves; or -1 */
    uint8_t mac[NET_MAC_SIZE];
    unsigned active; /* pairs in use */
    struct net_filter filter;
    struct virtqueue_chain chain; /* scratch */
    unsigned pair_count;
    struct net_pair *pairs;
};

static inline bool net_link_is_up(const struct virtio_net *net)
{
    return net->backend && net->virtio.config[6] & 1;
}

/* virtio_net.c: the backend failed for good with this errno. */
void net_backend_gone(struct virtio_net *net, int error);

/* virtio_net_frames.c: move what waits, as far as it goes now. Board lock held. */
void net_receive(struct net_pair *pair);
void net_transmit(struct net_pair *pair);

/* Wait on the backend's fd for what the pair needs now. */
void net_listen(struct net_pair *pair);

/* Wait on it no more. */
void net_unlisten(struct net_pair *pair);

/* Nothing is taken, nothing waits. */
void net_pair_stop(struct net_pair *pair);

/*
 * virtio_net_vhost.c: hand a pair to the kernel, once both queues are set up. Is it the
 * kernel that serves it now? What it cannot serve, igdvm goes on serving.
 */
bool net_vhost_start(struct virtio_net *net, unsigned index);

/* The rings are igdvm's again. */
void net_vhost_stop(struct virtio_net *net);

/* Learn of the backend's end although no frame passes here. */
void net_vhost_watch(struct virtio_net *net);

/* The kernel has no more to do with the NIC. */
void net_vhost_release(struct virtio_net *net);

/* virtio_net_control.c: handle the commands in the control queue, which
 * has this number. */
void net_control(struct virtio_net *net, unsigned index);

/* virtio_net.c: use so many pairs. 0 or a negative errno. */
int net_use_pairs(struct virtio_net *net, unsigned pairs);

#endif
