/* output_queue.c: bytes on their way out of a device, written by the event loop. */
#include "devices/output_queue.h"

#include "base/error.h"       /* error_system */
#include "base/event_loop.h"  /* the fd */
#include "base/event_timer.h" /* the delay */
#include "base/log.h"         /* a reader that is gone */

#include <fcntl.h>   /* F_DUPFD_CLOEXEC */
#include <poll.h>    /* does a write block? */
#include <pthread.h> /* vCPU and loop share the ring */
#include <stddef.h>  /* offsetof */
#include <stdlib.h>  /* malloc */
#include <string.h>  /* memcpy, strerror */
#include <time.h>    /* its clock */
#include <unistd.h>  /* write, dup */

/* A pipe that polls writable takes this much without blocking (POSIX PIPE_BUF). */
#define CHUNK        4096
#define FREE_WAIT_MS 500

struct output_queue {
    struct event_loop *loop;
    const char *name;
    int fd;
    struct event_timer timer; /* most machines print nothing */
    uint64_t delay_ns;
    bool by_line;
    bool pollable; /* epoll refuses regular files, which never block */
    void (*on_room)(void *opaque);
    void *opaque;

    pthread_mutex_t lock;
    bool armed;        /* the timer runs, or the loop waits for the fd */
    bool was_full;     /* somebody was refused and waits for on_room */
    bool broken;       /* the reader is gone */
    unsigned newlines; /* in the ring */
    size_t head, used;
    uint8_t ring[OUTPUT_QUEUE_SIZE];
};

static void give_up(struct output_queue *queue, int error)
{
    log_warning(queue->name, "output lost from here on: %s", strerror(error));
    queue->broken = true;
    queue->used = 0;
    queue->newlines = 0;
}

/* The lock is held. */
static void start_timer(struct output_queue *queue)
{
    int result = event_timer_set(&queue->timer, queue->delay_ns, false);
    queue->armed = result == 0;
    if (result < 0)
        give_up(queue, -result);
}

