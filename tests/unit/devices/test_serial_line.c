/* test_serial_line.c: clients that come to a serial port and go again. */
#include "fake_board.h"

#include "base/error.h"          /* struct error */
#include "devices/serial_line.h" /* under test */

#include <fcntl.h>      /* open */
#include <signal.h>     /* SIGPIPE */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* mkdtemp */
#include <string.h>     /* memset */
#include <sys/socket.h> /* clients */
#include <sys/stat.h>   /* permissions */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* read, write */

#define MUCH (1u << 20)

struct fixture {
    struct fake_board *fake;
    struct serial_line *line;
    int port;
    char folder[64], path[80];
};

static int setup_any(void **state, bool is_socket)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    signal(SIGPIPE, SIG_IGN);
    f->fake = fake_board_new();
    strcpy(f->folder, "/tmp/igdvm-test-line-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/socket", f->folder);
    f->line = serial_line_new(f->fake->board.loop, is_socket ? f->path : NULL, NULL);
    assert_non_null(f->line);
    f->port = serial_line_port(f->line);
    *state = f;
    return 0;
}

static int setup_socket(void **state)
{
    return setup_any(state, true);
}

static int setup_terminal(void **state)
{
    return setup_any(state, false);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    serial_line_free(f->line);
    assert_int_equal(access(f->path, F_OK), -1);
    rmdir(f->folder);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static int join(struct fixture *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fake_run(f->fake, 20);
    return fd;
}

/* Write all of it at one end while the loop runs; false when nothing moves any more. */
static bool send_all(struct fixture *f, int fd, const char *bytes, size_t size)
{
    unsigned stuck = 0;
    for (size_t done = 0; done < size && stuck < 100;) {
        ssize_t written = write(fd, bytes + done, size - done);
        stuck = written > 0 ? 0 : stuck + 1;
        if (written > 0)
            done += (size_t)written;
        else
            fake_run(f->fake, 1);
    }
    fake_run(f->fake, 20);
    return stuck == 0;
}

static void expect(struct fixture *f, int fd, const char *text)
{
    char found[256] = "";
    size_t used = 0;
    for (unsigned i = 0; i < 100 && used < strlen(text); i++) {
        ssize_t size = read(fd, found + used, sizeof(found) - 1 - used);
        if (size > 0)
            used += (size_t)size;
        else
            fake_run(f->fake, 5);
    }
    found[used] = '\0';
    assert_string_equal(found, text);
}

static void test_socket(void **state)
{
    struct fixture *f = *state;
    struct stat facts;
    assert_string_equal(serial_line_path(f->line), f->path);
    assert_int_equal(stat(f->path, &facts), 0);
    assert_int_equal(facts.st_mode & 0077, 0);
    /* Without a client output vanishes, however much it is. */
    char *much = test_calloc(1, MUCH);
    assert_true(send_all(f, f->port, much, MUCH));
    int client = join(f);
    assert_true(send_all(f, f->port, "from the guest", 14));
    expect(f, client, "from the guest");
    assert_true(send_all(f, client, "to the guest", 12));
    expect(f, f->port, "to the guest");
    /* The next one waits for its turn. */
    int second = join(f);
    assert_true(send_all(f, f->port, "1", 1));
    expect(f, client, "1");
    close(client);
    fake_run(f->fake, 20);
    assert_true(send_all(f, f->port, "2", 1));
    expect(f, second, "2");
    test_free(much);
    close(second);
}

/* A client that does not read holds the port up, and loses nothing. */
static void test_slow_client(void **state)
{
    struct fixture *f = *state;
    char *much = test_malloc(MUCH), *got = test_malloc(MUCH);
    size_t sent = 0, received = 0;
    for (size_t i = 0; i < MUCH; i++)
        much[i] = (char)(i * 31 >> 3);
    int client = join(f);
    while (sent < MUCH) {
        ssize_t size = write(f->port, much + sent, MUCH - sent);
        if (size > 0)
            sent += (size_t)size;
        else if (fake_run(f->fake, 5), write(f->port, much + sent, 1) == 1)
            sent++;
        else
            break;
    }
    assert_true(sent < MUCH);
    while (received < MUCH) {
        ssize_t size = read(client, got + received, MUCH - received);
        if (size > 0)
            received += (size_t)size;
        if (sent < MUCH && (size = write(f->port, much + sent, MUCH - sent)) > 0)
            sent += (size_t)size;
        fake_run(f->fake, 1);
    }
    assert_memory_equal(much, got, MUCH);
    test_free(much);
    test_free(got);
    close(client);
}

/* What a client sent before it left arrives, though the guest reads late. */
static void test_client_leaves(void **state)
{
    struct fixture *f = *state;
    int client = join(f);
    char many[3 * 4096];
    memset(many, 'x', sizeof(many));
    assert_true(send_all(f, client, many, sizeof(many)));
    close(client);
    size_t received = 0;
    for (unsigned i = 0; i < 100 && received < sizeof(many); i++) {
        char bytes[1000];
        ssize_t size = read(f->port, bytes, sizeof(bytes));
        if (size > 0)
            received += (size_t)size;
        fake_run(f->fake, 1);
    }
    assert_int_equal(received, sizeof(many));
    client = join(f);
    assert_true(send_all(f, f->port, "again", 5));
    expect(f, client, "again");
    close(client);
}

static void test_terminal(void **state)
{
    struct fixture *f = *state;
    char *much = test_calloc(1, MUCH);
    assert_memory_equal(serial_line_path(f->line), "/dev/pts/", 9);
    assert_true(send_all(f, f->port, much, MUCH));
    for (unsigned i = 0; i < 3; i++) { /* opened and closed again and again */
        int client =
            open(serial_line_path(f->line), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        assert_true(client >= 0);
        fake_run(f->fake, 20);
        assert_true(send_all(f, f->port, "login: \n", 8));
        expect(f, client, "login: \n");
        assert_true(send_all(f, client, "root\n", 5)); /* raw: neither echo nor lines */
        expect(f, f->port, "root\n");
        close(client);
        fake_run(f->fake, 20);
        assert_true(send_all(f, f->port, much, MUCH));
    }
    test_free(much);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_socket, setup_socket, teardown),
        cmocka_unit_test_setup_teardown(test_slow_client, setup_socket, teardown),
        cmocka_unit_test_setup_teardown(test_client_leaves, setup_socket, teardown),
        cmocka_unit_test_setup_teardown(test_terminal, setup_terminal, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
