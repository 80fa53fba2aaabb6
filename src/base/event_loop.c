/* event_loop.c: an epoll loop. */
#include "base/event_loop.h"

#include "base/error.h" /* error_system */

#include <pthread.h>     /* the list of sources is shared */
#include <stdatomic.h>   /* stop requests */
#include <stdbool.h>     /* bool */
#include <stdlib.h>      /* calloc */
#include <sys/eventfd.h> /* the wake event */
#include <unistd.h>      /* close, write */

struct source {
    int fd;
    event_handler *handler;
    void *opaque;
    bool dead; /* removed, but an event of it may still be in flight */
    struct source *next;
};

struct event_loop {
    int epoll_fd;
    int wake_fd; /* for stops, too */
    wake_handler *woken;
    void *woken_opaque;
    atomic_bool stopping;
    atomic_int result;
    pthread_mutex_t lock;
    struct source *sources;
};

struct event_loop *event_loop_new(struct error *err)
{
    struct event_loop *loop = calloc(1, sizeof(*loop));
    if (!loop) {
        error_system(err, -ENOMEM, "event loop");
        return NULL;
    }
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) < 0) {
        error_system(err, -errno, "event loop");
        event_loop_free(loop);
        return NULL;
    }
    return loop;
}

void event_loop_free(struct event_loop *loop)
{
    if (!loop)
        return;
    while (loop->sources) {
        struct source *next = loop->sources->next;
        free(loop->sources);
        loop->sources = next;
    }
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

int event_loop_add(struct event_loop *loop, int fd, uint32_t events,
                   event_handler *handler, void *opaque)
{
    struct source *source = calloc(1, sizeof(*source));
    if (!source)
        return -ENOMEM;
    source->fd = fd;
    source->handler = handler;
    source->opaque = opaque;
    struct epoll_event event = { .events = events, .data.ptr = source };
    pthread_mutex_lock(&loop->lock);
    int result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
    if (result == 0) {
        source->next = loop->sources;
        loop->sources = source;
    }
    pthread_mutex_unlock(&loop->lock);
    if (result != 0)
        free(source);
    return result;
}

static struct source *find_source(struct event_loop *loop, int fd)
{
    for (struct source *s = loop->sources; s; s = s->next) {
        if (s->fd == fd && !s->dead)
            return s;
    }
    return NULL;
}

int event_loop_change(struct event_loop *loop, int fd, uint32_t events)
{
    int result = -ENOENT;
    pthread_mutex_lock(&loop->lock);
    struct source *source = find_source(loop, fd);
    if (source) {
        struct epoll_event event = { .events = events, .data.ptr = source };
        result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0 ? -errno : 0;
    }
    pthread_mutex_unlock(&loop->lock);
    return result;
}

void event_loop_remove(struct event_loop *loop, int fd)
{
    pthread_mutex_lock(&loop->lock);
    struct source *source = find_source(loop, fd);
    if (source) {
        source->dead = true;
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    }
    pthread_mutex_unlock(&loop->lock);
}

/* Free removed sources; only between two waits, when no event can name them. */
static void sweep_sources(struct event_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct source **link = &loop->sources;
    while (*link) {
        struct source *source = *link;
        if (source->dead) {
            *link = source->next;
            free(source);
        } else {
            link = &source->next;
        }
    }
    pthread_mutex_unlock(&loop->lock);
}

void event_loop_on_wake(struct event_loop *loop, wake_handler *handler, void *opaque)
{
    loop->woken = handler;
    loop->woken_opaque = opaque;
}

void event_loop_wake(struct event_loop *loop)
{
    uint64_t one = 1;
    ssize_t ignored = write(loop->wake_fd, &one, sizeof(one));
    (void)ignored;
}

static void drain_wakes(struct event_loop *loop)
{
    uint64_t drained;
    ssize_t ignored = read(loop->wake_fd, &drained, sizeof(drained));
    (void)ignored;
}

static void handle_event(struct event_loop *loop, const struct epoll_event *event)
{
    struct source *source = event->data.ptr;
    if (!source) {
        drain_wakes(loop);
        if (loop->woken)
            loop->woken(loop->woken_opaque);
    } else if (!source->dead) {
        source->handler(source->opaque, event->events);
    }
}

int event_loop_run(struct event_loop *loop)
{
    struct epoll_event events[16];

    while (!loop->stopping) {
        sweep_sources(loop);
        int count = epoll_wait(loop->epoll_fd, events, 16, -1);
        if (count < 0 && errno != EINTR)
            return -errno;
        for (int i = 0; i < count && !loop->stopping; i++)
            handle_event(loop, &events[i]);
    }
    loop->stopping = false;
    drain_wakes(loop);
    return loop->result;
}

void event_loop_stop(struct event_loop *loop, int result)
{
    loop->result = result;
    loop->stopping = true;
    event_loop_wake(loop);
}
