/* disk_io.c: reads and writes of a disk file in the background: choice and counting. */
#include "devices/disk_io.h"

#include "base/error.h"      /* error_system */
#include "base/event_loop.h" /* completions */
#include "base/log.h"        /* the fallback */

#include <stdlib.h>      /* calloc */
#include <string.h>      /* strerror */
#include <sys/eventfd.h> /* completions */
#include <unistd.h>      /* read, close */

static void completed(void *opaque, uint32_t events)
{
    struct disk_io *io = opaque;
    uint64_t count;
    ssize_t ignored = read(io->event_fd, &count, sizeof(count));
    (void)ignored;
    pthread_mutex_lock(io->lock);
    io->engine->collect(io, false);
    pthread_mutex_unlock(io->lock);
}

void disk_io_finish(struct disk_io *io, struct disk_transfer *transfer)
{
    io->in_flight--;
    if (!io->draining)
        io->done(io->opaque, transfer);
}

bool disk_transfer_advance(struct disk_transfer *transfer, uint64_t moved)
{
    transfer->offset += moved;
    while (transfer->count && moved >= transfer->segments->iov_len) {
        moved -= transfer->segments->iov_len;
        transfer->segments++;
        transfer->count--;
    }
    if (transfer->count) {
        transfer->segments->iov_base = (char *)transfer->segments->iov_base + moved;
        transfer->segments->iov_len -= moved;
    }
    return transfer->count == 0;
}

void disk_io_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    transfer->next = NULL;
    transfer->result = 0;
    io->in_flight++;
    io->engine->submit(io, transfer);
}

void disk_io_kick(struct disk_io *io)
{
    io->engine->kick(io);
}

void disk_io_drain(struct disk_io *io)
{
    io->draining = true;
    io->engine->kick(io);
    while (io->in_flight)
        io->engine->collect(io, true);
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

struct disk_io *disk_io_new(struct event_loop *loop, pthread_mutex_t *lock, int fd,
                            unsigned most, enum disk_engine_choice choice,
                            disk_done *done, void *opaque, struct error *err)
{
    struct disk_io *io = calloc(1, sizeof(*io));
    if (!io) {
        error_system(err, -ENOMEM, "disk");
        return NULL;
    }
    io->fd = fd;
    io->loop = loop;
    io->lock = lock;
    io->done = done;
    io->opaque = opaque;
    io->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int result = io->event_fd < 0 ? -errno : choose_engine(io, most, choice);
    if (result == 0)
        result = event_loop_add(loop, io->event_fd, EPOLLIN, completed, io);
    if (result < 0) {
        error_system(err, result, "disk: background input and output");
        disk_io_free(io);
        return NULL;
    }
    return io;
}

void disk_io_free(struct disk_io *io)
{
    if (!io)
        return;
    if (io->engine) {
        disk_io_drain(io);
        event_loop_remove(io->loop, io->event_fd);
        io->engine->free(io);
    }
    if (io->event_fd >= 0)
        close(io->event_fd);
    free(io);
}
