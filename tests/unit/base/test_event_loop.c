/* test_event_loop.c: events arrive, sources leave while they are handled, stop stops.
 */
#include "base/error.h"      /* struct error */
#include "base/event_loop.h" /* what is tested */

#include <pthread.h>     /* stopping from another thread */
#include <sys/eventfd.h> /* sources */
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
        cmocka_unit_test(test_wrong_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
