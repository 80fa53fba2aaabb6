/* disk_io_thread.c: disk transfers by threads, where io_uring is not permitted. */
#include "devices/disk_io.h"

#include "base/error.h"   /* errno values */
#include "base/sandbox.h" /* a worker's own */

#include <fcntl.h>       /* fallocate */
#include <linux/fs.h>    /* BLKDISCARD, BLKZEROOUT */
#include <signal.h>      /* workers take no signals */
#include <stdlib.h>      /* calloc */
#include <sys/eventfd.h> /* completions */
#include <sys/ioctl.h>   /* block devices */
#include <unistd.h>      /* fdatasync, write */

#define WORKERS 4

struct list {
    struct disk_transfer *first, **end;
};

struct thread_state {
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    struct list todo, ended;
    bool quit;
    unsigned most, started; /* workers */
    pthread_t workers[WORKERS];
};

static void put(struct list *list, struct disk_transfer *transfer)
{
    transfer->next = NULL;
    *list->end = transfer;
    list->end = &transfer->next;
}

static struct disk_transfer *take(struct list *list)
{
    struct disk_transfer *transfer = list->first;
    if (!transfer)
        return NULL;
    list->first = transfer->next;
    if (!list->first)
        list->end = &list->first;
    return transfer;
}

static int move_data(int fd, struct disk_call *call)
{
    for (;;) {
        off_t offset = (off_t)call->offset;
        ssize_t moved = call->kind == DISK_CALL_READ
                            ? preadv(fd, call->segments, (int)call->count, offset)
                            : pwritev2(fd, call->segments, (int)call->count, offset,
                                       call->durable ? RWF_DSYNC : 0);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0)
            return moved < 0 ? -errno : -EIO; /* 0: the file ends early */
        if (disk_call_advance(call, (uint64_t)moved))
            return 0;
    }
}

static int make_call(int fd, struct disk_call *call)
{
    uint64_t range[2] = { call->offset, call->length };
    int result = -1;

    switch (call->kind) {
    case DISK_CALL_READ:
    case DISK_CALL_WRITE:
        return move_data(fd, call);
    case DISK_CALL_SYNC:
        result = fdatasync(fd);
        break;
    case DISK_CALL_ALLOCATE:
        do
            result =
                fallocate(fd, call->mode, (off_t)call->offset, (off_t)call->length);
        while (result < 0 && errno == EINTR);
        break;
    case DISK_CALL_DISCARD:
        result = ioctl(fd, BLKDISCARD, range);
        break;
    case DISK_CALL_ZERO:
        result = ioctl(fd, BLKZEROOUT, range);
        break;
    }
    return result < 0 ? -errno : 0;
}

/* Lock held. */
static void end_transfer(struct disk_io *io, struct disk_transfer *transfer)
{
    struct thread_state *state = io->state;
    uint64_t one = 1;
    put(&state->ended, transfer);
    pthread_cond_signal(&state->finished);
    ssize_t ignored = write(io->ready_fd, &one, sizeof(one));
    (void)ignored;
}

static void *work(void *opaque)
{
    struct disk_io *io = opaque;
    struct thread_state *state = io->state;

    /* What it inherited is more than it needs; that it has that is no reason to end. */
    sandbox_enter(SANDBOX_DISK, NULL);
    pthread_mutex_lock(&state->lock);
    while (!state->quit) {
        struct disk_transfer *transfer = take(&state->todo);
        if (!transfer) {
            pthread_cond_wait(&state->work, &state->lock);
            continue;
        }
        pthread_mutex_unlock(&state->lock);
        transfer->result = make_call(io->fd, &transfer->call);
        pthread_mutex_lock(&state->lock);
        end_transfer(io, transfer);
    }
    pthread_mutex_unlock(&state->lock);
    return NULL;
}

/* At the first transfer: threads made earlier would not be confined. Lock held. */
static int start_workers(struct disk_io *io)
{
    struct thread_state *state = io->state;
    sigset_t all, before;
    int result = 0;
    sigfillset(&all);
    sigdelset(&all, SIGSYS); /* the sandbox tells by it */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (state->started < state->most && result == 0) {
        result = pthread_create(&state->workers[state->started], NULL, work, io);
        if (result == 0)
            state->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return state->started ? 0 : -result;
}

static void thread_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    struct thread_state *state = io->state;
    pthread_mutex_lock(&state->lock);
    int result = state->started ? 0 : start_workers(io);
    if (result == 0) {
        put(&state->todo, transfer);
        pthread_cond_signal(&state->work);
    } else {
        transfer->result = result;
        end_transfer(io, transfer);
    }
    pthread_mutex_unlock(&state->lock);
}

static void thread_kick(struct disk_io *io)
{
}

static void thread_collect(struct disk_io *io, bool wait)
{
    struct thread_state *state = io->state;
    uint64_t count;
    ssize_t ignored = read(io->ready_fd, &count, sizeof(count));
    (void)ignored;
    pthread_mutex_lock(&state->lock);
    while (wait && !state->ended.first)
        pthread_cond_wait(&state->finished, &state->lock);
    struct disk_transfer *transfer;
    while ((transfer = take(&state->ended))) {
        pthread_mutex_unlock(&state->lock);
        disk_io_ended(io, transfer);
        pthread_mutex_lock(&state->lock);
    }
    pthread_mutex_unlock(&state->lock);
}

static void thread_free(struct disk_io *io)
{
    struct thread_state *state = io->state;
    pthread_mutex_lock(&state->lock);
    state->quit = true;
    pthread_cond_broadcast(&state->work);
    pthread_mutex_unlock(&state->lock);
    for (unsigned i = 0; i < state->started; i++)
        pthread_join(state->workers[i], NULL);
    pthread_cond_destroy(&state->work);
    pthread_cond_destroy(&state->finished);
    pthread_mutex_destroy(&state->lock);
    close(io->ready_fd);
    free(state);
}

static const struct disk_engine thread_engine = {
    .name = "threads",
    .submit = thread_submit,
    .kick = thread_kick,
    .collect = thread_collect,
    .free = thread_free,
};

int disk_io_thread_init(struct disk_io *io, unsigned most)
{
    struct thread_state *state = calloc(1, sizeof(*state));
    if (!state)
        return -ENOMEM;
    io->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (io->ready_fd < 0) {
        int code = -errno;
        free(state);
        return code;
    }
    pthread_mutex_init(&state->lock, NULL);
    pthread_cond_init(&state->work, NULL);
    pthread_cond_init(&state->finished, NULL);
    state->todo.end = &state->todo.first;
    state->ended.end = &state->ended.first;
    io->state = state;
    state->most = most < WORKERS ? most : WORKERS;
    io->engine = &thread_engine;
    return 0;
}
