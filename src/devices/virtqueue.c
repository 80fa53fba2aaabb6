/* virtqueue.c: a split virtqueue, device side. */
#include "devices/virtqueue.h"

#include "base/bytes.h"           /* loads, is_power_of_two */
#include "base/error.h"           /* errno values */
#include "devices/guest_memory.h" /* addresses to pointers */

#define DESCRIPTOR_SIZE 16
#define RING_HEADER     4 /* flags and index */
#define USED_ENTRY      8

#define DESCRIPTOR_NEXT     1
#define DESCRIPTOR_WRITE    2
#define DESCRIPTOR_INDIRECT 4

#define AVAILABLE_NO_INTERRUPT 1

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

/* The guest may change ring memory at any time: read each field exactly once. */
static uint16_t ring_load16(const uint8_t *at)
{
    return __atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_ACQUIRE);
}

static void ring_store16(uint8_t *at, uint16_t value)
{
    __atomic_store_n((uint16_t *)(void *)at, value, __ATOMIC_RELEASE);
}

static struct descriptor load_descriptor(const uint8_t *table, unsigned index)
{
    const volatile uint8_t *bytes = table + (size_t)index * DESCRIPTOR_SIZE;
    uint8_t copy[DESCRIPTOR_SIZE];
    /* Volatile: a copy that is read once, whatever the compiler thinks of it. */
    for (unsigned i = 0; i < DESCRIPTOR_SIZE; i++)
        copy[i] = bytes[i];
    return (struct descriptor){ load64(copy), load32(copy + 8), load16(copy + 12),
                                load16(copy + 14) };
}

static int fault(struct virtqueue *queue, const char *text)
{
    queue->fault = text;
    return -EINVAL;
}

void virtqueue_reset(struct virtqueue *queue, uint16_t size)
{
    *queue = (struct virtqueue){ .size = size, .vector = 0xffff };
}

int virtqueue_enable(struct virtqueue *queue, const struct guest_memory *ram,
                     bool event_index)
{
    uint64_t size = queue->size;
    uint64_t event = event_index ? 2 : 0;

    if (!is_power_of_two(size) || size > VIRTQUEUE_SIZE_MAX)
        return fault(queue, "queue size is not a power of two, or too large");
    if (queue->descriptors % 16 || queue->available % 2 || queue->used % 4)
        return fault(queue, "ring addresses are not aligned");
    queue->descriptors_at =
        guest_memory_at(ram, queue->descriptors, size * DESCRIPTOR_SIZE);
    queue->available_at =
        guest_memory_at(ram, queue->available, RING_HEADER + size * 2 + event);
    queue->used_at =
        guest_memory_at(ram, queue->used, RING_HEADER + size * USED_ENTRY + event);
    if (!queue->descriptors_at || !queue->available_at || !queue->used_at)
        return fault(queue, "ring addresses are not in guest RAM");
    queue->ram = ram;
    queue->event_index = event_index;
    queue->next_available = 0;
    queue->next_used = 0;
    queue->signalled = false;
    queue->enabled = true;
    return 0;
}

void virtqueue_resume(struct virtqueue *queue, uint16_t next_available)
{
    queue->next_available = next_available;
    queue->next_used = ring_load16(queue->used_at + 2);
    queue->signalled = false;
}

static int add_segment(struct virtqueue *queue, struct virtqueue_chain *chain,
                       const struct descriptor *d)
{
    bool writable = d->flags & DESCRIPTOR_WRITE;
    if (!writable && chain->writable)
        return fault(queue, "a readable buffer follows a writable one");
    if (d->length == 0)
        return 0;
    void *host = guest_memory_at(queue->ram, d->address, d->length);
    if (!host)
        return fault(queue, "a buffer is not in guest RAM");
    unsigned used = chain->readable + chain->writable;
    if (used >= VIRTQUEUE_SEGMENTS_MAX)
        return fault(queue, "a request has too many buffers");
    chain->segments[used] = (struct iovec){ host, d->length };
    if (writable)
        chain->writable++;
    else
        chain->readable++;
    return 0;
}

/*
 * Follow a table's chain from `index`. Each step counts, so a loop ends after as many
 * steps as the queue is long. *indirect is set when the last one names a table.
 */
static int walk(struct virtqueue *queue, struct virtqueue_chain *chain,
                const uint8_t *table, unsigned entries, unsigned index, unsigned *steps,
                struct descriptor *indirect)
{
    for (;;) {
        if (index >= entries)
            return fault(queue, "a descriptor index is outside its table");
        if (++*steps > queue->size)
            return fault(queue, "a descriptor chain is longer than the queue");
        struct descriptor d = load_descriptor(table, index);
        if (d.flags & DESCRIPTOR_INDIRECT) {
            if (!indirect || (d.flags & DESCRIPTOR_NEXT))
                return fault(queue, "an indirect descriptor where none may be");
            *indirect = d;
            --*steps; /* the table's entries count instead */
            return 1;
        }
        int result = add_segment(queue, chain, &d);
        if (result < 0)
            return result;
        if (!(d.flags & DESCRIPTOR_NEXT))
            return 0;
        index = d.next;
    }
}

static int walk_indirect(struct virtqueue *queue, struct virtqueue_chain *chain,
                         const struct descriptor *d, unsigned *steps)
{
    if (d->length == 0 || d->length % DESCRIPTOR_SIZE)
        return fault(queue, "an indirect table's length is not a multiple of 16");
    const uint8_t *table = guest_memory_at(queue->ram, d->address, d->length);
    if (!table)
        return fault(queue, "an indirect table is not in guest RAM");
    return walk(queue, chain, table, d->length / DESCRIPTOR_SIZE, 0, steps, NULL);
}

