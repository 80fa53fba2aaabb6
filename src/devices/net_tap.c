/* net_tap.c: a tap interface of the host's, or one like it, as a NIC's backend. */
#include "devices/net_tap.h"

#include "base/error.h"          /* error_set */
#include "devices/net_backend.h" /* struct net_backend */

#include <fcntl.h>           /* open, O_NONBLOCK */
#include <linux/if_tun.h>    /* the tap ABI */
#include <linux/rtnetlink.h> /* news of interfaces */
#include <net/if.h>          /* struct ifreq */
#include <stdio.h>           /* snprintf */
#include <stdlib.h>          /* calloc */
#include <string.h>          /* strerror */
#include <sys/ioctl.h>       /* ioctl */
#include <sys/socket.h>      /* interface ioctls need one */
#include <unistd.h>          /* close */

#define TUN_PATH   "/dev/net/tun"
#define USUAL_MTU  1500
#define TAP_FLAGS  (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)
#define MTU_NEEDED 68 /* RFC 791: the least an IPv4 link takes */

struct net_tap {
    struct net_backend backend;
    char interface[IFNAMSIZ];
    unsigned used; /* pairs the kernel hands frames to */
    int fds[NET_TAP_PAIRS_MAX];
};

static ssize_t tap_receive(struct net_backend *backend, unsigned pair,
                           const struct iovec *segments, unsigned count)
{
    ssize_t size = readv(backend->fds[pair], segments, (int)count);
    if (size >= 0)
        return size;
    return errno == EINTR ? -EAGAIN : -errno;
}

static int tap_send(struct net_backend *backend, unsigned pair,
                    const struct iovec *segments, unsigned count)
{
    if (writev(backend->fds[pair], segments, (int)count) >= 0)
        return 0;
    /* EBADFD: the interface was deleted; others are about this frame, or it is down. */
    return errno == EAGAIN || errno == EBADFD ? -errno : 0;
}

/* What the kernel may leave to the receiver, from what the driver accepted. */
static unsigned offloads_of(uint64_t features)
{
    unsigned flags = features & NET_F_GUEST_CSUM ? TUN_F_CSUM : 0;
    if (!flags)
        return 0;
    flags |= features & NET_F_GUEST_TSO4 ? TUN_F_TSO4 : 0;
    flags |= features & NET_F_GUEST_TSO6 ? TUN_F_TSO6 : 0;
    if (flags & (TUN_F_TSO4 | TUN_F_TSO6))
        flags |= features & NET_F_GUEST_ECN ? TUN_F_TSO_ECN : 0;
    return flags | (features & NET_F_GUEST_UFO ? TUN_F_UFO : 0);
}

static void tap_accept(struct net_backend *backend, uint64_t features)
{
    ioctl(backend->fds[0], TUNSETOFFLOAD, offloads_of(features));
}

static int tap_use_pairs(struct net_backend *backend, unsigned pairs)
{
    struct net_tap *tap = (struct net_tap *)backend;
    while (tap->used != pairs) {
        bool more = tap->used < pairs;
        struct ifreq request = { .ifr_flags =
                                     more ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE };
        int fd = tap->fds[more ? tap->used : tap->used - 1];
        if (ioctl(fd, TUNSETQUEUE, &request) < 0)
            return -errno;
        tap->used = more ? tap->used + 1 : tap->used - 1;
    }
    return 0;
}

/* The news are those of the interfaces of igdvm's network namespace. */
static int tap_watch(struct net_backend *backend)
{
    const struct sockaddr_nl links = { .nl_family = AF_NETLINK,
                                       .nl_groups = RTMGRP_LINK };
    (void)backend;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&links, sizeof(links)) == 0)
        return fd;
    int code = -errno;
    close(fd);
    return code;
}

static bool tap_ended(struct net_backend *backend)
{
    struct ifreq request;
    return ioctl(backend->fds[0], TUNGETIFF, &request) < 0;
}

static void tap_free(struct net_backend *backend)
{
    struct net_tap *tap = (struct net_tap *)backend;
    for (unsigned i = 0; i < backend->pairs; i++)
        close(tap->fds[i]);
    free(tap);
}

static const struct net_backend_ops tap_ops = {
    .receive = tap_receive,
    .send = tap_send,
    .accept = tap_accept,
    .use_pairs = tap_use_pairs,
    .watch = tap_watch,
    .ended = tap_ended,
    .free = tap_free,
};

/* The offloads this kernel's tap knows, by trying. */
static uint64_t find_features(int fd)
{
    static const uint64_t guest =
        NET_F_GUEST_CSUM | NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6 | NET_F_GUEST_ECN;
    uint64_t features = NET_F_CSUM | NET_F_HOST_TSO4 | NET_F_HOST_TSO6 | NET_F_HOST_ECN;
    if (ioctl(fd, TUNSETOFFLOAD, offloads_of(guest)) < 0)
        return features;
    features |= guest;
    if (ioctl(fd, TUNSETOFFLOAD, offloads_of(guest | NET_F_GUEST_UFO)) == 0)
        features |= NET_F_GUEST_UFO | NET_F_HOST_UFO;
    ioctl(fd, TUNSETOFFLOAD, 0);
    return features;
}

