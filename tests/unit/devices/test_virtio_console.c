/* test_virtio_console.c: a virtio console between pipes. */
#include "virtio_driver.h"

#include "base/bytes.h"             /* stores */
#include "devices/device.h"         /* free */
#include "devices/virtio_console.h" /* under test */
#include "devices/virtio_pci.h"     /* feature bits */

#include <fcntl.h>     /* O_NONBLOCK */
#include <pty.h>       /* openpty */
#include <sys/ioctl.h> /* TIOCSWINSZ */
#include <time.h>      /* processor time */
#include <unistd.h>    /* pipe */

#define DEVFN  PCI_DEVFN(17, 0)
#define BUFFER 0x20000u
#define SENT   0x40000u

struct fixture {
    struct fake_board *fake;
    struct device *console;
    int in, out; /* the test's ends */
    struct ring_driver receive, transmit;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    int in[2], out[2];
    f->fake = fake_board_new();
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    f->console = virtio_console_new(&f->fake->board, DEVFN, in[0], out[1], NULL);
    assert_non_null(f->console);
    close(in[0]);
    close(out[1]);
    f->in = in[1];
    f->out = out[0];
    fcntl(f->out, F_SETFL, O_NONBLOCK);
    virtio_driver_place(f->fake, DEVFN);
    virtio_driver_begin(f->fake, &f->receive, 16, 0x1000, TRANSPORT_F_VERSION_1);
    virtio_driver_queue(f->fake, &f->transmit, 1, 16, 0x2000);
    fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
    fake_run(f->fake, 2);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->console->free(f->console);
    if (f->in >= 0)
        close(f->in);
    close(f->out);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void offer(struct fixture *f, unsigned queue, uint16_t index, uint64_t at,
                  uint32_t size)
{
    struct ring_driver *ring = queue ? &f->transmit : &f->receive;
    ring_describe(ring, index, at, size, queue ? 0 : DESC_WRITE, 0);
    ring_offer(ring, index);
    fake_write(f->fake, NOTIFY + 4 * queue, queue, 2);
    fake_run(f->fake, 5);
}

static void test_output(void **state)
{
    struct fixture *f = *state;
    char found[64];
    memcpy(fake_ram(f->fake, SENT), "hello, ", 7);
    memcpy(fake_ram(f->fake, SENT + 0x1000), "world\n", 6);
    ring_describe(&f->transmit, 0, SENT, 7, DESC_NEXT, 1);
    offer(f, 1, 1, SENT + 0x1000, 6); /* only describes the second half ... */
    ring_offer(&f->transmit, 0);      /* ... and comes before both */
    fake_write(f->fake, NOTIFY + 4, 1, 2);
    fake_run(f->fake, 10);
    assert_int_equal(ring_returned(&f->transmit), 2);
    assert_int_equal(read(f->out, found, sizeof(found)), 19);
    assert_memory_equal(found, "world\nhello, world\n", 19);
    fake_write(f->fake, DEVICE + 8, '!', 4); /* without a queue */
    fake_run(f->fake, 10);
    assert_int_equal(read(f->out, found, sizeof(found)), 1);
    assert_int_equal(found[0], '!');
}

/* A reader that is slow makes the driver wait, and loses nothing. */
static void test_slow_reader(void **state)
{
    struct fixture *f = *state;
    static uint8_t found[1 << 16];
    size_t sent = 0, got = 0;
    uint16_t i = 0;
    while (ring_returned(&f->transmit) == i && i < 16) {
        memset(fake_ram(f->fake, SENT + 0x8000u * (i % 8)), i + 1, 0x8000);
        offer(f, 1, i, SENT + 0x8000u * (i % 8), 0x8000);
        sent += 0x8000;
        i++;
    }
    assert_in_range(i, 3, 15); /* pipe and queue are full */
    for (unsigned tries = 0; tries < 2000 && got < sent; tries++) {
        ssize_t size = read(f->out, found, sizeof(found));
        for (ssize_t at = 0; at < size; at++, got++)
            assert_int_equal(found[at], got / 0x8000 + 1);
        fake_run(f->fake, 1);
    }
    assert_int_equal(got, sent);
    assert_int_equal(ring_returned(&f->transmit), i);
}

static void test_input(void **state)
{
    struct fixture *f = *state;
    uint32_t written;
    assert_int_equal(write(f->in, "abcdef", 6), 6);
    fake_run(f->fake, 5); /* nowhere to go yet */
    offer(f, 0, 0, BUFFER, 4);
    fake_run(f->fake, 5);
    assert_int_equal(ring_take_used(&f->receive, &written), 0);
    assert_int_equal(written, 4);
    assert_memory_equal(fake_ram(f->fake, BUFFER), "abcd", 4);
    offer(f, 0, 1, BUFFER, 4);
    fake_run(f->fake, 5);
    assert_int_equal(ring_take_used(&f->receive, &written), 1);
    assert_int_equal(written, 2);
    offer(f, 0, 2, BUFFER, 4);
    assert_int_equal(ring_returned(&f->receive), 0);
    assert_int_equal(write(f->in, "g", 1), 1);
    fake_run(f->fake, 5);
    assert_int_equal(ring_returned(&f->receive), 1);
    /* Its end is no busy loop, and output goes on. */
    close(f->in);
    f->in = -1;
    offer(f, 0, 3, BUFFER, 4);
    fake_run(f->fake, 5);
    assert_int_equal(ring_returned(&f->receive), 1);
    offer(f, 1, 0, SENT, 1);
    assert_int_equal(ring_returned(&f->transmit), 1);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    uint32_t written;
    offer(f, 0, 0, BUFFER, 4);
    fake_write(f->fake, COMMON + 0x14, 0, 1);
    assert_int_equal(write(f->in, "x", 1), 1);
    fake_run(f->fake, 5);
    assert_int_equal(ring_returned(&f->receive), 0);
    memset(fake_ram(f->fake, 0x1000), 0, 0x2000);
    virtio_driver_start(f->fake, &f->receive, 16, 0x1000, TRANSPORT_F_VERSION_1);
    offer(f, 0, 0, BUFFER, 4);
    fake_run(f->fake, 5);
    ring_take_used(&f->receive, &written); /* it was kept */
    assert_int_equal(written, 1);
}

/* What was written before the driver began is there, although its writer has gone. */
static void test_early_input(void **state)
{
    struct fixture *f = *state;
    uint32_t written;
    fake_write(f->fake, COMMON + 0x14, 0, 1);
    assert_int_equal(write(f->in, "abc", 3), 3);
    close(f->in);
    f->in = -1;
    fake_run(f->fake, 5);
    memset(fake_ram(f->fake, 0x1000), 0, 0x2000);
    virtio_driver_start(f->fake, &f->receive, 16, 0x1000, TRANSPORT_F_VERSION_1);
    offer(f, 0, 0, BUFFER, 4);
    fake_run(f->fake, 5);
    assert_int_equal(ring_take_used(&f->receive, &written), 0);
    assert_int_equal(written, 3);
    assert_memory_equal(fake_ram(f->fake, BUFFER), "abc", 3);
}

/* CPU time of this process, milliseconds. */
static unsigned cpu_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (unsigned)(used.tv_sec * 1000 + used.tv_nsec / 1000000);
}

