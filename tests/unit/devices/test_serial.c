/* test_serial.c: the serial port and the debug console. */
#include "fake_board.h"

#include "devices/debug_console.h" /* under test */
#include "devices/device.h"        /* free */
#include "devices/output_queue.h"  /* its size */
#include "devices/serial.h"        /* under test */

#include <fcntl.h>  /* O_NONBLOCK */
#include <signal.h> /* SIGPIPE */
#include <stdlib.h> /* mkstemp */
#include <string.h> /* memset */
#include <unistd.h> /* pipe */

#define PORT 0x3f8
#define GSI  4

struct fixture {
    struct fake_board *fake;
    struct device *serial;
    int in[2], out[2]; /* pipes: write in[1], read out[0] */
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    signal(SIGPIPE, SIG_IGN);
    f->fake = fake_board_new();
    assert_int_equal(pipe(f->in), 0);
    assert_int_equal(pipe(f->out), 0);
    fcntl(f->out[0], F_SETFL, O_NONBLOCK);
    f->serial = serial_new(&f->fake->board, PORT, GSI, f->in[0], f->out[1], NULL);
    assert_non_null(f->serial);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->serial->free(f->serial);
    for (unsigned i = 0; i < 2; i++) {
        if (f->in[i] >= 0)
            close(f->in[i]);
        if (f->out[i] >= 0)
            close(f->out[i]);
    }
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static uint8_t in(struct fixture *f, unsigned offset)
{
    return (uint8_t)fake_in(f->fake, (uint16_t)(PORT + offset), 1);
}

static void out(struct fixture *f, unsigned offset, uint8_t value)
{
    fake_out(f->fake, (uint16_t)(PORT + offset), value, 1);
}

static void test_registers(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(in(f, 5), 0x60);
    assert_int_equal(in(f, 2), 0x01);
    assert_int_equal(in(f, 6), 0xb0);
    out(f, 7, 0x5a);
    assert_int_equal(in(f, 7), 0x5a);
    out(f, 3, 0x80);
    out(f, 0, 0x01);
    out(f, 1, 0x02);
    assert_int_equal(in(f, 0), 0x01);
    assert_int_equal(in(f, 1), 0x02);
    out(f, 3, 0x03);
    out(f, 1, 0xff);
    assert_int_equal(in(f, 1), 0x0f);
    out(f, 1, 0x00);
    out(f, 2, 0x01);
    assert_int_equal(in(f, 2), 0xc1);
    out(f, 2, 0x00);
    assert_int_equal(in(f, 2), 0x01);
}

static void test_output(void **state)
{
    struct fixture *f = *state;
    char got[64] = "";
    for (const char *c = "hello\n"; *c; c++)
        out(f, 0, (uint8_t)*c);
    fake_run(f->fake, 20);
    assert_int_equal(read(f->out[0], got, sizeof(got)), 6);
    assert_string_equal(got, "hello\n");
}

/* The transmitter-empty interrupt: an edge for each byte, gone when identified. */
static void test_transmit_interrupt(void **state)
{
    struct fixture *f = *state;
    out(f, 4, 0x08);
    out(f, 1, 0x02);
    assert_true(f->fake->levels[GSI]);
    assert_int_equal(in(f, 2), 0x02);
    assert_false(f->fake->levels[GSI]);
    assert_int_equal(in(f, 2), 0x01);
    unsigned rises = f->fake->rises[GSI];
    out(f, 0, 'x');
    out(f, 0, 'y');
    assert_int_equal(f->fake->rises[GSI], rises + 2);
    /* Enabling again raises it again; without OUT2 the line stays low. */
    (void)in(f, 2);
    out(f, 1, 0x00);
    out(f, 1, 0x02);
    assert_true(f->fake->levels[GSI]);
    out(f, 4, 0x00);
    assert_false(f->fake->levels[GSI]);
}

static bool ready(void *opaque)
{
    return in(opaque, 5) & 1;
}

static void test_input(void **state)
{
    struct fixture *f = *state;
    char text[41];
    memset(text, 'a', 40);
    text[39] = 'z';
    out(f, 2, 0xc1); /* FIFO, interrupt at 14 */
    out(f, 4, 0x08);
    out(f, 1, 0x01);
    assert_int_equal(write(f->in[1], text, 40), 40);
    unsigned got = 0;
    while (got < 40 && fake_run_until(f->fake, ready, f, 1000)) {
        assert_true(f->fake->levels[GSI]);
        assert_int_equal(in(f, 0), (uint8_t)text[got]);
        got++;
    }
    assert_int_equal(got, 40);
    assert_false(ready(f));
    assert_false(f->fake->levels[GSI]);
    /* A single character: timeout identity, then gone. */
    assert_int_equal(write(f->in[1], "q", 1), 1);
    assert_true(fake_run_until(f->fake, ready, f, 1000));
    assert_int_equal(in(f, 2), 0xcc);
    assert_int_equal(in(f, 0), 'q');
    assert_int_equal(in(f, 2), 0xc1);
    /* The end of input is not an error, nor a busy loop. */
    close(f->in[1]);
    f->in[1] = -1;
    fake_run(f->fake, 5);
    assert_int_equal(in(f, 5), 0x60);
}

/* Polling the line status waits for nobody, and sees what happens without a vCPU. */
static void test_status_without_lock(void **state)
{
    struct fixture *f = *state;
    pthread_mutex_t *lock = &f->fake->board.lock;

    pthread_mutex_lock(lock);
    assert_int_equal(in(f, 5), 0x60);
    pthread_mutex_unlock(lock);
    assert_int_equal(write(f->in[1], "a", 1), 1);
    fake_run(f->fake, 20);
    pthread_mutex_lock(lock);
    assert_int_equal(in(f, 5), 0x61);
    pthread_mutex_unlock(lock);
    assert_int_equal(in(f, 0), 'a');
    out(f, 4, 0x10); /* loop back: two characters into a buffer of one */
    out(f, 0, 'b');
    out(f, 0, 'c');
    assert_int_equal(in(f, 5), 0x63);
    assert_int_equal(in(f, 5), 0x61);
    fake_reset(f->fake, f->serial);
    pthread_mutex_lock(lock);
    assert_int_equal(in(f, 5), 0x60);
    pthread_mutex_unlock(lock);
}

static void test_loopback(void **state)
{
    struct fixture *f = *state;
    out(f, 2, 0x01);
    static const struct {
        uint8_t mcr, msr;
    } rows[] = { { 0x10, 0x00 }, { 0x11, 0x20 }, { 0x12, 0x10 },
                 { 0x14, 0x40 }, { 0x18, 0x80 }, { 0x1f, 0xf0 } };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        out(f, 4, rows[i].mcr);
        assert_int_equal(in(f, 6) & 0xf0, rows[i].msr);
        assert_int_equal(in(f, 6) & 0x0f, 0); /* reading clears the deltas */
    }
    out(f, 4, 0x10);
    for (unsigned i = 0; i < 17; i++)
        out(f, 0, (uint8_t)i);
    assert_int_equal(in(f, 5) & 0x03, 0x03); /* the 17th overran */
    assert_int_equal(in(f, 5) & 0x03, 0x01);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(in(f, 0), i);
    assert_int_equal(in(f, 5), 0x60);
    char got[4];
    fake_run(f->fake, 10);
    assert_int_equal(read(f->out[0], got, sizeof(got)), -1); /* nothing leaked out */
}

