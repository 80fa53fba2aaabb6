/* vhost_net.h: the kernel's vhost-net, which serves a NIC's rings in place of igdvm. */
#ifndef DEVICES_VHOST_NET_H
#define DEVICES_VHOST_NET_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* features */

struct error;
struct guest_memory;
struct vhost_net;
struct virtqueue;
struct virtio_queue_fds;

/*
 * Open /dev/vhost-net for so many pairs of queues and tell it of guest RAM. NULL with
 * err, which tells what to do.
 */
struct vhost_net *vhost_net_open(unsigned pairs, const struct guest_memory *ram,
                                 struct error *err);
void vhost_net_free(struct vhost_net *vhost);

/*
 * Serve a pair: its two enabled queues (receiving, sending), the eventfds of both and
 * the tap's fd, with the features that were accepted. 0 or a negative errno, and then
 * it is as before; -EOPNOTSUPP: this kernel's rings lack one of the features.
 */
int vhost_net_start(struct vhost_net *vhost, unsigned pair,
                    const struct virtqueue *queues, const struct virtio_queue_fds *fds,
                    int tap_fd, uint64_t features);

/* Is the pair being served? */
bool vhost_net_started(const struct vhost_net *vhost, unsigned pair);

/* Serve it no more; queues go on where the kernel stopped. Nothing when not started. */
void vhost_net_stop(struct vhost_net *vhost, unsigned pair, struct virtqueue *queues);

#endif
