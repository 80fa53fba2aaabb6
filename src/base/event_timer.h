/* event_timer.h: a timer of an event loop, made when it is first set. */
#ifndef BASE_EVENT_TIMER_H
#define BASE_EVENT_TIMER_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* nanoseconds */

struct event_loop;

struct event_timer {
    struct event_loop *loop;
    int clock;
    int fd;                      /* -1: never set */
    void (*fired)(void *opaque); /* on the loop's thread */
    void *opaque;
};

/* clock: CLOCK_MONOTONIC or CLOCK_REALTIME. Makes no system call; cannot fail. */
static inline void event_timer_init(struct event_timer *timer, struct event_loop *loop,
                                    int clock, void (*fired)(void *opaque),
                                    void *opaque)
{
    *timer = (struct event_timer){ loop, clock, -1, fired, opaque };
}

/*
 * Fire once: at ns of the clock, or `absolute` false: in ns. 0: not any more. From any
 * thread, one at a time. Returns 0 or a negative errno: it will not fire.
 */
int event_timer_set(struct event_timer *timer, uint64_t ns, bool absolute);

void event_timer_end(struct event_timer *timer);

#endif