/* A reader that does not read: the transmitter gets busy, and nothing is lost. */
static void test_slow_reader(void **state)
{
    struct fixture *f = *state;
    unsigned sent = 0, most = OUTPUT_QUEUE_SIZE + (1u << 20);
    unsigned idle = 0;
    while (sent < most && idle < 100) {
        if (in(f, 5) & 0x20) {
            for (unsigned i = 0; i < 16; i++, sent++)
                out(f, 0, (uint8_t)(sent % 251));
            idle = 0;
        } else {
            fake_run(f->fake, 1);
            idle++;
        }
    }
    assert_int_equal(in(f, 5) & 0x60, 0);
    assert_true(sent < most);
    unsigned got = 0, tries = 0;
    uint8_t bytes[4096];
    while (got < sent && tries < 2000) {
        ssize_t size = read(f->out[0], bytes, sizeof(bytes));
        if (size <= 0) {
            fake_run(f->fake, 1);
            tries++;
            continue;
        }
        for (ssize_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], (got + (unsigned)i) % 251);
        got += (unsigned)size;
    }
    assert_int_equal(got, sent);
    fake_run(f->fake, 5);
    assert_int_equal(in(f, 5) & 0x60, 0x60);
}

static void test_reader_gone(void **state)
{
    struct fixture *f = *state;
    close(f->out[0]);
    f->out[0] = -1;
    for (unsigned i = 0; i < 200000; i++)
        out(f, 0, 'x');
    fake_run(f->fake, 20);
    for (unsigned i = 0; i < 200000; i++)
        out(f, 0, 'x');
    assert_int_equal(in(f, 5), 0x60);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    out(f, 4, 0x18);
    out(f, 1, 0x0f);
    out(f, 0, 'x');
    assert_true(f->fake->levels[GSI]);
    fake_reset(f->fake, f->serial);
    assert_false(f->fake->levels[GSI]);
    assert_int_equal(in(f, 5), 0x60);
    assert_int_equal(in(f, 1), 0);
    assert_int_equal(in(f, 4), 0);
}

