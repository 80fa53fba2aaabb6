/* disk_io.c: what is done to a disk file, in the background: engines, steps, counting.
 */
#include "devices/disk_io.h"

#include "base/error.h"          /* error_system */
#include "base/event_loop.h"     /* completions */
#include "base/log.h"            /* the fallback */
#include "devices/disk_bounce.h" /* direct calls with buffers that are not aligned */
#include "devices/disk_extent.h" /* discarding and zeroing */
#include "devices/disk_file.h"   /* the file */
#include "devices/disk_room.h"   /* a host without room */

#include <stdlib.h> /* calloc */
#include <string.h> /* strerror */

static void completed(void *opaque, uint32_t events)
{
    struct disk_io *io = opaque;
    (void)events;
    pthread_mutex_lock(io->lock);
    io->engine->collect(io, false);
    struct disk_io *owned = io->helped ? io->helped : io;
    owned->ops->batch_done(owned->owner);
    pthread_mutex_unlock(io->lock);
}

/* A server has no durable writes: a flush after each makes them so. */
static bool sync_after_write(struct disk_transfer *transfer)
{
    struct disk_call *call = &transfer->call;
    if (call->kind != DISK_CALL_WRITE || !call->durable || transfer->result < 0)
        return false;
    call->kind = DISK_CALL_SYNC;
    return true;
}

/* What came of a call, for the transfer: true when another call was started for it. */
static bool goes_on(struct disk_io *io, struct disk_transfer *transfer)
{
    if (transfer->call.kind == DISK_CALL_SYNC && transfer->result < 0 &&
        transfer->result != DISK_SERVER_GONE)
        io->lost_writes = true;
    if (disk_room_wait(io, transfer))
        return true;
    bool more = false;
    if (transfer->bounce)
        more = disk_bounce_next(transfer);
    else if (transfer->operation == DISK_DISCARD || transfer->operation == DISK_ZERO)
        more = disk_extent_next(io, transfer);
    else if (io->kind == DISK_ON_SERVER)
        more = sync_after_write(transfer);
    if (more && !io->draining) {
        disk_io_start_call(io, transfer);
        return true;
    }
    disk_bounce_end(transfer);
    return false;
}

void disk_io_ended(struct disk_io *io, struct disk_transfer *transfer)
{
    io->in_flight--;
    if (io->helped)
        io = io->helped;
    if (!goes_on(io, transfer) && !io->draining)
        io->ops->done(io->owner, transfer);
}

bool disk_call_advance(struct disk_call *call, uint64_t moved)
{
    call->offset += moved;
    while (call->count && moved >= call->segments->iov_len) {
        moved -= call->segments->iov_len;
        call->segments++;
        call->count--;
    }
    if (call->count) {
        call->segments->iov_base = (char *)call->segments->iov_base + moved;
        call->segments->iov_len -= moved;
    }
    return call->count == 0;
}

void disk_io_start_call(struct disk_io *io, struct disk_transfer *transfer)
{
    enum disk_call_kind kind = transfer->call.kind;
    bool to_helper =
        io->helper && (kind == DISK_CALL_DISCARD || kind == DISK_CALL_ZERO);
    struct disk_io *maker = to_helper ? io->helper : io;
    transfer->next = NULL;
    transfer->result = 0;
    maker->in_flight++;
    maker->engine->submit(maker, transfer);
}

/* The first call of a transfer. False when there is none: it is done, with its result.
 */
static bool first_call(struct disk_io *io, struct disk_transfer *transfer)
{
    transfer->bounce = NULL;
    transfer->result = 0;
    transfer->call = (struct disk_call){ .segments = transfer->segments,
                                         .count = transfer->count,
                                         .offset = transfer->offset,
                                         .durable = transfer->durable };
    switch (transfer->operation) {
    case DISK_READ:
    case DISK_WRITE:
        transfer->call.kind =
            transfer->operation == DISK_READ ? DISK_CALL_READ : DISK_CALL_WRITE;
        if (io->alignment)
            transfer->result = disk_bounce_begin(transfer, io->alignment);
        break;
    case DISK_FLUSH:
        transfer->call.kind = DISK_CALL_SYNC;
        /* The kernel tells of lost writes once; the guest must not take them as kept.
         */
        if (io->lost_writes)
            transfer->result = -EIO;
        break;
    default:
        return disk_extent_begin(io, transfer);
    }
    return transfer->result == 0;
}

