/* disk_io_uring.c: disk transfers by io_uring. */
#include "devices/disk_io.h"

#include "base/error.h" /* errno values */
#include "base/log.h"   /* a kernel that refuses */

#include <liburing.h> /* the ring */
#include <sched.h>    /* sched_yield */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* strerror */

#define SUBMIT_TRIES 1000

static void uring_kick(struct disk_io *io)
{
    struct io_uring *ring = io->state;
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

static void uring_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    struct io_uring *ring = io->state;
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    if (!sqe) {
        uring_kick(io);
        sqe = io_uring_get_sqe(ring);
    }
    if (!sqe) {
        transfer->result = -EAGAIN;
        disk_io_finish(io, transfer);
        return;
    }
    switch (transfer->operation) {
    case DISK_READ:
        io_uring_prep_readv(sqe, io->fd, transfer->segments, transfer->count,
                            transfer->offset);
        break;
    case DISK_WRITE:
        io_uring_prep_writev2(sqe, io->fd, transfer->segments, transfer->count,
                              transfer->offset, transfer->durable ? RWF_DSYNC : 0);
        break;
    case DISK_FLUSH:
        io_uring_prep_fsync(sqe, io->fd, IORING_FSYNC_DATASYNC);
        break;
    }
    io_uring_sqe_set_data(sqe, transfer);
}

/* True when the transfer goes on: a part was done, or the kernel was interrupted. */
static bool goes_on(struct disk_transfer *transfer, int result)
{
    if (result == -EINTR || result == -EAGAIN)
        return true;
    if (result < 0 || transfer->operation == DISK_FLUSH) {
        transfer->result = result < 0 ? result : 0;
        return false;
    }
    if (result == 0) {
        transfer->result = -EIO; /* the file ends early: somebody truncated it */
        return false;
    }
    return !disk_transfer_advance(transfer, (uint64_t)result);
}

static void uring_collect(struct disk_io *io, bool wait)
{
    struct io_uring *ring = io->state;
    struct io_uring_cqe *cqe;

    if (wait && io_uring_wait_cqe(ring, &cqe) < 0) {
        uring_kick(io);
        return;
    }
    while (io_uring_peek_cqe(ring, &cqe) == 0) {
        struct disk_transfer *transfer = io_uring_cqe_get_data(cqe);
        int result = cqe->res;
        io_uring_cqe_seen(ring, cqe);
        if (goes_on(transfer, result))
            uring_submit(io, transfer);
        else
            disk_io_finish(io, transfer);
    }
    if (io_uring_sq_ready(ring))
        uring_kick(io);
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
    if (result == 0) {
        result = io_uring_register_eventfd(ring, io->event_fd);
        if (result < 0)
            io_uring_queue_exit(ring);
    }
    if (result < 0) {
        free(ring);
        return result;
    }
    io->state = ring;
    io->engine = &uring_engine;
    return 0;
}