static void test_debug_console(void **state)
{
    struct fixture *f = *state;
    struct device *console = debug_console_new(&f->fake->board, f->out[1], NULL);
    char got[64] = "";
    assert_int_equal(fake_in(f->fake, 0x402, 1), 0xe9);
    for (const char *c = "one\ntwo"; *c; c++)
        fake_out(f->fake, 0x402, (uint8_t)*c, 1);
    for (unsigned i = 0; i < 100 && read(f->out[0], got, sizeof(got)) < 0; i++)
        fake_run(f->fake, 1);
    assert_string_equal(got, "one\n"); /* the line first, alone */
    console->free(console);            /* the rest on the way out */
    memset(got, 0, sizeof(got));
    assert_int_equal(read(f->out[0], got, sizeof(got)), 3);
    assert_string_equal(got, "two");
}

/* epoll takes no regular files; output and input must work on them all the same. */
static void test_regular_files(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/igdvm-test-serial-XXXXXX", got[8] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, "abc", 3), 3);
    lseek(fd, 0, SEEK_SET);
    struct device *serial = serial_new(&f->fake->board, 0x2f8, 3, fd, -1, NULL);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(fake_in(f->fake, 0x2f8, 1), 'a' + i);
    assert_int_equal(fake_in(f->fake, 0x2f8 + 5, 1), 0x60);
    serial->free(serial);

    serial = serial_new(&f->fake->board, 0x2f8, 3, -1, fd, NULL);
    fake_out(f->fake, 0x2f8, 'd', 1);
    fake_run(f->fake, 10);
    assert_int_equal(pread(fd, got, sizeof(got), 0), 4);
    assert_string_equal(got, "abcd");
    serial->free(serial);
    close(fd);
}

/* COM1 and COM3 are on one interrupt: it falls when neither wants it. */
static void test_shared_interrupt(void **state)
{
    struct fixture *f = *state;
    struct device *other = serial_new(&f->fake->board, 0x3e8, GSI, -1, -1, NULL);
    assert_non_null(other);
    serial_share_interrupt(f->serial, other);
    for (unsigned i = 0; i < 2; i++) { /* "transmitter empty" of both */
        uint16_t port = i ? 0x3e8 : PORT;
        fake_out(f->fake, (uint16_t)(port + 4), 0x08, 1);
        fake_out(f->fake, (uint16_t)(port + 1), 0x02, 1);
        assert_true(f->fake->levels[GSI]);
    }
    assert_int_equal(fake_in(f->fake, PORT + 2, 1) & 0xf, 2);
    assert_true(f->fake->levels[GSI]);
    assert_int_equal(fake_in(f->fake, 0x3e8 + 2, 1) & 0xf, 2);
    assert_false(f->fake->levels[GSI]);
    serial_share_interrupt(f->serial, f->serial);
    other->free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_registers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_output, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transmit_interrupt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_input, setup, teardown),
        cmocka_unit_test_setup_teardown(test_status_without_lock, setup, teardown),
        cmocka_unit_test_setup_teardown(test_loopback, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_debug_console, setup, teardown),
        cmocka_unit_test_setup_teardown(test_regular_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shared_interrupt, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
