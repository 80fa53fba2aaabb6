/* vhost_net.c: the kernel's vhost-net, which serves a NIC's rings in place of igdvm. */
#include "devices/vhost_net.h"

#include "base/error.h"            /* error_set */
#include "devices/guest_memory.h"  /* what the kernel may reach */
#include "devices/net_backend.h"   /* features of NICs */
#include "devices/virtio_handed.h" /* struct virtio_queue_fds */
#include "devices/virtio_net.h"    /* VIRTIO_NET_PAIRS_MAX */
#include "devices/virtio_pci.h"    /* features of the transport */

#include <fcntl.h>       /* open */
#include <linux/vhost.h> /* the vhost ABI */
#include <stdlib.h>      /* calloc */
#include <sys/ioctl.h>   /* ioctl */
#include <unistd.h>      /* close */

#define VHOST_PATH "/dev/vhost-net"
#define NO_FD      (-1)

/* Those the kernel has a word in; the others are the tap's and the driver's alone. */
#define RING_FEATURES                                                            \
    (TRANSPORT_F_VERSION_1 | TRANSPORT_F_INDIRECT_DESC | TRANSPORT_F_EVENT_IDX | \
     NET_F_MRG_RXBUF)

struct vhost_net {
    unsigned pairs;
    uint64_t features; /* the kernel's */
    struct {
        int fd;
        bool started;
    } pair[VIRTIO_NET_PAIRS_MAX];
};

/* Guest physical addresses and where this process has them. */
static int tell_memory(int fd, const struct guest_memory *ram)
{
    struct vhost_memory *table =
        calloc(1, sizeof(*table) + ram->count * sizeof(table->regions[0]));
    if (!table)
        return -ENOMEM;
    table->nregions = ram->count;
    for (unsigned i = 0; i < ram->count; i++)
        table->regions[i] = (struct vhost_memory_region){
            .guest_phys_addr = ram->blocks[i].address,
            .memory_size = ram->blocks[i].size,
            .userspace_addr = (uintptr_t)ram->blocks[i].host,
        };
    int result = ioctl(fd, VHOST_SET_MEM_TABLE, table) < 0 ? -errno : 0;
    free(table);
    return result;
}

static int open_pair(struct vhost_net *vhost, const struct guest_memory *ram,
                     struct error *err)
{
    int fd = open(VHOST_PATH, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_IMPOSSIBLE, -errno, "%s: %s", VHOST_PATH,
                         errno == EACCES ? "this user may not open it"
                                         : "not there: modprobe vhost_net (as root)");
    vhost->pair[vhost->pairs++].fd = fd;
    int result = 0;
    if (ioctl(fd, VHOST_SET_OWNER) < 0 ||
        ioctl(fd, VHOST_GET_FEATURES, &vhost->features) < 0)
        result = -errno;
    if (result == 0)
        result = tell_memory(fd, ram);
    return result < 0 ? error_system(err, result, VHOST_PATH) : 0;
}

struct vhost_net *vhost_net_open(unsigned pairs, const struct guest_memory *ram,
                                 struct error *err)
{
    struct vhost_net *vhost = calloc(1, sizeof(*vhost));
    if (!vhost) {
        error_system(err, -ENOMEM, VHOST_PATH);
        return NULL;
    }
    int result = 0;
    for (unsigned i = 0; result == 0 && i < pairs; i++)
        result = open_pair(vhost, ram, err);
    if (result == 0)
        return vhost;
    vhost_net_free(vhost);
    return NULL;
}

void vhost_net_free(struct vhost_net *vhost)
{
    for (unsigned i = 0; vhost && i < vhost->pairs; i++)
        close(vhost->pair[i].fd);
    free(vhost);
}

static int set_fd(int vhost_fd, unsigned long request, unsigned index, int fd)
{
    struct vhost_vring_file file = { .index = index, .fd = fd };
    return ioctl(vhost_fd, request, &file) < 0 ? -errno : 0;
}

static int set_ring(int fd, unsigned index, const struct virtqueue *queue,
                    const struct virtio_queue_fds *fds)
{
    struct vhost_vring_state size = { .index = index, .num = queue->size };
    struct vhost_vring_state base = { .index = index, .num = queue->next_available };
    struct vhost_vring_addr address = {
        .index = index,
        .desc_user_addr = (uintptr_t)queue->descriptors_at,
        .avail_user_addr = (uintptr_t)queue->available_at,
        .used_user_addr = (uintptr_t)queue->used_at,
    };
    if (ioctl(fd, VHOST_SET_VRING_NUM, &size) < 0 ||
        ioctl(fd, VHOST_SET_VRING_BASE, &base) < 0 ||
        ioctl(fd, VHOST_SET_VRING_ADDR, &address) < 0)
        return -errno;
    int result = set_fd(fd, VHOST_SET_VRING_CALL, index, fds->call);
    return result == 0 ? set_fd(fd, VHOST_SET_VRING_KICK, index, fds->kick) : result;
}

static void forget_rings(int fd)
{
    for (unsigned i = 0; i < 2; i++) {
        set_fd(fd, VHOST_NET_SET_BACKEND, i, NO_FD);
        set_fd(fd, VHOST_SET_VRING_KICK, i, NO_FD);
        set_fd(fd, VHOST_SET_VRING_CALL, i, NO_FD);
    }
}

int vhost_net_start(struct vhost_net *vhost, unsigned pair,
                    const struct virtqueue *queues, const struct virtio_queue_fds *fds,
                    int tap_fd, uint64_t features)
{
    int fd = vhost->pair[pair].fd, result = 0;
    uint64_t accepted = features & RING_FEATURES;

    if (accepted & ~vhost->features)
        return -EOPNOTSUPP;
    if (ioctl(fd, VHOST_SET_FEATURES, &accepted) < 0)
        return -errno;
    for (unsigned i = 0; result == 0 && i < 2; i++)
        result = set_ring(fd, i, &queues[i], &fds[i]);
    for (unsigned i = 0; result == 0 && i < 2; i++)
        result = set_fd(fd, VHOST_NET_SET_BACKEND, i, tap_fd);
    if (result < 0)
        forget_rings(fd);
    vhost->pair[pair].started = result == 0;
    return result;
}

bool vhost_net_started(const struct vhost_net *vhost, unsigned pair)
{
    return vhost->pair[pair].started;
}

void vhost_net_stop(struct vhost_net *vhost, unsigned pair, struct virtqueue *queues)
{
    int fd = vhost->pair[pair].fd;
    if (!vhost->pair[pair].started)
        return;
    vhost->pair[pair].started = false;
    for (unsigned i = 0; i < 2; i++) {
        struct vhost_vring_state base = { .index = i };
        set_fd(fd, VHOST_NET_SET_BACKEND, i, NO_FD);
        if (ioctl(fd, VHOST_GET_VRING_BASE, &base) == 0)
            virtqueue_resume(&queues[i], (uint16_t)base.num);
    }
    forget_rings(fd);
}
