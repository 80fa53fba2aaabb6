/* virtio_net_frames.c: frames between a virtio NIC's rings and its backend. */
#include "base/bytes.h"                  /* stores */
#include "base/error.h"                  /* errno values */
#include "base/event_loop.h"             /* the backend's fd */
#include "devices/board.h"               /* the lock */
#include "devices/virtio_net_internal.h" /* struct virtio_net */

#define FRAMES_A_RUN 64 /* so that a busy NIC does not hold the loop */

#define FAULT_NO_HEADER "a frame without a whole header"
#define FAULT_NO_ROOM   "a receive buffer without room for a header"

static struct virtqueue *receive_queue(const struct net_pair *pair)
{
    return &pair->net->virtio.queues[2 * pair->index];
}

static struct virtqueue *transmit_queue(const struct net_pair *pair)
{
    return &pair->net->virtio.queues[2 * pair->index + 1];
}

void net_pair_stop(struct net_pair *pair)
{
    pair->receiving = false;
    pair->blocked = false;
    pair->receive.wanted = 1;
    pair->receive.count = 0;
    pair->receive.segment_count = 0;
    pair->receive.frame = 0;
}

static void backend_ready(void *opaque, uint32_t events)
{
    struct net_pair *pair = opaque;
    struct virtio_net *net = pair->net;
    pthread_mutex_lock(&net->virtio.board->lock);
    if (net->backend && events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN))
        net_backend_gone(net, net->backend->in_kernel ? ENODEV : ECONNRESET);
    if (!virtio_running(&net->virtio)) {
        net_pair_stop(pair);
        net_listen(pair);
    } else if (net->backend) {
        if (events & EPOLLOUT && pair->blocked)
            net_transmit(pair);
        if (events & EPOLLIN && pair->receiving)
            net_receive(pair);
    }
    pthread_mutex_unlock(&net->virtio.board->lock);
}

void net_listen(struct net_pair *pair)
{
    struct virtio_net *net = pair->net;
    struct event_loop *loop = net->virtio.board->loop;
    uint32_t events =
        (pair->receiving ? EPOLLIN : 0u) | (pair->blocked ? EPOLLOUT : 0u);

    if (!net->backend || (pair->listening && events == pair->events))
        return;
    int fd = net->backend->fds[pair->index];
    if (pair->listening)
        event_loop_change(loop, fd, events);
    else
        event_loop_add(loop, fd, events, backend_ready, pair);
    pair->listening = true;
    pair->events = events;
}

void net_unlisten(struct net_pair *pair)
{
    const struct virtio_net *net = pair->net;
    if (pair->listening)
        event_loop_remove(net->virtio.board->loop, net->backend->fds[pair->index]);
    pair->listening = false;
}

/* Take a chain for frames to come. As virtqueue_take; -ENOSPC: no place is left. */
static int add_chain(struct net_pair *pair)
{
    struct net_receive *receive = &pair->receive;
    struct virtqueue_chain *chain = &pair->net->chain;
    struct virtqueue *queue = receive_queue(pair);

    if (receive->count == RECEIVE_CHAINS ||
        receive->segment_count + VIRTQUEUE_SEGMENTS_MAX > RECEIVE_SEGMENTS)
        return -ENOSPC;
    int result = virtqueue_take(queue, chain);
    if (result <= 0)
        return result;
    const struct iovec *writable = chain->segments + chain->readable;
    uint64_t bytes = iovec_bytes(writable, chain->writable);
    if (bytes < NET_HEADER_SIZE || bytes > UINT32_MAX) {
        queue->fault = FAULT_NO_ROOM;
        return -EINVAL;
    }
    receive->heads[receive->count] = chain->head;
    receive->segments_of[receive->count] = (uint16_t)chain->writable;
    receive->bytes_of[receive->count] = (uint32_t)bytes;
    receive->count++;
    memcpy(receive->segments + receive->segment_count, writable,
           chain->writable * sizeof(*writable));
    receive->segment_count += chain->writable;
    return 1;
}

