/* event_loop.h: waits for file descriptors and timers, and calls who asked. */
#ifndef BASE_EVENT_LOOP_H
#define BASE_EVENT_LOOP_H

#include <stdint.h>    /* nanoseconds */
#include <sys/epoll.h> /* EPOLLIN and friends */

struct error;
struct event_loop;

/* Runs on the thread of event_loop_run. */
typedef void wake_handler(void *opaque);

/* events: the EPOLL bits that are set. Runs on the thread of event_loop_run. */
typedef void event_handler(void *opaque, uint32_t events);

/* NULL on failure, with err set. Free with event_loop_free. */
struct event_loop *event_loop_new(struct error *err);
void event_loop_free(struct event_loop *loop);

/*
 * Call handler(opaque, events) whenever fd has one of `events`. The loop does not
 * own fd; remove it before closing it. Safe from any thread, also inside a handler.
 * Returns 0 or a negative errno.
 */
int event_loop_add(struct event_loop *loop, int fd, uint32_t events,
                   event_handler *handler, void *opaque);
int event_loop_change(struct event_loop *loop, int fd, uint32_t events);
void event_loop_remove(struct event_loop *loop, int fd);

/*
 * Call handler(opaque) after event_loop_wake, once for several calls before it runs.
 * Waking is safe from any thread and from signal handlers; the handler is set before.
 */
void event_loop_on_wake(struct event_loop *loop, wake_handler *handler, void *opaque);
void event_loop_wake(struct event_loop *loop);

/* Handle events until event_loop_stop is called; returns the value given to it. */
int event_loop_run(struct event_loop *loop);

/* End event_loop_run with this result. Safe from any thread and from signal handlers.
 */
void event_loop_stop(struct event_loop *loop, int result);

#endif
