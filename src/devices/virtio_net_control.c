/* virtio_net_control.c: commands to a virtio NIC (VIRTIO 1.2, section 5.1.6.5). */
#include "base/bytes.h"                  /* loads */
#include "base/error.h"                  /* errno values */
#include "devices/virtio_net_internal.h" /* struct virtio_net */

#define COMMANDS_A_RUN 16

enum { CLASS_RX = 0, CLASS_MAC = 1, CLASS_VLAN = 2, CLASS_MQ = 4 };
enum { ACK_OK = 0, ACK_ERROR = 1 };

/* The readable part of a command, behind its class and number. */
struct command {
    struct iovec *segments;
    unsigned count;
};

static bool cut(struct command *command, void *to, uint64_t size)
{
    return iovec_cut_front(command->segments, command->count, to, size);
}

/* Class RX: each command turns one thing on or off. */
static bool set_mode(struct virtio_net *net, uint8_t number, struct command *command)
{
    struct net_filter *filter = &net->filter;
    bool *const modes[] = { &filter->promiscuous, &filter->all_multicast,
                            &filter->all_unicast, &filter->no_multicast,
                            &filter->no_unicast,  &filter->no_broadcast };
    uint8_t on;
    if (number >= ARRAY_SIZE(modes) || !cut(command, &on, sizeof(on)))
        return false;
    *modes[number] = on != 0;
    return true;
}

static bool cut_list(struct command *command, struct net_filter_list *list)
{
    uint8_t size[4];
    if (!cut(command, size, sizeof(size)))
        return false;
    uint32_t count = load32(size), kept = count;
    if (kept > NET_FILTER_MACS)
        kept = NET_FILTER_MACS;
    list->count = kept;
    list->all = count > kept;
    return cut(command, list->macs, (uint64_t)kept * NET_MAC_SIZE) &&
           cut(command, NULL, (uint64_t)(count - kept) * NET_MAC_SIZE);
}

static bool set_addresses(struct virtio_net *net, uint8_t number,
                          struct command *command)
{
    if (number == 0) { /* MAC_TABLE_SET */
        struct net_filter_list unicast, multicast;
        if (!cut_list(command, &unicast) || !cut_list(command, &multicast))
            return false;
        net->filter.unicast = unicast;
        net->filter.multicast = multicast;
        return true;
    }
    uint8_t mac[NET_MAC_SIZE];
    if (number != 1 || !cut(command, mac, sizeof(mac))) /* MAC_ADDR_SET */
        return false;
    memcpy(net->filter.mac, mac, sizeof(mac));
    memcpy(net->virtio.config, mac, sizeof(mac));
    return true;
}

static bool set_vlan(struct virtio_net *net, uint8_t number, struct command *command)
{
    uint8_t vlan[2];
    if (number > 1 || !cut(command, vlan, sizeof(vlan)) ||
        load16(vlan) >= NET_FILTER_VLANS)
        return false;
    net_filter_set_vlan(&net->filter, load16(vlan), number == 0);
    return true;
}

static bool set_pairs(struct virtio_net *net, uint8_t number, struct command *command)
{
    uint8_t pairs[2];
    if (number != 0 || !cut(command, pairs, sizeof(pairs)))
        return false;
    unsigned count = load16(pairs);
    return count >= 1 && count <= net->pair_count && net_use_pairs(net, count) == 0;
}

/* By class; a class is only there if its feature was accepted. */
static const struct {
    uint8_t class;
    uint64_t feature;
    bool (*run)(struct virtio_net *net, uint8_t number, struct command *command);
} classes[] = {
    { CLASS_RX, NET_F_CTRL_RX, set_mode },
    { CLASS_MAC, NET_F_CTRL_MAC | NET_F_CTRL_RX, set_addresses },
    { CLASS_VLAN, NET_F_CTRL_VLAN, set_vlan },
    { CLASS_MQ, NET_F_MQ, set_pairs },
};

static uint8_t run_command(struct virtio_net *net, struct command *command)
{
    uint8_t header[2];
    if (!cut(command, header, sizeof(header)))
        return ACK_ERROR;
    for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
        if (classes[i].class == header[0] &&
            virtio_has(&net->virtio, classes[i].feature))
            return classes[i].run(net, header[1], command) ? ACK_OK : ACK_ERROR;
    }
    return ACK_ERROR;
}

static int answer_command(struct virtio_device *device, unsigned index,
                          struct virtqueue_chain *chain)
{
    struct command command = { chain->segments, chain->readable };
    const struct iovec *answer = chain->segments + chain->readable;
    if (chain->writable == 0) {
        device->queues[index].fault = "a command without room for an answer";
        return -EINVAL;
    }
    uint8_t *ack = answer->iov_base;
    *ack = run_command((struct virtio_net *)device, &command);
    return 1;
}

void net_control(struct virtio_net *net, unsigned index)
{
    virtio_run_chains(&net->virtio, index, &net->chain, COMMANDS_A_RUN, answer_command);
}
