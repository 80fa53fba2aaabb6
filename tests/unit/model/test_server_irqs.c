/* test_server_irqs.c: interrupts that a vfio-user client takes, and odd ways to ask. */
#include "client.h" /* both ends */

#include "base/bytes.h" /* loads */
#include "base/log.h"   /* quiet */

#include "../open_files.h" /* what leaks */

#include <errno.h>       /* error numbers */
#include <fcntl.h>       /* open */
#include <poll.h>        /* waiting for events */
#include <signal.h>      /* SIGPIPE */
#include <sys/eventfd.h> /* interrupts */
#include <unistd.h>      /* close */

static struct serving serving;

static int start(void **state)
{
    serving_start(&serving, false);
    return 0;
}

static int stop(void **state)
{
    serving_stop(&serving);
    return 0;
}

/* Register writes that set pipe A running with its vblank interrupt on. */
static void run_pipe(int socket)
{
    static const struct {
        uint32_t offset, value;
    } writes[] = { { 0x44404, 0xfffffffe },
                   { 0x4440c, 1 },
                   { 0x44200, 0x80000000 },
                   { 0x70008, 0x80000000 } };
    for (unsigned i = 0; i < ARRAY_SIZE(writes); i++)
        assert_int_equal(client_write(socket, 0, writes[i].offset, &writes[i].value, 4),
                         0);
}

/* What an interrupt handler does. */
static void acknowledge(int socket)
{
    static const uint32_t off = 0, on = 0x80000000, all = 0xffffffff;
    client_write(socket, 0, 0x44200, &off, 4);
    client_write(socket, 0, 0x44408, &all, 4);
    client_write(socket, 0, 0x44200, &on, 4);
}

static bool signalled(int fd, int timeout_ms)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    uint64_t count;
    return poll(&wait, 1, timeout_ms) == 1 && read(fd, &count, sizeof(count)) == 8;
}

#define TRIGGER_FD (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER)
#define UNMASK     (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK)
#define UNMASK_FD  (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK)
#define DISABLE    (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER)

static void test_msi(void **state)
{
    int socket = client_connect(&serving, true), event = eventfd(0, EFD_CLOEXEC);
    uint16_t control = 0;
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 1, 1, event), 0);
    assert_int_equal(client_read(socket, MODEL_REGION_CONFIG, 0xae, &control, 2), 0);
    assert_int_equal(control & 1, 1);
    run_pipe(socket);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(signalled(event, 2000));
        acknowledge(socket);
    }
    assert_true(signalled(event, 2000));
    assert_false(signalled(event, 60)); /* not acknowledged: no further message */
    assert_int_equal(client_set_irqs(socket, DISABLE, 1, 0, -1), 0);
    acknowledge(socket);
    assert_false(signalled(event, 60));
    close(event);
    close(socket);
}

static void test_intx(void **state)
{
    int socket = client_connect(&serving, true), event = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 0, 1, event), 0);
    run_pipe(socket);
    assert_true(signalled(event, 2000));
    acknowledge(socket);
    assert_false(signalled(event, 60)); /* masked by the first one */
    assert_int_equal(client_set_irqs(socket, UNMASK, 0, 1, -1), 0);
    assert_true(signalled(event, 2000));
    /* Still asserted at the unmask: signalled again at once. */
    assert_int_equal(client_set_irqs(socket, UNMASK, 0, 1, -1), 0);
    assert_true(signalled(event, 2000));
    /* The client's own event unmasks too. */
    int resample = eventfd(0, EFD_CLOEXEC);
    uint64_t one = 1;
    assert_int_equal(client_set_irqs(socket, UNMASK_FD, 0, 1, resample), 0);
    assert_false(signalled(event, 60));
    assert_int_equal(write(resample, &one, sizeof(one)), 8);
    assert_true(signalled(event, 2000));
    close(resample);
    close(event);
    client_check_alive(socket);
    client_leave(&serving, socket);
}

static void test_bad_irqs(void **state)
{
    unsigned before = open_files();
    int socket = client_connect(&serving, true), event = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 1, 2, event), -EINVAL);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 2, 1, event), -EINVAL);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 5, 0, -1), -EINVAL);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 0xffffffff, 1, event),
                     -EINVAL);
    assert_int_equal(client_set_irqs(socket, 0, 0, 1, -1), -EINVAL);
    assert_int_equal(client_set_irqs(socket, 0xffffffff, 0, 1, event), -EINVAL);
    assert_int_equal(client_set_irqs(socket, UNMASK, 1, 1, -1), -EINVAL);
    assert_int_equal(client_set_irqs(socket, UNMASK_FD, 1, 1, event), -EINVAL);
    assert_int_equal(client_set_irqs(socket, DISABLE, 0, 0, event), -EINVAL);
    /* A byte a vector is wanted, and none comes. */
    assert_int_equal(
        client_set_irqs(socket, VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER, 0,
                        1, -1),
        -EINVAL);
    /* Descriptors nobody can wait for or write to must not hold the server up. */
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 1, 1, pipes[0]), 0);
    run_pipe(socket);
    usleep(50000);
    client_check_alive(socket);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_int_not_equal(client_set_irqs(socket, UNMASK_FD, 0, 1, null), 0);
    /* A full event: writing to it would block. */
    uint64_t full = UINT64_MAX - 1;
    assert_int_equal(write(event, &full, sizeof(full)), 8);
    assert_int_equal(client_set_irqs(socket, TRIGGER_FD, 1, 1, event), 0);
    for (unsigned i = 0; i < 3; i++) {
        acknowledge(socket);
        usleep(20000);
    }
    client_check_alive(socket);
    /* The reading end of a pipe hangs up while it is watched. */
    assert_int_equal(client_set_irqs(socket, UNMASK_FD, 0, 1, pipes[0]), 0);
    close(pipes[1]);
    usleep(20000);
    client_check_alive(socket);
    close(pipes[0]);
    close(null);
    close(event);
    client_leave(&serving, socket);
    client_wait_files(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_msi),
        TEST(test_intx),
        TEST(test_bad_irqs),
    };
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
