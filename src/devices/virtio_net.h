/* virtio_net.h: a virtio NIC. */
#ifndef DEVICES_VIRTIO_NET_H
#define DEVICES_VIRTIO_NET_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* addresses */

struct board;
struct device;
struct error;
struct net_backend;
struct vhost_net;

#define VIRTIO_NET_PAIRS_MAX 8

struct virtio_net_options {
    struct net_backend *backend; /* owned, also when making the NIC fails */
    uint8_t mac[6];
    uint16_t mtu;       /* told to the guest; 0: the backend's, or none */
    const uint8_t *rom; /* to boot from it; NULL: none; the caller's */
    size_t rom_size;
    /* Serves the rings in the kernel, with as many pairs; owned; NULL: igdvm does. */
    struct vhost_net *vhost;
};

/*
 * A NIC at devfn with as many pairs of queues as the backend has. A backend that goes
 * away is told in one line; the guest sees its cable pulled and goes on. NULL with err.
 */
struct device *virtio_net_new(struct board *board, uint8_t devfn,
                              const struct virtio_net_options *options,
                              struct error *err);

/* Plug the cable in or pull it. Board lock held. A backend that is gone stays so. */
void virtio_net_set_link(struct device *device, bool up);

#endif
