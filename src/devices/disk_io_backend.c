/* disk_io_backend.c: disk transfers by a vhost-user-blk server, over a ring shared with
 * it.
 */
#include "devices/disk_io.h"

#include "base/bytes.h"           /* stores */
#include "base/error.h"           /* errno values */
#include "base/event_loop.h"      /* the server's end */
#include "base/log.h"             /* who is gone */
#include "devices/disk_backend.h" /* the server */
#include "devices/virtqueue.h"    /* segments of a request */

#include <poll.h>   /* waiting */
#include <stddef.h> /* NULL */
#include <stdlib.h> /* calloc */
#include <time.h>   /* how long it takes */
#include <unistd.h> /* read, write */

#define DESCRIPTOR_NEXT     1
#define DESCRIPTOR_WRITE    2
#define DESCRIPTOR_INDIRECT 4
#define NO_NOTIFY           1 /* in the used ring's flags */

/* VIRTIO 1.2, section 5.2.6. */
enum {
    TYPE_READ = 0,
    TYPE_WRITE = 1,
    TYPE_FLUSH = 4,
    TYPE_DISCARD = 11,
    TYPE_ZERO = 13
};
enum { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };
#define UNMAP_FLAG 1

_Static_assert(ARRAY_SIZE(((struct virtqueue_chain *)NULL)->segments) + 2 <=
                   DISK_BACKEND_TABLE,
               "a request has a header and a status beside its data");

struct backend_state {
    struct disk_backend *backend;
    struct disk_transfer *slots[DISK_BACKEND_SLOTS]; /* NULL: free */
    unsigned busy;
    uint16_t offered, seen; /* indices of the rings */
    bool kick;              /* something was offered since the last one */
    bool dead;
    struct disk_transfer *waiting, **waiting_end; /* for a slot */
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static struct disk_descriptor *add(struct disk_descriptor *at, const void *memory,
                                   size_t size, uint16_t flags, unsigned index)
{
    *at = (struct disk_descriptor){ (uint64_t)(uintptr_t)memory, (uint32_t)size, flags,
                                    (uint16_t)(index + 1) };
    return at + 1;
}

/* Describe a call in a slot's memory; the number of descriptors. */
static unsigned describe(struct disk_slot *slot, const struct disk_transfer *transfer)
{
    static const uint8_t types[] = {
        [DISK_CALL_READ] = TYPE_READ,  [DISK_CALL_WRITE] = TYPE_WRITE,
        [DISK_CALL_SYNC] = TYPE_FLUSH, [DISK_CALL_DISCARD] = TYPE_DISCARD,
        [DISK_CALL_ZERO] = TYPE_ZERO,
    };
    const struct disk_call *call = &transfer->call;
    struct disk_descriptor *at = slot->table;
    bool is_extent = call->kind == DISK_CALL_DISCARD || call->kind == DISK_CALL_ZERO;
    bool has_data = call->kind == DISK_CALL_READ || call->kind == DISK_CALL_WRITE;
    uint16_t data =
        DESCRIPTOR_NEXT | (call->kind == DISK_CALL_READ ? DESCRIPTOR_WRITE : 0);

    store32(slot->header, types[call->kind]);
    store32(slot->header + 4, 0);
    store64(slot->header + 8, has_data ? call->offset / 512 : 0);
    at = add(at, slot->header, sizeof(slot->header), DESCRIPTOR_NEXT, 0);
    for (unsigned i = 0; has_data && i < call->count; i++)
        at =
            add(at, call->segments[i].iov_base, call->segments[i].iov_len, data, i + 1);
    if (is_extent) {
        bool unmap = call->kind == DISK_CALL_ZERO && !transfer->stay_allocated;
        store64(slot->extent, call->offset / 512);
        store32(slot->extent + 8, (uint32_t)(call->length / 512));
        store32(slot->extent + 12, unmap ? UNMAP_FLAG : 0);
        at = add(at, slot->extent, sizeof(slot->extent), DESCRIPTOR_NEXT, 1);
    }
    slot->status = UINT8_MAX;
    at = add(at, &slot->status, 1, DESCRIPTOR_WRITE, 0);
    return (unsigned)(at - slot->table);
}

static void offer(struct backend_state *state, struct disk_transfer *transfer)
{
    struct disk_shared *shared = state->backend->shared;
    unsigned index = 0;
    while (state->slots[index])
        index++;
    struct disk_slot *slot = &shared->slots[index];
    state->slots[index] = transfer;
    state->busy++;
    unsigned count = describe(slot, transfer);
    shared->descriptors[index] =
        (struct disk_descriptor){ (uint64_t)(uintptr_t)slot->table,
                                  count * (uint32_t)sizeof(slot->table[0]),
                                  DESCRIPTOR_INDIRECT, 0 };
    shared->available.ring[state->offered % DISK_BACKEND_SLOTS] = (uint16_t)index;
    __atomic_store_n(&shared->available.index, ++state->offered, __ATOMIC_RELEASE);
    state->kick = true;
}

static void backend_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    struct backend_state *state = io->state;
    if (state->dead) {
        transfer->result = DISK_SERVER_GONE;
        disk_io_ended(io, transfer);
    } else if (state->busy < DISK_BACKEND_SLOTS) {
        offer(state, transfer);
    } else {
        *state->waiting_end = transfer;
        state->waiting_end = &transfer->next;
    }
}

