/* test_control_socket.c: requests with descriptors, and clients that send what they
 * like.
 */
#include "base/control_socket.h"

#include "base/control_request.h"   /* requests */
#include "base/error.h"             /* errors */
#include "base/event_loop.h"        /* the loop */
#include "base/passed_descriptor.h" /* what clients send */

#include <dirent.h>      /* open files */
#include <fcntl.h>       /* open */
#include <setjmp.h>      /* cmocka */
#include <stdarg.h>      /* cmocka */
#include <stddef.h>      /* cmocka */
#include <stdio.h>       /* snprintf */
#include <stdlib.h>      /* mkdtemp */
#include <string.h>      /* strstr */
#include <sys/eventfd.h> /* ends of turns */
#include <sys/socket.h>  /* clients */
#include <sys/un.h>      /* addresses */
#include <unistd.h>      /* close */

#include <cmocka.h> /* must be last */

struct fixture {
    struct event_loop *loop;
    struct control_socket *control;
    char folder[32], path[64], file[64];
    int client;
    int kept; /* by a verb */
    unsigned files;
};

/* How many files this program has open. */
static unsigned count_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static int look(struct control_request *request, struct error *err)
{
    (void)request;
    (void)err;
    return 0;
}

static int take(struct control_request *request, struct error *err)
{
    struct fixture *f = request->opaque;
    const char *name;
    int fd = control_request_file(request, CONTROL_FILE_READ, &name, err);
    if (fd < 0)
        return fd;
    f->kept = fd;
    request->fd = -1;
    return 0;
}

static int fill(struct control_request *request, struct error *err)
{
    const char *name;
    int fd = control_request_file(request, CONTROL_FILE_WRITE, &name, err);
    return fd < 0 ? fd : write(fd, "x", 1) == 1 ? 0 : -1;
}

static const struct control_verb verbs[] = {
    { "look", look }, { "take", take }, { "fill", fill }, { NULL, NULL }
};

static char *answer(void *opaque, struct control_line *line)
{
    return control_request_answer(verbs, opaque, line);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct error err;
    snprintf(f->folder, sizeof(f->folder), "/tmp/igdvm-control-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/socket", f->folder);
    snprintf(f->file, sizeof(f->file), "%s/file", f->folder);
    close(open(f->file, O_WRONLY | O_CREAT, 0600));
    f->loop = event_loop_new(&err);
    f->control = control_socket_new(f->loop, f->path, answer, f, &err);
    assert_non_null(f->control);
    f->client = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
    assert_int_equal(connect(f->client, (struct sockaddr *)&address, sizeof(address)),
                     0);
    f->kept = -1;
    f->files = count_files() + 1; /* the other end of the connection */
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    close(f->client);
    control_socket_free(f->control);
    event_loop_free(f->loop);
    unlink(f->file);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static void stop(void *opaque, uint32_t events)
{
    (void)events;
    event_loop_stop(opaque, 1);
}

/* Let what was sent be read; the answers. */
static const char *answers(struct fixture *f)
{
    static char text[4096];
    for (unsigned i = 0; i < 8; i++) { /* with what was ready before it */
        int fd = eventfd(1, EFD_CLOEXEC);
        assert_int_equal(event_loop_add(f->loop, fd, EPOLLIN, stop, f->loop), 0);
        event_loop_run(f->loop);
        event_loop_remove(f->loop, fd);
        close(fd);
    }
    ssize_t got = recv(f->client, text, sizeof(text) - 1, MSG_DONTWAIT);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

/* Send bytes with descriptors, and close those. */
static void send_with(struct fixture *f, const char *text, const int *fds,
                      unsigned count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(8 * sizeof(int))];
    } control = { .header = { CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    struct iovec data = { (void *)text, strlen(text) };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    }
    assert_int_equal(sendmsg(f->client, &message, 0), strlen(text));
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
}

static void send_one(struct fixture *f, const char *text, int fd)
{
    assert_true(fd >= 0);
    send_with(f, text, &fd, 1);
}

static void check_answer(struct fixture *f, const char *expected)
{
    const char *text = answers(f);
    if (!strstr(text, expected))
        fail_msg("'%s' is not in '%s'", expected, text);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_int_equal(count_files(), f->files); /* nothing stays open */
}

#define TAKE "{\"do\":\"take\",\"file\":\"a.iso\"}\n"
#define FILL "{\"do\":\"fill\"}\n"
#define LOOK "{\"do\":\"look\"}\n"

static void test_good(void **state)
{
    struct fixture *f = *state;
    send_one(f, TAKE, open(f->file, O_RDONLY));
    assert_string_equal(answers(f), "{\"ok\":true}\n");
    assert_true(fcntl(f->kept, F_GETFD) == FD_CLOEXEC);
    assert_int_equal(close(f->kept), 0);
    send_one(f, FILL, open(f->file, O_WRONLY));
    check_answer(f, "{\"ok\":true}\n");
    /* In the middle of a line, and behind one that does not want it. */
    send_one(f, LOOK "{\"do\":", open(f->file, O_RDWR));
    assert_string_equal(answers(f), "{\"ok\":true}\n");
    send_with(f, "\"fill\"}\n", NULL, 0);
    check_answer(f, "{\"ok\":true}\n");
    /* One that nobody wants. */
    send_one(f, LOOK, open(f->file, O_RDONLY));
    check_answer(f, "{\"ok\":true}\n");
    send_with(f, TAKE, NULL, 0);
    check_answer(f, "no descriptor came with the request");
}

/* One end of a pipe whose other end is closed. */
static int pipe_end(unsigned end)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    close(pipes[!end]);
    return pipes[end];
}

