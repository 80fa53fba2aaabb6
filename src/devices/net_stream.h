/* net_stream.h: frames over a stream socket, as passt and QEMU's "-netdev stream". */
#ifndef DEVICES_NET_STREAM_H
#define DEVICES_NET_STREAM_H

struct error;
struct net_backend;

/*
 * A NIC's backend on a connected stream socket, owned from now on (also when this
 * fails): each frame follows its length, 32 bits in network byte order. name is for
 * people. NULL with err.
 */
struct net_backend *net_stream_new(int fd, const char *name, struct error *err);

#endif
