/* virtqueue.h: a split virtqueue, device side; everything in it may be hostile. */
#ifndef DEVICES_VIRTQUEUE_H
#define DEVICES_VIRTQUEUE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* rings */
#include <sys/uio.h> /* struct iovec */

struct guest_memory;

#define VIRTQUEUE_SIZE_MAX     256
#define VIRTQUEUE_SEGMENTS_MAX 128 /* of one request */

/*
 * Layout and rules: Virtual I/O Device (VIRTIO) 1.2, section 2.7. The guest's
 * addresses are checked when the queue is enabled, each buffer's when it is taken.
 * Index fields wrap at 2^16 and are reduced to the size only when used.
 */
struct virtqueue {
    uint16_t size;                         /* entries, a power of two */
    uint64_t descriptors, available, used; /* guest physical */
    uint16_t vector;                       /* MSI-X, kept for the transport */
    bool enabled;
    bool event_index; /* VIRTIO_F_RING_EVENT_IDX was agreed on */

    const struct guest_memory *ram;
    uint8_t *descriptors_at, *available_at, *used_at;
    uint16_t next_available; /* the entry taken next */
    uint16_t next_used;      /* the entry given back next */
    uint16_t signalled_used; /* next_used when the driver was last interrupted */
    bool signalled;
    const char *fault; /* why a call below failed, for people */
};

/* One request: readable segments first, then writable ones, all inside guest RAM. */
struct virtqueue_chain {
    uint16_t head;
    unsigned readable, writable; /* how many segments of each */
    struct iovec segments[VIRTQUEUE_SEGMENTS_MAX];
};

/* Power-on state, with this size. */
void virtqueue_reset(struct virtqueue *queue, uint16_t size);

/* Check the rings' places and start. 0, or -EINVAL with queue->fault set. */
int virtqueue_enable(struct virtqueue *queue, const struct guest_memory *ram,
                     bool event_index);

/* Go on after somebody else served the queue, who would have taken this entry next. */
void virtqueue_resume(struct virtqueue *queue, uint16_t next_available);

/*
 * Take the next request. 1 with chain filled, 0 when there is none (and then the
 * driver will notify), or -EINVAL with queue->fault set: the ring is broken. No chain
 * is longer than the queue or has more than VIRTQUEUE_SEGMENTS_MAX segments; empty
 * segments are left out.
 */
int virtqueue_take(struct virtqueue *queue, struct virtqueue_chain *chain);

/* How many requests wait, as the driver says; more than the size: the ring is broken.
 */
unsigned virtqueue_waiting(const struct virtqueue *queue);

/* Give a request back, with how many bytes were written into its writable part. */
void virtqueue_give(struct virtqueue *queue, uint16_t head, uint32_t written);

/* Put the last `count` requests taken back into the ring: they come again. */
void virtqueue_untake(struct virtqueue *queue, uint16_t count);

/*
 * Give several requests back at once: prepare the one `ahead` of those not published
 * yet, then publish `count` of them, which the driver sees all or none of.
 */
void virtqueue_prepare(struct virtqueue *queue, uint16_t ahead, uint16_t head,
                       uint32_t written);
void virtqueue_publish(struct virtqueue *queue, uint16_t count);

/* After giving back: does the driver want an interrupt? Once for all given so far. */
bool virtqueue_wants_interrupt(struct virtqueue *queue);

/* Sum of the lengths of count segments. */
uint64_t iovec_bytes(const struct iovec *segments, unsigned count);

/*
 * Copy `size` bytes, `offset` from the start, out of the segments or into them. False
 * when they are shorter (nothing is copied then).
 */
bool iovec_read(const struct iovec *segments, unsigned count, uint64_t offset, void *to,
                uint64_t size);
bool iovec_write(const struct iovec *segments, unsigned count, uint64_t offset,
                 const void *from, uint64_t size);

/*
 * Cut `size` bytes off the front, copying them to `to` unless NULL. Leaves empty
 * segments behind; false when there are fewer bytes (nothing is changed then).
 */
bool iovec_cut_front(struct iovec *segments, unsigned count, void *to, uint64_t size);

#endif