bool output_queue_put(struct output_queue *queue, uint8_t byte)
{
    bool taken = true;
    pthread_mutex_lock(&queue->lock);
    if (queue->broken) {
        /* Nobody reads: as good as written. */
    } else if (queue->used == OUTPUT_QUEUE_SIZE) {
        queue->was_full = true;
        taken = false;
    } else {
        queue->ring[(queue->head + queue->used) % OUTPUT_QUEUE_SIZE] = byte;
        queue->used++;
        queue->newlines += byte == '\n';
        if (!queue->armed)
            start_timer(queue);
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

size_t output_queue_write(struct output_queue *queue, const uint8_t *bytes, size_t size)
{
    size_t taken = 0;
    pthread_mutex_lock(&queue->lock);
    if (queue->broken)
        taken = size;
    while (taken < size && queue->used < OUTPUT_QUEUE_SIZE) {
        size_t end = (queue->head + queue->used) % OUTPUT_QUEUE_SIZE;
        queue->ring[end] = bytes[taken];
        queue->newlines += bytes[taken++] == '\n';
        queue->used++;
    }
    queue->was_full |= taken < size;
    if (queue->used && !queue->armed)
        start_timer(queue);
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

size_t output_queue_room(struct output_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t room = queue->broken ? OUTPUT_QUEUE_SIZE : OUTPUT_QUEUE_SIZE - queue->used;
    if (room < OUTPUT_QUEUE_SIZE / 2)
        queue->was_full = true; /* whoever asks this may wait for on_room */
    pthread_mutex_unlock(&queue->lock);
    return room;
}

/* Copy what one write should carry. The lock is held. */
static size_t peek(struct output_queue *queue, uint8_t *chunk)
{
    size_t size = queue->used < CHUNK ? queue->used : CHUNK, line_end = 0;
    for (size_t i = 0; i < size; i++) {
        chunk[i] = queue->ring[(queue->head + i) % OUTPUT_QUEUE_SIZE];
        if (chunk[i] == '\n')
            line_end = i + 1;
    }
    return queue->by_line && line_end ? line_end : size;
}

/* The lock is held. */
static void consume(struct output_queue *queue, const uint8_t *chunk, size_t size)
{
    for (size_t i = 0; i < size; i++)
        queue->newlines -= chunk[i] == '\n';
    queue->head = (queue->head + size) % OUTPUT_QUEUE_SIZE;
    queue->used -= size;
}

static bool writable(const struct output_queue *queue, int timeout_ms)
{
    struct pollfd poll_fd = { .fd = queue->fd, .events = POLLOUT };
    return !queue->pollable || poll(&poll_fd, 1, timeout_ms) > 0;
}

/*
 * Write until nothing is left, the fd would block, or (by_line) only the beginning of
 * a line is left. Writes without the lock: a vCPU must not wait for a reader. Only one
 * thread at a time runs this (the loop's, or the one that frees).
 */
static void drain(struct output_queue *queue, bool all, int timeout_ms)
{
    uint8_t chunk[CHUNK];
    bool wrote = false;

    pthread_mutex_lock(&queue->lock);
    while (queue->used && !queue->broken) {
        if (queue->by_line && wrote && !all && !queue->newlines)
            break;
        size_t size = peek(queue, chunk);
        pthread_mutex_unlock(&queue->lock);
        ssize_t written = -1;
        int error = EAGAIN;
        if (writable(queue, timeout_ms)) {
            written = write(queue->fd, chunk, size);
            error = errno;
        }
        pthread_mutex_lock(&queue->lock);
        if (written > 0)
            consume(queue, chunk, (size_t)written);
        else if (error == EAGAIN)
            break;
        else if (error != EINTR)
            give_up(queue, error);
        wrote = true;
    }
    pthread_mutex_unlock(&queue->lock);
}

/* After draining: wait for the fd, for the rest of a line, or for nothing. */
static void drain_and_rearm(struct output_queue *queue)
{
    drain(queue, false, 0);

    pthread_mutex_lock(&queue->lock);
    bool blocked = queue->used && !writable(queue, 0);
    queue->armed = false;
    if (blocked) {
        queue->armed = true;
        event_loop_change(queue->loop, queue->fd, EPOLLOUT | EPOLLONESHOT);
    } else if (queue->used) {
        start_timer(queue);
    }
    bool room = queue->was_full && queue->used < OUTPUT_QUEUE_SIZE / 2;
    if (room)
        queue->was_full = false;
    pthread_mutex_unlock(&queue->lock);
    if (room && queue->on_room)
        queue->on_room(queue->opaque);
}

static void timer_fired(void *opaque)
{
    drain_and_rearm(opaque);
}

static void fd_writable(void *opaque, uint32_t events)
{
    struct output_queue *queue = opaque;
    pthread_mutex_lock(&queue->lock);
    bool expected = queue->armed;
    pthread_mutex_unlock(&queue->lock);
    if (expected)
        drain_and_rearm(queue);
}

void output_queue_on_room(struct output_queue *queue, void (*handler)(void *opaque),
                          void *opaque)
{
    queue->opaque = opaque;
    queue->on_room = handler;
}

static int open_fd(struct output_queue *queue, int fd)
{
    queue->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (queue->fd < 0)
        return -errno;
    /* One-shot with nothing asked: even a hang-up is reported once at most. */
    int result =
        event_loop_add(queue->loop, queue->fd, EPOLLONESHOT, fd_writable, queue);
    queue->pollable = result == 0;
    return result == -EPERM ? 0 : result;
}

struct output_queue *output_queue_new(struct event_loop *loop, const char *name, int fd,
                                      uint64_t delay_ns, bool by_line,
                                      struct error *err)
{
    struct output_queue *queue = malloc(sizeof(*queue));
    if (!queue) {
        error_system(err, -ENOMEM, "%s: output", name);
        return NULL;
    }
    /* All but the ring, whose pages most machines never use. */
    memset(queue, 0, offsetof(struct output_queue, ring));
    queue->loop = loop;
    queue->name = name;
    queue->delay_ns = delay_ns;
    queue->by_line = by_line;
    pthread_mutex_init(&queue->lock, NULL);
    event_timer_init(&queue->timer, loop, CLOCK_MONOTONIC, timer_fired, queue);
    int result = open_fd(queue, fd);
    if (result < 0) {
        error_system(err, result, "%s: output to file descriptor %d", name, fd);
        output_queue_free(queue);
        return NULL;
    }
    return queue;
}

void output_queue_free(struct output_queue *queue)
{
    if (!queue)
        return;
    event_timer_end(&queue->timer);
    if (queue->fd >= 0) {
        if (queue->pollable)
            event_loop_remove(queue->loop, queue->fd);
        drain(queue, true, FREE_WAIT_MS);
    }
    if (queue->fd >= 0)
        close(queue->fd);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}
