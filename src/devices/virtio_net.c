/* virtio_net.c: a virtio NIC (VIRTIO 1.2, section 5.1). */
#include "devices/virtio_net.h"

#include "base/bytes.h"                  /* stores */
#include "base/error.h"                  /* error_system */
#include "base/log.h"                    /* a backend that is gone */
#include "devices/vhost_net.h"           /* free it */
#include "devices/virtio_net_internal.h" /* struct virtio_net */

#include <stdlib.h> /* calloc */
#include <string.h> /* strerror */

#define QUEUE_SIZE VIRTQUEUE_SIZE_MAX

/* Device configuration. */
enum {
    CONFIG_MAC = 0x00,
    CONFIG_STATUS = 0x06, /* bit 0: the link is up */
    CONFIG_PAIRS = 0x08,
    CONFIG_MTU = 0x0a,
    CONFIG_SIZE = 0x0c,
};

#define STATUS_LINK_UP 1

void virtio_net_set_link(struct device *device, bool up)
{
    struct virtio_net *net = (struct virtio_net *)device;
    if (net_link_is_up(net) == up || !net->backend)
        return;
    store16(net->virtio.config + CONFIG_STATUS, up ? STATUS_LINK_UP : 0);
    /* The kernel knows of no cable: without one igdvm drops what the driver sends. */
    if (!up)
        net_vhost_stop(net);
    virtio_config_changed(&net->virtio);
    for (unsigned i = 0; i < 2 * net->active; i++)
        virtio_run_again(&net->virtio, i);
}

static void leave_backend(struct virtio_net *net)
{
    for (unsigned i = 0; i < net->pair_count; i++) {
        net_unlisten(&net->pairs[i]);
        net_pair_stop(&net->pairs[i]);
    }
    net_vhost_release(net);
    net_backend_free(net->backend);
    net->backend = NULL;
}

void net_backend_gone(struct virtio_net *net, int error)
{
    unsigned devfn = net->virtio.function.devfn;
    if (!net->backend)
        return;
    log_warning(
        "virtio-net", "00:%02x.%x: %s is gone (%s): the guest sees its cable pulled",
        PCI_SLOT(devfn), PCI_FUNCTION(devfn), net->backend->name, strerror(error));
    virtio_net_set_link(&net->virtio.device, false);
    leave_backend(net);
}

int net_use_pairs(struct virtio_net *net, unsigned pairs)
{
    if (net->backend && net->backend->ops->use_pairs) {
        int result = net->backend->ops->use_pairs(net->backend, pairs);
        if (result < 0)
            return result;
    }
    net->active = pairs;
    for (unsigned i = 0; i < pairs; i++)
        virtio_run_again(&net->virtio, 2 * i);
    return 0;
}

/* Its number follows from the features that were accepted (section 5.1.2). */
static unsigned control_queue(const struct virtio_net *net)
{
    return virtio_has(&net->virtio, NET_F_MQ) ? 2 * net->pair_count : 2;
}

static void virtio_net_run(struct virtio_device *device, unsigned index)
{
    struct virtio_net *net = (struct virtio_net *)device;
    if (virtio_has(device, NET_F_CTRL_VQ) && index == control_queue(net)) {
        net_control(net, index);
        return;
    }
    struct net_pair *pair = &net->pairs[index / 2];
    if (index / 2 >= net->active || net_vhost_start(net, index / 2))
        return;
    if (index % 2)
        net_transmit(pair);
    else if (net->backend)
        net_receive(pair);
}

static void virtio_net_stop(struct virtio_device *device)
{
    struct virtio_net *net = (struct virtio_net *)device;
    net_vhost_stop(net);
    for (unsigned i = 0; i < net->pair_count; i++) {
        net_pair_stop(&net->pairs[i]);
        if (net->pairs[i].listening)
            net_listen(&net->pairs[i]);
    }
    if (net->active != 1)
        net_use_pairs(net, 1);
    net_filter_reset(&net->filter, net->mac);
    memcpy(device->config + CONFIG_MAC, net->mac, NET_MAC_SIZE);
}