/* The first `count` chains were given back. */
static void drop_chains(struct net_receive *receive, unsigned count)
{
    unsigned segments = 0, left = receive->count - count;
    for (unsigned i = 0; i < count; i++)
        segments += receive->segments_of[i];
    receive->count = left;
    receive->segment_count -= segments;
    if (!left)
        return;
    memmove(receive->heads, receive->heads + count, left * sizeof(*receive->heads));
    memmove(receive->segments_of, receive->segments_of + count,
            left * sizeof(*receive->segments_of));
    memmove(receive->bytes_of, receive->bytes_of + count,
            left * sizeof(*receive->bytes_of));
    memmove(receive->segments, receive->segments + segments,
            receive->segment_count * sizeof(*receive->segments));
}

static bool wanted(const struct net_pair *pair, uint64_t size)
{
    const struct virtio_net *net = pair->net;
    const struct net_receive *receive = &pair->receive;
    uint8_t start[NET_FILTER_BYTES] = { 0 };
    uint64_t looked_at = size - NET_HEADER_SIZE;

    if (!net_link_is_up(net) || size < NET_HEADER_SIZE + NET_FRAME_MIN)
        return false;
    if (looked_at > sizeof(start))
        looked_at = sizeof(start);
    return iovec_read(receive->segments, receive->segment_count + 1, NET_HEADER_SIZE,
                      start, looked_at) &&
           net_filter_accepts(&net->filter, start);
}

/*
 * Find chains for the frame that was read, copying what did not fit the first ones. How
 * many, 0 when the driver has to give more first, -ENOSPC when it never fits, or
 * -EINVAL: the ring is broken.
 */
static int cover_frame(struct net_pair *pair)
{
    struct net_receive *receive = &pair->receive;
    bool mergeable = virtio_has(&pair->net->virtio, NET_F_MRG_RXBUF);
    uint64_t covered = 0;
    unsigned used = 0, segment = 0;

    while (covered < receive->frame) {
        if (used && !mergeable)
            return -ENOSPC;
        if (used == receive->count) {
            int result = add_chain(pair);
            if (result <= 0)
                return result;
        }
        uint64_t bytes = receive->bytes_of[used];
        if (covered >= receive->direct) {
            uint64_t left = receive->frame - covered;
            iovec_write(receive->segments + segment, receive->segments_of[used], 0,
                        receive->rest + (covered - receive->direct),
                        left < bytes ? left : bytes);
        }
        segment += receive->segments_of[used++];
        covered += bytes;
    }
    return (int)used;
}

/* Give the driver the frame that waits. 1, 0 or -EINVAL as cover_frame. */
static int deliver(struct net_pair *pair)
{
    struct net_receive *receive = &pair->receive;
    struct virtqueue *queue = receive_queue(pair);
    uint64_t left = receive->frame;
    uint8_t count[2];

    int used = cover_frame(pair);
    if (used == 0 || used == -EINVAL)
        return used;
    receive->frame = 0;
    if (used < 0)
        return 1; /* the driver has no buffer it fits in: lost */
    store16(count, (uint16_t)used);
    iovec_write(receive->segments, receive->segments_of[0], NET_HEADER_COUNT, count,
                sizeof(count));
    for (unsigned i = 0; i < (unsigned)used; i++) {
        uint32_t bytes =
            receive->bytes_of[i] < left ? receive->bytes_of[i] : (uint32_t)left;
        virtqueue_prepare(queue, (uint16_t)i, receive->heads[i], bytes);
        left -= bytes;
    }
    virtqueue_publish(queue, (uint16_t)used);
    drop_chains(receive, (unsigned)used);
    receive->wanted = (unsigned)used;
    return 1;
}

/*
 * One frame. 1: done with it, 0: the driver has no buffers, -EAGAIN: there is none,
 * -EINVAL: the ring is broken; *gone is set with any other.
 */