void disk_io_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    if (first_call(io, transfer))
        disk_io_start_call(io, transfer);
    else
        io->ops->done(io->owner, transfer);
}

void disk_io_kick(struct disk_io *io)
{
    io->engine->kick(io);
}

void disk_io_drain(struct disk_io *io)
{
    io->draining = true;
    disk_room_forget(io);
    io->engine->kick(io);
    while (io->in_flight)
        io->engine->collect(io, true);
    while (io->helper && io->helper->in_flight)
        io->helper->engine->collect(io->helper, true);
    io->draining = false;
}

static int choose_engine(struct disk_io *io, unsigned most,
                         enum disk_engine_choice choice)
{
    int result = -ENOSYS;
    if (choice != DISK_ENGINE_THREAD)
        result = disk_io_uring_init(io, most);
    if (result < 0 && choice == DISK_ENGINE_AUTO) {
        log_info("disk", "io_uring is not available (%s): using threads",
                 strerror(-result));
        choice = DISK_ENGINE_THREAD;
    }
    if (choice == DISK_ENGINE_THREAD)
        result = disk_io_thread_init(io, most);
    return result;
}

/* io_uring has no call for the ioctls of block devices: a thread makes them. */
static int add_helper(struct disk_io *io)
{
    struct disk_io *helper = calloc(1, sizeof(*helper));
    if (!helper)
        return -ENOMEM;
    *helper = (struct disk_io){ .fd = io->fd,
                                .loop = io->loop,
                                .lock = io->lock,
                                .name = io->name,
                                .helped = io,
                                .retry_fd = -1 };
    io->helper = helper;
    int result = disk_io_thread_init(helper, 1);
    return result < 0
               ? result
               : event_loop_add(io->loop, helper->ready_fd, EPOLLIN, completed, helper);
}

struct disk_io *disk_io_new(struct event_loop *loop, pthread_mutex_t *lock,
                            const struct disk_file *file, const char *name,
                            unsigned most, enum disk_engine_choice choice,
                            const struct disk_owner_ops *ops, void *owner,
                            struct error *err)
{
    struct disk_io *io = calloc(1, sizeof(*io));
    if (!io) {
        error_system(err, -ENOMEM, "disk");
        return NULL;
    }
    *io = (struct disk_io){ .fd = file->fd,
                            .loop = loop,
                            .lock = lock,
                            .name = name,
                            .ops = ops,
                            .owner = owner,
                            .kind = file->kind,
                            .alignment = file->alignment,
                            .retry_fd = -1 };
    int result = file->backend ? disk_io_backend_init(io, file->backend)
                               : choose_engine(io, most, choice);
    if (result == 0)
        result = event_loop_add(io->loop, io->ready_fd, EPOLLIN, completed, io);
    if (result == 0 && io->kind == DISK_ON_DEVICE && !file->read_only)
        result = add_helper(io);
    if (result < 0) {
        error_system(err, result, "disk: background input and output");
        disk_io_free(io);
        return NULL;
    }
    return io;
}

static void free_engine(struct disk_io *io)
{
    if (!io->engine)
        return;
    event_loop_remove(io->loop, io->ready_fd);
    io->engine->free(io);
}

void disk_io_free(struct disk_io *io)
{
    if (!io)
        return;
    if (io->engine)
        disk_io_drain(io);
    if (io->helper) {
        free_engine(io->helper);
        free(io->helper);
    }
    free_engine(io);
    disk_room_free(io);
    free(io);
}
