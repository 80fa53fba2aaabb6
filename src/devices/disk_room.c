/* disk_room.c: writes that wait until the host has room for them. */
#include "devices/disk_room.h"

#include "base/error.h"          /* errno values */
#include "base/event_loop.h"     /* the timer */
#include "base/log.h"            /* who waits */
#include "devices/disk_bounce.h" /* what a dropped transfer holds */
#include "devices/disk_io.h"     /* transfers */

#include <string.h>      /* strerror */
#include <sys/timerfd.h> /* the timer */
#include <unistd.h>      /* read, close */

#define RETRY_SECONDS 1

static void set_timer(struct disk_io *io, time_t seconds)
{
    struct itimerspec when = { .it_value.tv_sec = seconds };
    timerfd_settime(io->retry_fd, 0, &when, NULL);
}

/* Try those that wait again; they come back here when there still is no room. */
static void retry(void *opaque, uint32_t events)
{
    struct disk_io *io = opaque;
    uint64_t count;
    (void)events;
    ssize_t ignored = read(io->retry_fd, &count, sizeof(count));
    (void)ignored;

    pthread_mutex_lock(io->lock);
    struct disk_transfer *list = io->waiting;
    io->waiting = NULL;
    while (list) {
        struct disk_transfer *transfer = list;
        list = transfer->next;
        disk_io_start_call(io, transfer);
    }
    disk_io_kick(io);
    io->ops->batch_done(io->owner);
    pthread_mutex_unlock(io->lock);
}

static int make_timer(struct disk_io *io)
{
    io->retry_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (io->retry_fd < 0)
        return -errno;
    int result = event_loop_add(io->loop, io->retry_fd, EPOLLIN, retry, io);
    if (result < 0) {
        close(io->retry_fd);
        io->retry_fd = -1;
    }
    return result;
}

bool disk_room_wait(struct disk_io *io, struct disk_transfer *transfer)
{
    bool no_room = transfer->result == -ENOSPC || transfer->result == -EDQUOT;

    if (!no_room || io->draining || transfer->call.kind == DISK_CALL_SYNC ||
        (io->retry_fd < 0 && make_timer(io) < 0)) {
        if (io->is_full && transfer->result == 0 &&
            transfer->call.kind == DISK_CALL_WRITE) {
            io->is_full = false;
            log_info(NULL, "disk %s: there is room again: writes go on", io->name);
        }
        return false;
    }
    if (!io->is_full)
        log_error(NULL,
                  "disk %s: no room on the host for a write (%s): the guest's writes "
                  "wait until there is some",
                  io->name, strerror(-transfer->result));
    io->is_full = true;
    if (!io->waiting)
        set_timer(io, RETRY_SECONDS);
    transfer->next = io->waiting;
    io->waiting = transfer;
    return true;
}

void disk_room_forget(struct disk_io *io)
{
    while (io->waiting) {
        disk_bounce_end(io->waiting);
        io->waiting = io->waiting->next;
    }
}

void disk_room_free(struct disk_io *io)
{
    if (io->retry_fd < 0)
        return;
    event_loop_remove(io->loop, io->retry_fd);
    close(io->retry_fd);
}