static void virtio_net_start(struct virtio_device *device)
{
    struct virtio_net *net = (struct virtio_net *)device;
    net->filter.by_vlan = virtio_has(device, NET_F_CTRL_VLAN);
    if (net->backend && net->backend->ops->accept)
        net->backend->ops->accept(net->backend, device->driver_features);
}

static const struct virtio_type virtio_net_type = {
    .name = "virtio-net",
    .id = 1,
    .class_code = 0x020000,
    .queue_size = QUEUE_SIZE,
    .run = virtio_net_run,
    .start = virtio_net_start,
    .stop = virtio_net_stop,
};

static void virtio_net_free(struct device *device)
{
    struct virtio_net *net = (struct virtio_net *)device;
    net_vhost_release(net);
    virtio_pci_release(&net->virtio);
    if (net->backend)
        leave_backend(net);
    free(net->pairs);
    free(net);
}

static void fill_config(struct virtio_net *net, uint16_t mtu)
{
    struct virtio_device *virtio = &net->virtio;
    uint8_t *config = virtio->config;

    virtio->features = net->backend->features | NET_F_MAC | NET_F_STATUS |
                       NET_F_MRG_RXBUF | NET_F_CTRL_VQ | NET_F_CTRL_RX |
                       NET_F_CTRL_EXTRA | NET_F_CTRL_VLAN | NET_F_CTRL_MAC |
                       (net->pair_count > 1 ? NET_F_MQ : 0) | (mtu ? NET_F_MTU : 0);
    memcpy(config + CONFIG_MAC, net->mac, NET_MAC_SIZE);
    store16(config + CONFIG_STATUS, STATUS_LINK_UP);
    store16(config + CONFIG_PAIRS, (uint16_t)net->pair_count);
    store16(config + CONFIG_MTU, mtu);
    virtio->config_size = CONFIG_SIZE;
    virtio->queue_count = 2 * net->pair_count + 1;
}

static int make_pairs(struct virtio_net *net)
{
    net->pair_count = net->backend->pairs;
    net->pairs = calloc(net->pair_count, sizeof(*net->pairs));
    if (!net->pairs)
        return -ENOMEM;
    for (unsigned i = 0; i < net->pair_count; i++) {
        net->pairs[i].net = net;
        net->pairs[i].index = i;
        net_pair_stop(&net->pairs[i]);
    }
    net->active = 1;
    return net->backend->ops->use_pairs ? net->backend->ops->use_pairs(net->backend, 1)
                                        : 0;
}

struct device *virtio_net_new(struct board *board, uint8_t devfn,
                              const struct virtio_net_options *options,
                              struct error *err)
{
    struct virtio_net *net = calloc(1, sizeof(*net));
    if (!net) {
        net_backend_free(options->backend);
        vhost_net_free(options->vhost);
        error_system(err, -ENOMEM, "virtio-net");
        return NULL;
    }
    struct device *device = &net->virtio.device;
    *device = (struct device){ "virtio-net", virtio_device_reset, virtio_net_free };
    net->backend = options->backend;
    net->vhost = options->vhost;
    net->watch = -1;
    memcpy(net->mac, options->mac, NET_MAC_SIZE);
    net_filter_reset(&net->filter, net->mac);
    int result = make_pairs(net);
    if (result < 0) {
        error_system(err, result, "%s", net->backend->name);
    } else {
        fill_config(net, options->mtu ? options->mtu : net->backend->mtu);
        net->virtio.rom_bytes = options->rom;
        net->virtio.rom_size = options->rom_size;
        result = virtio_pci_init(&net->virtio, board, devfn, &virtio_net_type, err);
    }
    if (result == 0 && net->vhost)
        net_vhost_watch(net);
    if (result == 0) {
        net_listen(&net->pairs[0]); /* also without a driver it may go away */
        return device;
    }
    virtio_net_free(device);
    return NULL;
}
