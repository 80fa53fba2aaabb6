/* forward.h: a port of the host's that leads into the guest, in words. */
#ifndef NET_FORWARD_H
#define NET_FORWARD_H

#include <netinet/in.h> /* addresses */
#include <stdbool.h>    /* bool */
#include <stdint.h>     /* ports */

struct error;

struct net_forward {
    bool udp;
    struct in_addr host, guest; /* guest 0.0.0.0: the address DHCP gives */
    uint16_t host_port, guest_port;
};

/*
 * Read "tcp:[ADDRESS:]PORT-[ADDRESS]:PORT", or "udp:..."; without an address the host's
 * side is 127.0.0.1. 0, or -EINVAL with err naming the text and what is good.
 */
int net_forward_parse(const char *text, struct net_forward *forward, struct error *err);

#endif
