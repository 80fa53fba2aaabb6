/* net_filter.c: which frames a guest's NIC wants, as its driver set it. */
#include "devices/net_filter.h"

#include <string.h> /* memcmp */

#define TYPE_OFFSET 12 /* behind the two addresses */
#define TAG_OFFSET  14

/* IEEE 802.1Q: a tag follows, whose low 12 bits are the VLAN's number. */
#define TYPE_VLAN_HIGH 0x81
#define TYPE_VLAN_LOW  0x00

void net_filter_reset(struct net_filter *filter, const uint8_t mac[NET_MAC_SIZE])
{
    memset(filter, 0, sizeof(*filter));
    memcpy(filter->mac, mac, NET_MAC_SIZE);
    filter->promiscuous = true;
}

void net_filter_set_vlan(struct net_filter *filter, uint16_t vlan, bool wanted)
{
    uint8_t bit = (uint8_t)(1 << vlan % 8);
    if (wanted)
        filter->vlans[vlan / 8] |= bit;
    else
        filter->vlans[vlan / 8] &= (uint8_t)~bit;
}

static bool vlan_wanted(const struct net_filter *filter, const uint8_t *frame)
{
    if (!filter->by_vlan || frame[TYPE_OFFSET] != TYPE_VLAN_HIGH ||
        frame[TYPE_OFFSET + 1] != TYPE_VLAN_LOW)
        return true;
    unsigned vlan = (frame[TAG_OFFSET] & 0xfu) << 8 | frame[TAG_OFFSET + 1];
    return filter->vlans[vlan / 8] >> vlan % 8 & 1;
}

static bool listed(const struct net_filter_list *list, const uint8_t *mac)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (!memcmp(list->macs[i], mac, NET_MAC_SIZE))
            return true;
    }
    return list->all;
}

bool net_filter_accepts(const struct net_filter *filter,
                        const uint8_t frame[NET_FILTER_BYTES])
{
    static const uint8_t broadcast[NET_MAC_SIZE] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    };
    if (!vlan_wanted(filter, frame))
        return false;
    if (filter->promiscuous)
        return true;
    if (!memcmp(frame, broadcast, NET_MAC_SIZE))
        return !filter->no_broadcast;
    if (frame[0] & 1)
        return !filter->no_multicast &&
               (filter->all_multicast || listed(&filter->multicast, frame));
    return !filter->no_unicast &&
           (filter->all_unicast || !memcmp(frame, filter->mac, NET_MAC_SIZE) ||
            listed(&filter->unicast, frame));
}
