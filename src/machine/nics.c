/* nics.c: the virtual NICs of the machine and what is behind them. */
#include "base/log.h"                 /* addresses are worth a line */
#include "devices/net_backend.h"      /* frames go there */
#include "devices/net_stream.h"       /* a socket */
#include "devices/net_tap.h"          /* a tap interface */
#include "devices/vhost_net.h"        /* the kernel serves it */
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

/* What firmware boots from; without data where there is none, and none was asked for.
 */
static int load_rom(const struct machine *machine, const struct machine_nic *nic,
                    struct firmware_image *rom, struct error *err)
{
    *rom = (struct firmware_image){ 0 };
    if (nic->no_rom || (!nic->rom && machine->config.kernel))
        return 0;
    int result = firmware_image_load(rom, FIRMWARE_IMAGE_NET, nic->rom,
                                     IGDVM_FIRMWARE_PATH, err);
    return result == -ENOENT && !nic->rom ? 0 : result;
}

/* 0 with *vhost, NULL where igdvm serves the rings itself; or a negative errno. */
static int open_vhost(struct machine *machine, const struct machine_nic *nic,
                      const struct net_backend *backend, struct vhost_net **vhost,
                      struct error *err)
{
    struct error why = { 0 };
    *vhost = NULL;
    if (!backend->in_kernel || nic->vhost == MACHINE_VHOST_OFF)
        return 0;
    *vhost = vhost_net_open(backend->pairs, &machine->memory.ram, &why);
    if (*vhost)
        return 0;
    if (nic->vhost == MACHINE_VHOST_ON) {
        *err = why;
        error_prefix(err, "vhost=on");
        return err->code;
    }
    log_debug("virtio-net", "igdvm serves the rings itself: %s", why.text);
    return 0;
}

static void tell(unsigned slot, const char *name, bool in_kernel, const uint8_t *mac)
{
    log_info("virtio-net", "00:%02x.0: %s%s, address %02x:%02x:%02x:%02x:%02x:%02x",
             slot, name, in_kernel ? " served by vhost-net" : "", mac[0], mac[1],
             mac[2], mac[3], mac[4], mac[5]);
}

/* The NIC, once its backend and ROM are there; the backend is its own then. */
static struct device *make_nic(struct machine *machine, unsigned index,
                               struct net_backend *backend,
                               const struct firmware_image *rom, struct error *err)
{
    struct machine_nic *nic = &machine->config.nics[index];
    unsigned slot = SLOT_NETWORK + index;
    char name[sizeof(backend->name)];
    struct virtio_net_options options = {
        .backend = backend, .mtu = nic->mtu, .rom = rom->data, .rom_size = rom->size
    };

    memcpy(name, backend->name, sizeof(name));
    if (!nic->has_mac)
        derive_mac(nic->mac, index, name);
    memcpy(options.mac, nic->mac, MAC_SIZE);
    if (check_mac(machine, index, err) < 0 ||
        open_vhost(machine, nic, backend, &options.vhost, err) < 0) {
        net_backend_free(backend);
        return NULL;
    }
    bool in_kernel = options.vhost;
    struct device *device =
        virtio_net_new(&machine->board, PCI_DEVFN(slot, 0), &options, err);
    if (device)
        tell(slot, name, in_kernel, nic->mac);
    return device;
}

struct device *machine_nic_new(struct machine *machine, unsigned index,
                               struct error *err)
{
    struct machine_nic *nic = &machine->config.nics[index];
    struct firmware_image rom;
    if (load_rom(machine, nic, &rom, err) < 0)
        return NULL;
    struct net_backend *backend = open_backend(nic, err);
    struct device *device =
        backend ? make_nic(machine, index, backend, &rom, err) : NULL;
    firmware_image_free(&rom);
    return device;
}