static uint8_t *available_event(struct virtqueue *queue)
{
    return queue->used_at + RING_HEADER + (size_t)queue->size * USED_ENTRY;
}

static uint16_t used_event(const struct virtqueue *queue)
{
    return ring_load16(queue->available_at + RING_HEADER + (size_t)queue->size * 2);
}

/* How many requests wait, by the driver's index. */
static uint16_t waiting(const struct virtqueue *queue)
{
    return (uint16_t)(ring_load16(queue->available_at + 2) - queue->next_available);
}

unsigned virtqueue_waiting(const struct virtqueue *queue)
{
    return queue->enabled ? waiting(queue) : 0;
}

int virtqueue_take(struct virtqueue *queue, struct virtqueue_chain *chain)
{
    if (!queue->enabled)
        return 0;
    uint16_t count = waiting(queue);
    if (count == 0 && queue->event_index) {
        /* Ask to be notified of the next one, then look again: it may have come. */
        ring_store16(available_event(queue), queue->next_available);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        count = waiting(queue);
    }
    if (count == 0)
        return 0;
    if (count > queue->size)
        return fault(queue, "the available index runs ahead of the queue");

    size_t entry = queue->next_available % queue->size;
    chain->head = ring_load16(queue->available_at + RING_HEADER + entry * 2);
    chain->readable = 0;
    chain->writable = 0;
    unsigned steps = 0;
    struct descriptor indirect;
    int result = walk(queue, chain, queue->descriptors_at, queue->size, chain->head,
                      &steps, &indirect);
    if (result > 0)
        result = walk_indirect(queue, chain, &indirect, &steps);
    if (result < 0)
        return result;
    queue->next_available++;
    return 1;
}

void virtqueue_untake(struct virtqueue *queue, uint16_t count)
{
    queue->next_available = (uint16_t)(queue->next_available - count);
}

void virtqueue_prepare(struct virtqueue *queue, uint16_t ahead, uint16_t head,
                       uint32_t written)
{
    size_t entry = (uint16_t)(queue->next_used + ahead) % queue->size;
    uint8_t *at = queue->used_at + RING_HEADER + entry * USED_ENTRY;
    store32(at, head);
    store32(at + 4, written);
}

void virtqueue_publish(struct virtqueue *queue, uint16_t count)
{
    queue->next_used = (uint16_t)(queue->next_used + count);
    ring_store16(queue->used_at + 2, queue->next_used);
}

void virtqueue_give(struct virtqueue *queue, uint16_t head, uint32_t written)
{
    virtqueue_prepare(queue, 0, head, written);
    virtqueue_publish(queue, 1);
}

bool virtqueue_wants_interrupt(struct virtqueue *queue)
{
    /* The index must be visible before the driver's wish is read. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!queue->event_index)
        return !(ring_load16(queue->available_at) & AVAILABLE_NO_INTERRUPT);
    uint16_t event = used_event(queue);
    uint16_t now = queue->next_used, before = queue->signalled_used;
    bool first = !queue->signalled;
    queue->signalled = true;
    queue->signalled_used = now;
    /* Was the entry the driver waits for among those given since? */
    return first || (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

uint64_t iovec_bytes(const struct iovec *segments, unsigned count)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < count; i++)
        bytes += segments[i].iov_len;
    return bytes;
}

/* The next part of a copy: where in the segments it lies; false behind their end. */
static bool next_part(const struct iovec **segment, unsigned *count, uint64_t *offset,
                      uint64_t left, uint8_t **at, uint64_t *part)
{
    while (*count && *offset >= (*segment)->iov_len) {
        *offset -= (*segment)->iov_len;
        ++*segment;
        --*count;
    }
    if (!*count)
        return false;
    *at = (uint8_t *)(*segment)->iov_base + *offset;
    *part = (*segment)->iov_len - *offset;
    if (*part > left)
        *part = left;
    *offset += *part;
    return true;
}

bool iovec_read(const struct iovec *segments, unsigned count, uint64_t offset, void *to,
                uint64_t size)
{
    uint8_t *out = to, *at;
    uint64_t part;
    if (!range_inside(offset, size, iovec_bytes(segments, count)))
        return false;
    for (; size && next_part(&segments, &count, &offset, size, &at, &part);
         out += part, size -= part)
        memcpy(out, at, part);
    return true;
}

bool iovec_write(const struct iovec *segments, unsigned count, uint64_t offset,
                 const void *from, uint64_t size)
{
    const uint8_t *in = from;
    uint8_t *at;
    uint64_t part;
    if (!range_inside(offset, size, iovec_bytes(segments, count)))
        return false;
    for (; size && next_part(&segments, &count, &offset, size, &at, &part);
         in += part, size -= part)
        memcpy(at, in, part);
    return true;
}

bool iovec_cut_front(struct iovec *segments, unsigned count, void *to, uint64_t size)
{
    uint8_t *out = to;
    if (iovec_bytes(segments, count) < size)
        return false;
    for (unsigned i = 0; i < count && size; i++) {
        uint64_t part = segments[i].iov_len < size ? segments[i].iov_len : size;
        if (out) {
            memcpy(out, segments[i].iov_base, part);
            out += part;
        }
        segments[i].iov_base = (uint8_t *)segments[i].iov_base + part;
        segments[i].iov_len -= part;
        size -= part;
    }
    return true;
}
