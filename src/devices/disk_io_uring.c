/* disk_io_uring.c: disk transfers by io_uring. */
#include "devices/disk_io.h"

#include "base/error.h" /* errno values */
#include "base/log.h"   /* a kernel that refuses */

#include <liburing.h> /* the ring */
#include <sched.h>    /* sched_yield */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* strerror */

#define SUBMIT_TRIES 1000

static void submit_all(struct io_uring *ring)
{
    int result = 0;
    for (unsigned i = 0; i < SUBMIT_TRIES && io_uring_sq_ready(ring); i++) {
        result = io_uring_submit(ring);
        if (result >= 0)
            continue;
        if (result != -EINTR && result != -EAGAIN && result != -EBUSY)
            break;
        sched_yield();
    }
    /* What stays in the queue goes with the next submit or completion. */
    if (result < 0)
        log_error("disk", "io_uring does not accept transfers: %s", strerror(-result));
}

static void prepare(struct io_uring_sqe *sqe, int fd, const struct disk_call *call)
{
    switch (call->kind) {
    case DISK_CALL_READ:
        io_uring_prep_readv(sqe, fd, call->segments, call->count, call->offset);
        break;
    case DISK_CALL_WRITE:
        io_uring_prep_writev2(sqe, fd, call->segments, call->count, call->offset,
                              call->durable ? RWF_DSYNC : 0);
        break;
    case DISK_CALL_SYNC:
        io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
        break;
    case DISK_CALL_ALLOCATE:
        io_uring_prep_fallocate(sqe, fd, call->mode, (off_t)call->offset,
                                (off_t)call->length);
        break;
    case DISK_CALL_DISCARD:
    case DISK_CALL_ZERO: /* the helper's */
        io_uring_prep_nop(sqe);
        break;
    }
}

static void uring_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    struct io_uring *ring = io->state;
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    if (!sqe) {
        submit_all(ring);
        sqe = io_uring_get_sqe(ring);
    }
    if (!sqe) {
        transfer->result = -EAGAIN;
        disk_io_ended(io, transfer);
        return;
    }
    prepare(sqe, io->fd, &transfer->call);
    io_uring_sqe_set_data(sqe, transfer);
}

/* True when the call goes on: a part was done, or the kernel was interrupted. */
static bool goes_on(struct disk_transfer *transfer, int result)
{
    struct disk_call *call = &transfer->call;
    if (result == -EINTR || result == -EAGAIN)
        return true;
    transfer->result = result < 0 ? result : 0;
    if (result < 0 || (call->kind != DISK_CALL_READ && call->kind != DISK_CALL_WRITE))
        return false;
    if (result == 0) {
        transfer->result = -EIO; /* the file ends early: somebody truncated it */
        return false;
    }
    return !disk_call_advance(call, (uint64_t)result);
}

static void uring_collect(struct disk_io *io, bool wait)
{
    struct io_uring *ring = io->state;
    struct io_uring_cqe *cqe;

    if (wait && io_uring_wait_cqe(ring, &cqe) < 0) {
        submit_all(ring);
        return;
    }
    while (io_uring_peek_cqe(ring, &cqe) == 0) {
        struct disk_transfer *transfer = io_uring_cqe_get_data(cqe);
        int result = cqe->res;
        io_uring_cqe_seen(ring, cqe);
        if (goes_on(transfer, result))
            uring_submit(io, transfer);
        else
            disk_io_ended(io, transfer);
    }
    if (io_uring_sq_ready(ring))
        submit_all(ring);
}

/* What the page cache has is done when the submission returns: no need to wait. */
static void uring_kick(struct disk_io *io)
{
    submit_all(io->state);
    uring_collect(io, false);
}

static void uring_free(struct disk_io *io)
{
    io_uring_queue_exit(io->state);
    free(io->state);
}

static const struct disk_engine uring_engine = {
    .name = "io_uring",
    .submit = uring_submit,
    .kick = uring_kick,
    .collect = uring_collect,
    .free = uring_free,
};

int disk_io_uring_init(struct disk_io *io, unsigned most)
{
    struct io_uring *ring = calloc(1, sizeof(*ring));
    if (!ring)
        return -ENOMEM;
    int result = io_uring_queue_init(most, ring, 0);
    if (result < 0) {
        free(ring);
        return result;
    }
    io->ready_fd = ring->ring_fd; /* readable while completions wait */
    io->state = ring;
    io->engine = &uring_engine;
    return 0;
}