static int receive_one(struct net_pair *pair, bool *gone)
{
    struct net_receive *receive = &pair->receive;
    struct net_backend *backend = pair->net->backend;

    if (receive->frame)
        return deliver(pair);
    while (receive->count < receive->wanted) {
        int result = add_chain(pair);
        if (result == -EINVAL)
            return result;
        if (result <= 0)
            break;
    }
    if (!receive->count)
        return 0;
    receive->segments[receive->segment_count] =
        (struct iovec){ receive->rest, sizeof(receive->rest) };
    ssize_t size = backend->ops->receive(backend, pair->index, receive->segments,
                                         receive->segment_count + 1);
    if (size < 0) {
        *gone = size != -EAGAIN;
        return (int)size;
    }
    if (!wanted(pair, (uint64_t)size))
        return 1;
    receive->frame = (uint64_t)size;
    receive->direct = iovec_bytes(receive->segments, receive->segment_count);
    return deliver(pair);
}

void net_receive(struct net_pair *pair)
{
    struct virtio_net *net = pair->net;
    unsigned frames = 0;
    bool gone = false;
    int result = 1;

    while (frames < FRAMES_A_RUN && (result = receive_one(pair, &gone)) > 0)
        frames++;
    if (frames)
        virtio_interrupt(&net->virtio, 2 * pair->index);
    if (gone) {
        net_backend_gone(net, -result);
        return;
    }
    if (result == -EINVAL) {
        virtio_break(&net->virtio, receive_queue(pair)->fault);
        net_pair_stop(pair);
    } else {
        /* Without buffers the frames wait in the backend; new buffers start it again.
         */
        pair->receiving = result != 0;
        /* What a backend has read ahead makes no fd readable. */
        if (result > 0)
            virtio_run_again(&net->virtio, 2 * pair->index);
    }
    net_listen(pair);
}

/* Send the frame in a chain. 0, also when it was dropped; -EAGAIN: there is no room. */
static int send_one(struct virtio_net *net, unsigned index)
{
    const struct virtqueue_chain *chain = &net->chain;
    uint64_t size = iovec_bytes(chain->segments, chain->readable);

    if (!net_link_is_up(net) || size < NET_HEADER_SIZE + NET_FRAME_MIN ||
        size > NET_HEADER_SIZE + NET_FRAME_MAX)
        return 0;
    return net->backend->ops->send(net->backend, index, chain->segments,
                                   chain->readable);
}

/* Have the backend send what it gathered. True when it has to be called again. */
static int flush(struct virtio_net *net)
{
    return net->backend && net->backend->ops->flush
               ? net->backend->ops->flush(net->backend)
               : 0;
}

void net_transmit(struct net_pair *pair)
{
    struct virtio_net *net = pair->net;
    struct virtqueue *queue = transmit_queue(pair);
    unsigned frames = 0;
    int result = 0, sent = 0;

    while (frames < FRAMES_A_RUN && (result = virtqueue_take(queue, &net->chain)) > 0) {
        if (iovec_bytes(net->chain.segments, net->chain.readable) < NET_HEADER_SIZE) {
            queue->fault = FAULT_NO_HEADER;
            result = -EINVAL;
            break;
        }
        sent = send_one(net, pair->index);
        if (sent == -EAGAIN) {
            virtqueue_untake(queue, 1);
            break;
        }
        virtqueue_give(queue, net->chain.head, 0);
        frames++;
        if (sent < 0)
            break;
    }
    if (sent == 0 || sent == -EAGAIN) {
        int flushed = flush(net);
        sent = flushed ? flushed : sent;
    }
    if (frames)
        virtio_interrupt(&net->virtio, 2 * pair->index + 1);
    if (sent < 0 && sent != -EAGAIN)
        net_backend_gone(net, -sent);
    if (result < 0)
        virtio_break(&net->virtio, queue->fault);
    else if (frames == FRAMES_A_RUN || (sent < 0 && sent != -EAGAIN))
        virtio_run_again(&net->virtio, 2 * pair->index + 1);
    pair->blocked = sent == -EAGAIN;
    net_listen(pair);
}
