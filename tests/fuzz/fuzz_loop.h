/* fuzz_loop.h: one turn of an event loop. */
#ifndef FUZZ_LOOP_H
#define FUZZ_LOOP_H

#include "fuzz.h" /* must */

#include "base/event_loop.h" /* the loop */

#include <sys/eventfd.h> /* what ends a turn */
#include <unistd.h>      /* close */

#define FUZZ_TURNED 1

static inline void fuzz_stop(void *opaque, uint32_t events)
{
    (void)events;
    event_loop_stop(opaque, FUZZ_TURNED);
}

/*
 * Handle what is ready now: the stop comes with the events that were ready before it.
 * FUZZ_TURNED, or what another handler stopped the loop with.
 */
static inline int fuzz_turn(struct event_loop *loop)
{
    int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    must(fd >= 0 && event_loop_add(loop, fd, EPOLLIN, fuzz_stop, loop) == 0);
    int result = event_loop_run(loop);
    event_loop_remove(loop, fd);
    close(fd);
    return result;
}

#endif
