/* test_event_loop.c: events arrive, sources leave while they are handled, stop stops.
 */
#include "base/error.h"       /* struct error */
#include "base/event_loop.h"  /* what is tested */
#include "base/event_timer.h" /* what is tested, too */

#include <pthread.h>     /* stopping from another thread */
#include <sys/eventfd.h> /* sources */
#include <time.h>        /* clocks */
#include <unistd.h>      /* write */

#include <setjmp.h> /* cmocka */
#include <stdarg.h> /* cmocka */
#include <stddef.h> /* cmocka */
#include <stdint.h> /* cmocka */

#include <cmocka.h>

struct rig {
    struct event_loop *loop;
    int fds[2];
    unsigned calls[2];
};

static void signal_fd(int fd)
{
    uint64_t one = 1;
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

/* Both sources are ready: the first handled takes the other away. */
static void remove_other(struct rig *rig, unsigned self)
{
    rig->calls[self]++;
    event_loop_remove(rig->loop, rig->fds[!self]);
    event_loop_stop(rig->loop, 5);
}

static void on_first(void *opaque, uint32_t events)
{
    assert_true(events & EPOLLIN);
    remove_other(opaque, 0);
}

static void on_second(void *opaque, uint32_t events)
{
    assert_true(events & EPOLLIN);
    remove_other(opaque, 1);
}

static void test_remove_while_handled(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct rig rig = { .loop = event_loop_new(&err) };

    for (unsigned i = 0; i < 2; i++) {
        rig.fds[i] = eventfd(0, EFD_CLOEXEC);
        assert_int_equal(event_loop_add(rig.loop, rig.fds[i], EPOLLIN,
                                        i ? on_second : on_first, &rig),
                         0);
        signal_fd(rig.fds[i]);
    }
    assert_int_equal(event_loop_run(rig.loop), 5);
    assert_int_equal(rig.calls[0] + rig.calls[1], 1);
    close(rig.fds[0]);
    close(rig.fds[1]);
    event_loop_free(rig.loop);
}

static void *stop_it(void *opaque)
{
    usleep(20000);
    event_loop_stop(opaque, 7);
    return NULL;
}

static void test_stop_from_thread(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct event_loop *loop = event_loop_new(&err);
    pthread_t thread;

    pthread_create(&thread, NULL, stop_it, loop);
    assert_int_equal(event_loop_run(loop), 7);
    pthread_join(thread, NULL);
    /* A stop before the run counts; a run after it starts afresh. */
    event_loop_stop(loop, 9);
    assert_int_equal(event_loop_run(loop), 9);
    event_loop_free(loop);
}

struct woken {
    struct event_loop *loop;
    unsigned wakes;
};

static void on_wake(void *opaque)
{
    struct woken *woken = opaque;
    if (++woken->wakes < 3)
        event_loop_wake(woken->loop);
    else
        event_loop_stop(woken->loop, 6);
}

static void *wake_it(void *opaque)
{
    usleep(20000);
    event_loop_wake(opaque);
    return NULL;
}

static void test_wake(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct woken woken = { .loop = event_loop_new(&err) };
    pthread_t thread;

    event_loop_on_wake(woken.loop, on_wake, &woken);
    pthread_create(&thread, NULL, wake_it, woken.loop);
    assert_int_equal(event_loop_run(woken.loop), 6);
    pthread_join(thread, NULL);
    assert_int_equal(woken.wakes, 3);
    event_loop_free(woken.loop);
}

struct timed {
    struct event_loop *loop;
    struct event_timer timer;
    unsigned firings;
};

static void on_fired(void *opaque)
{
    struct timed *timed = opaque;
    if (++timed->firings < 2)
        assert_int_equal(event_timer_set(&timed->timer, 1, true), 0); /* long ago */
    else
        event_loop_stop(timed->loop, 4);
}

static void test_timer(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct timed timed = { .loop = event_loop_new(&err) };

    event_timer_init(&timed.timer, timed.loop, CLOCK_MONOTONIC, on_fired, &timed);
    assert_int_equal(event_timer_set(&timed.timer, 0, false), 0);
    assert_int_equal(timed.timer.fd, -1); /* nothing to wait for: none is made */
    assert_int_equal(event_timer_set(&timed.timer, 1000000, false), 0);
    assert_int_equal(event_loop_run(timed.loop), 4);
    assert_int_equal(timed.firings, 2);
    event_timer_end(&timed.timer);
    event_timer_end(&timed.timer);
    event_timer_init(&timed.timer, timed.loop, -1, on_fired, &timed);
    assert_int_equal(event_timer_set(&timed.timer, 1, false), -EINVAL);
    event_loop_free(timed.loop);
}

static void test_wrong_use(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct event_loop *loop = event_loop_new(&err);
    int fd = eventfd(0, EFD_CLOEXEC);

    assert_int_equal(event_loop_add(loop, -1, EPOLLIN, on_first, NULL), -EBADF);
    assert_int_equal(event_loop_change(loop, fd, EPOLLIN), -ENOENT);
    event_loop_remove(loop, fd);
    assert_int_equal(event_loop_add(loop, fd, EPOLLIN, on_first, NULL), 0);
    assert_int_equal(event_loop_add(loop, fd, EPOLLIN, on_first, NULL), -EEXIST);
    assert_int_equal(event_loop_change(loop, fd, 0), 0);
    event_loop_free(loop);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remove_while_handled),
        cmocka_unit_test(test_stop_from_thread),
        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_timer),
        cmocka_unit_test(test_wrong_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
