/* nics.c: the virtual NICs of the machine and what is behind them. */
#include "base/log.h"                 /* addresses are worth a line */
#include "devices/net_backend.h"      /* frames go there */
#include "devices/net_stream.h"       /* a socket */
#include "devices/net_tap.h"          /* a tap interface */
#include "devices/virtio_net.h"       /* the NIC */
#include "machine/machine_internal.h" /* struct machine */
#include "machine/slots.h"            /* places on the bus */
#include "pci/regs.h"                 /* PCI_DEVFN */

#include <fcntl.h>  /* F_DUPFD_CLOEXEC */
#include <string.h> /* memcmp */
#include <unistd.h> /* read */

#define MAC_SIZE   6
#define MACHINE_ID "/etc/machine-id"

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t value, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        value = (value ^ at[i]) * 0x100000001b3u;
    return value;
}

/*
 * The address of a NIC that was given none: the same at every start, and another one
 * for each NIC and for each backend on each host. Locally administered, for one
 * station.
 */
static void derive_mac(uint8_t mac[MAC_SIZE], unsigned index, const char *backend)
{
    uint64_t value = hash(0xcbf29ce484222325u, backend, strlen(backend));
    char id[64];
    int fd = open(MACHINE_ID, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, id, sizeof(id)) : 0;
    if (fd >= 0)
        close(fd);
    value = hash(value, id, size > 0 ? (size_t)size : 0);
    value = hash(value, &index, sizeof(index));
    memcpy(mac, &value, MAC_SIZE);
    mac[0] = (uint8_t)((mac[0] & ~1) | 2);
}

static struct net_backend *open_backend(const struct machine_nic *nic,
                                        struct error *err)
{
    if (nic->fd < 0)
        return net_tap_open(nic->interface, nic->queues, err);
    int fd = fcntl(nic->fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        error_set(err, ERROR_INPUT, -errno, "file descriptor %d: %s", nic->fd,
                  strerror(errno));
        return NULL;
    }
    struct net_backend *backend =
        nic->tap ? net_tap_take(fd, err) : net_stream_new(fd, nic->name, err);
    if (!backend && nic->tap)
        error_prefix(err, "file descriptor %d", nic->fd);
    return backend;
}

/* The NICs before this one have other addresses? */
static int check_mac(struct machine *machine, unsigned index, struct error *err)
{
    const struct machine_nic *nics = machine->config.nics;
    const uint8_t *mac = nics[index].mac;
    for (unsigned i = 0; i < index; i++) {
        if (!memcmp(mac, nics[i].mac, MAC_SIZE))
            return error_set(
                err, ERROR_INPUT, -EEXIST,
                "two NICs with the address "
                "%02x:%02x:%02x:%02x:%02x:%02x: give one another with mac=",
                mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    }
    return 0;
}

struct device *machine_nic_new(struct machine *machine, unsigned index,
                               struct error *err)
{
    struct machine_nic *nic = &machine->config.nics[index];
    const uint8_t *mac = nic->mac;
    struct net_backend *backend = open_backend(nic, err);
    if (!backend)
        return NULL;
    if (!nic->has_mac)
        derive_mac(nic->mac, index, backend->name);
    if (check_mac(machine, index, err) < 0) {
        net_backend_free(backend);
        return NULL;
    }
    struct virtio_net_options options = { .backend = backend, .mtu = nic->mtu };
    memcpy(options.mac, mac, MAC_SIZE);
    log_info("virtio-net", "00:%02x.0: %s, address %02x:%02x:%02x:%02x:%02x:%02x",
             SLOT_NETWORK + index, backend->name, mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    return virtio_net_new(&machine->board, PCI_DEVFN(SLOT_NETWORK + index, 0), &options,
                          err);
}
