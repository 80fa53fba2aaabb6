/* event_timer.c: timers of an event loop. */
#include "base/event_timer.h"

#include "base/error.h"      /* errno values */
#include "base/event_loop.h" /* where they fire */

#include <sys/timerfd.h> /* timers to wait for */
#include <unistd.h>      /* read, close */

#define NS_PER_SECOND 1000000000u

static void on_event(void *opaque, uint32_t events)
{
    struct event_timer *timer = opaque;
    uint64_t count;
    (void)events;
    /* It may have been set anew meanwhile. */
    if (read(timer->fd, &count, sizeof(count)) == sizeof(count))
        timer->fired(timer->opaque);
}

static int make(struct event_timer *timer)
{
    int fd = timerfd_create(timer->clock, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    timer->fd = fd;
    int result = event_loop_add(timer->loop, fd, EPOLLIN, on_event, timer);
    if (result < 0) {
        timer->fd = -1;
        close(fd);
    }
    return result;
}

int event_timer_set(struct event_timer *timer, uint64_t ns, bool absolute)
{
    struct itimerspec when = { .it_value = { .tv_sec = (time_t)(ns / NS_PER_SECOND),
                                             .tv_nsec = (long)(ns % NS_PER_SECOND) } };
    if (timer->fd < 0) {
        int result = ns ? make(timer) : 0;
        if (result < 0 || !ns)
            return result;
    }
    return timerfd_settime(timer->fd, absolute ? TFD_TIMER_ABSTIME : 0, &when, NULL) < 0
               ? -errno
               : 0;
}

void event_timer_end(struct event_timer *timer)
{
    if (timer->fd < 0)
        return;
    event_loop_remove(timer->loop, timer->fd);
    close(timer->fd);
    timer->fd = -1;
}