/* A driver that gives no buffer does not keep the loop busy with the writer's end. */
static void test_no_buffers(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(write(f->in, "abc", 3), 3);
    close(f->in);
    f->in = -1;
    offer(f, 0, 0, BUFFER, 1);
    unsigned before = cpu_ms();
    fake_run(f->fake, 300);
    assert_in_range(cpu_ms() - before, 0, 50);
    assert_int_equal(ring_returned(&f->receive), 1);
    offer(f, 0, 1, BUFFER, 4); /* and what is left comes with the next one */
    fake_run(f->fake, 5);
    assert_int_equal(ring_returned(&f->receive), 2);
}

/* A buffer nothing can be written to breaks the driver's rules, and ends no input. */
static void test_bad_buffer(void **state)
{
    struct fixture *f = *state;
    uint32_t written;
    assert_int_equal(write(f->in, "x", 1), 1);
    ring_describe(&f->receive, 0, BUFFER, 4, 0, 0);
    ring_offer(&f->receive, 0);
    fake_write(f->fake, NOTIFY, 0, 2);
    fake_run(f->fake, 5);
    assert_int_equal(virtio_driver_status(f->fake) & 0x40, 0x40); /* NEEDS_RESET */
    fake_write(f->fake, COMMON + 0x14, 0, 1);
    memset(fake_ram(f->fake, 0x1000), 0, 0x2000);
    virtio_driver_start(f->fake, &f->receive, 16, 0x1000, TRANSPORT_F_VERSION_1);
    offer(f, 0, 0, BUFFER, 4);
    fake_run(f->fake, 5);
    ring_take_used(&f->receive, &written);
    assert_int_equal(written, 1);
}

/* Only on a terminal is there a size to tell. */
static void test_size(void **state)
{
    struct fixture *f = *state;
    struct winsize size = { .ws_row = 25, .ws_col = 81 };
    int terminal, other;
    assert_false(fake_read(f->fake, COMMON + 4, 4) & 1);
    f->console->free(f->console);
    assert_int_equal(openpty(&other, &terminal, NULL, NULL, &size), 0);
    f->console = virtio_console_new(&f->fake->board, DEVFN, terminal, terminal, NULL);
    assert_non_null(f->console);
    virtio_driver_place(f->fake, DEVFN);
    fake_write(f->fake, COMMON, 0, 4);
    assert_true(fake_read(f->fake, COMMON + 4, 4) & 1);
    assert_int_equal(fake_read(f->fake, DEVICE, 2), 81);
    assert_int_equal(fake_read(f->fake, DEVICE + 2, 2), 25);
    assert_int_equal(fake_read(f->fake, DEVICE + 4, 4), 1);
    close(terminal);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_output, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_input, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_early_input, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_buffers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_size, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