static void backend_kick(struct disk_io *io)
{
    struct backend_state *state = io->state;
    struct disk_shared *shared = state->backend->shared;
    uint64_t one = 1;
    if (!state->kick)
        return;
    state->kick = false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&shared->used.flags, __ATOMIC_RELAXED) & NO_NOTIFY)
        return;
    ssize_t ignored = write(state->backend->kick, &one, sizeof(one));
    (void)ignored;
}

/* End a slot's transfer, and let one that waits have the slot. */
static void end_slot(struct disk_io *io, unsigned index, int result)
{
    struct backend_state *state = io->state;
    struct disk_transfer *transfer = state->slots[index];
    state->slots[index] = NULL;
    state->busy--;
    transfer->result = result;
    disk_io_ended(io, transfer);
}

static struct disk_transfer *take_waiting(struct backend_state *state)
{
    struct disk_transfer *transfer = state->waiting;
    if (!transfer)
        return NULL;
    state->waiting = transfer->next;
    if (!state->waiting)
        state->waiting_end = &state->waiting;
    return transfer;
}

/* The server is of no use any more: the guest gets errors from now on. */
static void die(struct disk_io *io, const char *why)
{
    struct backend_state *state = io->state;
    struct disk_transfer *transfer;
    if (state->dead)
        return;
    state->dead = true;
    log_error(NULL, "disk %s: %s: the guest's reads and writes fail from now on",
              io->name, why);
    event_loop_remove(io->loop, state->backend->daemon.socket);
    for (unsigned i = 0; i < DISK_BACKEND_SLOTS; i++) {
        if (state->slots[i])
            end_slot(io, i, DISK_SERVER_GONE);
    }
    while ((transfer = take_waiting(state))) {
        transfer->result = DISK_SERVER_GONE;
        disk_io_ended(io, transfer);
    }
}

/* It has nothing to say once it works: whatever comes, it is gone or confused. */
static void server_gone(void *opaque, uint32_t events)
{
    struct disk_io *io = opaque;
    (void)events;
    pthread_mutex_lock(io->lock);
    die(io, "its server went away");
    io->ops->batch_done(io->owner);
    pthread_mutex_unlock(io->lock);
}

static bool take_used(struct disk_io *io)
{
    static const int results[] = {
        [STATUS_OK] = 0, [STATUS_IO_ERROR] = -EIO, [STATUS_UNSUPPORTED] = -EOPNOTSUPP
    };
    struct backend_state *state = io->state;
    struct disk_shared *shared = state->backend->shared;
    uint16_t used = __atomic_load_n(&shared->used.index, __ATOMIC_ACQUIRE);

    if (used == state->seen)
        return false;
    uint32_t index = __atomic_load_n(
        &shared->used.ring[state->seen % DISK_BACKEND_SLOTS].head, __ATOMIC_RELAXED);
    if (index >= DISK_BACKEND_SLOTS || !state->slots[index]) {
        die(io, "its server gave back a request that it does not have");
        return false;
    }
    state->seen++;
    uint8_t status = __atomic_load_n(&shared->slots[index].status, __ATOMIC_RELAXED);
    end_slot(io, index, status < ARRAY_SIZE(results) ? results[status] : -EIO);
    return true;
}

static void forget_call(struct disk_backend *backend)
{
    uint64_t count;
    ssize_t ignored = read(backend->call, &count, sizeof(count));
    (void)ignored;
}

/* Until a request came back; not for ever, as nothing else goes on meanwhile. */
static void wait_for_server(struct disk_io *io)
{
    struct backend_state *state = io->state;
    struct disk_backend *backend = state->backend;
    const uint16_t *used = &backend->shared->used.index;
    int64_t end = now_ms() + backend->patience_ms;

    while (!state->dead && __atomic_load_n(used, __ATOMIC_ACQUIRE) == state->seen) {
        struct pollfd fds[] = { { .fd = backend->call, .events = POLLIN },
                                { .fd = backend->daemon.socket, .events = POLLIN } };
        int64_t left = end - now_ms();
        if (left <= 0) {
            backend->daemon.is_stuck = true;
            die(io, "its server does not answer");
        } else if (poll(fds, ARRAY_SIZE(fds), (int)left) > 0) {
            if (fds[1].revents)
                die(io, "its server went away");
            forget_call(backend);
        }
    }
}

static void backend_collect(struct disk_io *io, bool wait)
{
    struct backend_state *state = io->state;
    struct disk_transfer *transfer;

    if (wait)
        wait_for_server(io);
    forget_call(state->backend);
    while (!state->dead && take_used(io))
        ;
    while (!state->dead && state->busy < DISK_BACKEND_SLOTS &&
           (transfer = take_waiting(state)))
        offer(state, transfer);
    backend_kick(io);
}

static void backend_free(struct disk_io *io)
{
    struct backend_state *state = io->state;
    if (!state->dead)
        event_loop_remove(io->loop, state->backend->daemon.socket);
    free(state);
}

static const struct disk_engine backend_engine = {
    .name = "vhost-user",
    .submit = backend_submit,
    .kick = backend_kick,
    .collect = backend_collect,
    .free = backend_free,
};

int disk_io_backend_init(struct disk_io *io, struct disk_backend *backend)
{
    struct backend_state *state = calloc(1, sizeof(*state));
    if (!state)
        return -ENOMEM;
    state->backend = backend;
    state->waiting_end = &state->waiting;
    int result = event_loop_add(io->loop, backend->daemon.socket, EPOLLIN | EPOLLRDHUP,
                                server_gone, io);
    if (result < 0) {
        free(state);
        return result;
    }
    io->state = state;
    io->ready_fd = backend->call;
    io->engine = &backend_engine;
    return 0;
}
