/* net_filter.h: which frames a guest's NIC wants, as its driver set it. */
#ifndef DEVICES_NET_FILTER_H
#define DEVICES_NET_FILTER_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

#define NET_MAC_SIZE     6
#define NET_FILTER_MACS  64 /* of each kind; of more, all are let in */
#define NET_FILTER_VLANS 4096
#define NET_FILTER_BYTES 18 /* of a frame that are looked at: addresses, type, tag */

/* A list of addresses. */
struct net_filter_list {
    unsigned count;
    bool all; /* there were more than fit */
    uint8_t macs[NET_FILTER_MACS][NET_MAC_SIZE];
};

/* VIRTIO 1.2, sections 5.1.6.5.1 to 5.1.6.5.3. */
struct net_filter {
    uint8_t mac[NET_MAC_SIZE];
    bool promiscuous, all_multicast, all_unicast;
    bool no_multicast, no_unicast, no_broadcast;
    struct net_filter_list unicast, multicast;
    bool by_vlan; /* the driver lists the VLANs it wants */
    uint8_t vlans[NET_FILTER_VLANS / 8];
};

/* Everything is let in until the driver says otherwise. */
void net_filter_reset(struct net_filter *filter, const uint8_t mac[NET_MAC_SIZE]);

/* Is a frame with these first bytes wanted? */
bool net_filter_accepts(const struct net_filter *filter,
                        const uint8_t frame[NET_FILTER_BYTES]);

void net_filter_set_vlan(struct net_filter *filter, uint16_t vlan, bool wanted);

#endif