static void test_wrong_kinds(void **state)
{
    struct fixture *f = *state;
    send_one(f, TAKE, pipe_end(0));
    check_answer(f, "a.iso: the descriptor that came with the request is not that of a "
                    "regular file or a block device, open for reading alone");
    send_one(f, FILL, pipe_end(1));
    check_answer(f, "is not that of a regular file, open for writing");
    send_one(f, TAKE, open(f->folder, O_RDONLY));
    check_answer(f, "is not that of");
    send_one(f, TAKE, open(f->folder, O_PATH));
    check_answer(f, "is not that of");
    send_one(f, FILL, open("/dev/null", O_WRONLY));
    check_answer(f, "is not that of");
    send_one(f, FILL, open(f->file, O_RDONLY));
    check_answer(f, "is not that of");
    send_one(f, FILL, open(f->file, O_PATH));
    check_answer(f, "is not that of");
    send_one(f, TAKE, open(f->file, O_RDWR)); /* more rights than are needed */
    check_answer(f, "is not that of");
    send_one(f, TAKE, socket(AF_INET, SOCK_STREAM, 0));
    check_answer(f, "is not that of");
    send_one(f, "{\"do\":\"take\",\"file\":\"a\\nb\"}\n", open(f->file, O_RDONLY));
    check_answer(f, "control character");
    send_one(f, "{\"do\":\"take\",\"file\":7}\n", open(f->file, O_RDONLY));
    check_answer(f, "no text");
}

static void test_too_many(void **state)
{
    struct fixture *f = *state;
    const int fds[] = { dup(0), dup(0), dup(0) };
    send_with(f, TAKE, fds, 3);
    check_answer(f, "more than one descriptor came");
    send_one(f, "{\"do\":", dup(0));
    assert_string_equal(answers(f), "");
    send_one(f, "\"take\"}", dup(0));
    assert_string_equal(answers(f), "");
    send_one(f, "\n", dup(0));
    check_answer(f, "more than one descriptor came");
    send_one(f, TAKE, open(f->file, O_RDONLY)); /* the next is judged by itself */
    assert_string_equal(answers(f), "{\"ok\":true}\n");
    close(f->kept);
}

/* Who goes, or says too much, leaves nothing open. */
static void test_unfinished(void **state)
{
    struct fixture *f = *state;
    static char text[CONTROL_LINE_MAX + 1];
    memset(text, 'x', CONTROL_LINE_MAX);
    send_one(f, "half a line", dup(0));
    assert_string_equal(answers(f), "");
    assert_int_equal(count_files(), f->files + 1);
    send_with(f, text, NULL, 0);
    answers(f);
    assert_int_equal(count_files(), f->files - 1); /* the connection is gone, too */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
    const struct CMUnitTest tests[] = { TEST(good), TEST(wrong_kinds), TEST(too_many),
                                        TEST(unfinished) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
