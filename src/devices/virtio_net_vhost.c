/* virtio_net_vhost.c: a virtio NIC whose rings the kernel serves. */
#include "base/error.h"                  /* error_system */
#include "base/event_loop.h"             /* news of the backend */
#include "base/log.h"                    /* what the kernel cannot serve */
#include "devices/board.h"               /* the lock */
#include "devices/vhost_net.h"           /* the kernel's part */
#include "devices/virtio_handed.h"       /* how it gets the rings */
#include "devices/virtio_net_internal.h" /* struct virtio_net */

#include <string.h> /* strerror */
#include <unistd.h> /* read, close */

static int hand_over(struct virtio_net *net, unsigned index, struct error *err)
{
    struct virtio_queue_fds fds[2];
    for (unsigned i = 0; i < 2; i++) {
        int result = virtio_hand_over(&net->virtio, 2 * index + i, &fds[i], err);
        if (result < 0)
            return result;
    }
    int result = vhost_net_start(net->vhost, index, &net->virtio.queues[2 * index], fds,
                                 net->backend->fds[index], net->virtio.driver_features);
    return result < 0 ? error_system(err, result, "/dev/vhost-net") : 0;
}

bool net_vhost_start(struct virtio_net *net, unsigned index)
{
    const struct virtqueue *queues = &net->virtio.queues[2 * index];
    struct error err = { 0 };

    if (!net->vhost || !net_link_is_up(net) || !queues[0].enabled || !queues[1].enabled)
        return false;
    if (vhost_net_started(net->vhost, index))
        return true;
    if (hand_over(net, index, &err) < 0) {
        log_warning("virtio-net", "%s; igdvm serves the rings itself", err.text);
        net_vhost_release(net);
        return false;
    }
    net_pair_stop(&net->pairs[index]);
    /* The kernel wakes who waits on the tap for each frame, whatever it waits for. */
    net_unlisten(&net->pairs[index]);
    /* The driver may have notified before the kernel listened. */
    for (unsigned i = 0; i < 2; i++)
        virtio_run_again(&net->virtio, 2 * index + i);
    return true;
}

void net_vhost_stop(struct virtio_net *net)
{
    for (unsigned i = 0; net->vhost && i < net->pair_count; i++)
        vhost_net_stop(net->vhost, i, &net->virtio.queues[2 * i]);
    virtio_handed_take_back(&net->virtio);
}

static void news(void *opaque, uint32_t events)
{
    struct virtio_net *net = opaque;
    char ignored[4096];
    (void)events;
    pthread_mutex_lock(&net->virtio.board->lock);
    /* Also when the kernel had to drop some: that is told once, as an error. */
    ssize_t size = net->watch >= 0 ? read(net->watch, ignored, sizeof(ignored)) : 0;
    (void)size;
    if (net->backend && net->backend->ops->ended(net->backend))
        net_backend_gone(net, ENODEV);
    pthread_mutex_unlock(&net->virtio.board->lock);
}

void net_vhost_watch(struct virtio_net *net)
{
    int result = net->backend->ops->watch(net->backend);
    if (result >= 0) {
        net->watch = result;
        result =
            event_loop_add(net->virtio.board->loop, net->watch, EPOLLIN, news, net);
    }
    if (result < 0)
        log_debug("virtio-net", "%s: nobody will tell when it goes: %s",
                  net->backend->name, strerror(-result));
}

void net_vhost_release(struct virtio_net *net)
{
    net_vhost_stop(net);
    vhost_net_free(net->vhost);
    net->vhost = NULL;
    if (net->watch < 0)
        return;
    event_loop_remove(net->virtio.board->loop, net->watch);
    close(net->watch);
    net->watch = -1;
}
