/* net_tap.h: a tap interface of the host's, or one like it, as a NIC's backend. */
#ifndef DEVICES_NET_TAP_H
#define DEVICES_NET_TAP_H

struct error;
struct net_backend;

#define NET_TAP_PAIRS_MAX 8

/*
 * Open the tap interface of this name (NULL: the kernel finds one), made if it is not
 * there, with so many queues. One that is made goes with the machine; it is brought up
 * if that is allowed. NULL with err, which tells what to do.
 */
struct net_backend *net_tap_open(const char *name, unsigned pairs, struct error *err);

/* Take an open tap (or macvtap) file descriptor with IFF_VNET_HDR; it is owned then. */
struct net_backend *net_tap_take(int fd, struct error *err);

#endif