static struct net_tap *tap_new(struct error *err)
{
    struct net_tap *tap = calloc(1, sizeof(*tap));
    if (!tap) {
        error_system(err, -ENOMEM, "tap");
        return NULL;
    }
    tap->backend.ops = &tap_ops;
    tap->backend.fds = tap->fds;
    tap->backend.in_kernel = true;
    return tap;
}

/* All fds are open and attached: learn the rest. */
static int finish(struct net_tap *tap, struct error *err)
{
    int size = NET_HEADER_SIZE;
    struct ifreq request = { 0 };

    for (unsigned i = 0; i < tap->backend.pairs; i++) {
        int flags = fcntl(tap->fds[i], F_GETFL);
        if (ioctl(tap->fds[i], TUNSETVNETHDRSZ, &size) < 0 || flags < 0 ||
            fcntl(tap->fds[i], F_SETFL, flags | O_NONBLOCK) < 0)
            return error_system(err, -errno, "tap %s", tap->interface);
    }
    snprintf(tap->backend.name, sizeof(tap->backend.name), "tap %s", tap->interface);
    tap->used = tap->backend.pairs;
    tap->backend.features = find_features(tap->fds[0]);
    int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0)
        return 0;
    memcpy(request.ifr_name, tap->interface, IFNAMSIZ);
    if (ioctl(socket_fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu != USUAL_MTU &&
        request.ifr_mtu >= MTU_NEEDED && request.ifr_mtu <= UINT16_MAX)
        tap->backend.mtu = (uint16_t)request.ifr_mtu;
    /* One that root made for this machine is down; others may be brought up elsewhere.
     */
    if (ioctl(socket_fd, SIOCGIFFLAGS, &request) == 0 &&
        !(request.ifr_flags & IFF_UP)) {
        request.ifr_flags |= IFF_UP;
        ioctl(socket_fd, SIOCSIFFLAGS, &request);
    }
    close(socket_fd);
    return 0;
}

static int refuse(const char *name, int code, bool several, struct error *err)
{
    const char *queues = several ? " multi_queue" : "";
    if (code == -EPERM || code == -ENOENT)
        return error_set(
            err, ERROR_IMPOSSIBLE, code,
            "tap %s: this user may not make it; as root: ip tuntap add %s mode tap "
            "user NAME%s%s; --net user needs no rights",
            name ? name : "interface", name ? name : "igdvm0", queues,
            name ? "" : ", and take it by ifname=igdvm0");
    if (code == -EACCES)
        return error_set(
            err, ERROR_IMPOSSIBLE, code,
            "tap %s: this user may not open " TUN_PATH "; as root: chmod 666 " TUN_PATH
            ", which alone lets nobody make one; --net user needs no rights",
            name ? name : "interface");
    if (code == -EBUSY)
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "tap %s: another program has it open", name);
    if (code == -EINVAL)
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "tap %s: it is no tap interface%s", name,
                         several ? ", or was made without multi_queue" : "");
    return error_system(err, code, "tap %s", name ? name : "interface");
}

static int open_queue(struct net_tap *tap, int flags)
{
    struct ifreq request = { .ifr_flags = (short)flags };
    int fd = open(TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    memcpy(request.ifr_name, tap->interface, IFNAMSIZ);
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        int code = -errno;
        close(fd);
        return code;
    }
    memcpy(tap->interface, request.ifr_name, IFNAMSIZ);
    tap->fds[tap->backend.pairs++] = fd;
    return 0;
}

struct net_backend *net_tap_open(const char *name, unsigned pairs, struct error *err)
{
    int flags = TAP_FLAGS | (pairs > 1 ? IFF_MULTI_QUEUE : 0), result = 0;

    if (access(TUN_PATH, F_OK) < 0) {
        error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                  "%s is not there: modprobe tun (as root)", TUN_PATH);
        return NULL;
    }
    struct net_tap *tap = tap_new(err);
    if (!tap)
        return NULL;
    if (name)
        snprintf(tap->interface, sizeof(tap->interface), "%s", name);
    for (unsigned i = 0; result == 0 && i < pairs; i++) {
        result = open_queue(tap, flags);
        if (result == -EINVAL && pairs == 1) /* it was made for several queues */
            result = open_queue(tap, flags | IFF_MULTI_QUEUE);
    }
    result = result < 0 ? refuse(name, result, pairs > 1, err) : finish(tap, err);
    if (result == 0)
        return &tap->backend;
    tap_free(&tap->backend);
    return NULL;
}

struct net_backend *net_tap_take(int fd, struct error *err)
{
    struct ifreq request = { 0 };
    struct net_tap *tap = NULL;

    if (ioctl(fd, TUNGETIFF, &request) < 0)
        error_set(err, ERROR_INPUT, -EINVAL, "no open tap interface: %s",
                  strerror(errno));
    else if (!(request.ifr_flags & IFF_VNET_HDR) || !(request.ifr_flags & IFF_TAP))
        error_set(err, ERROR_INPUT, -EINVAL,
                  "expected a tap interface opened with IFF_VNET_HDR");
    else
        tap = tap_new(err);
    if (!tap) {
        close(fd);
        return NULL;
    }
    memcpy(tap->interface, request.ifr_name, IFNAMSIZ);
    tap->fds[tap->backend.pairs++] = fd;
    if (finish(tap, err) == 0)
        return &tap->backend;
    tap_free(&tap->backend);
    return NULL;
}
