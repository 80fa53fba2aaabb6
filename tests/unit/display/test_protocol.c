/* test_protocol.c: messages between igdvm and igdvm-display, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* errors */
#include "display/protocol.h" /* under test */

#include <fcntl.h>      /* open */
#include <string.h>     /* memset */
#include <sys/socket.h> /* socketpair */
#include <unistd.h>     /* close */

#define VMM     DISPLAY_SIDE_VMM
#define DISPLAY DISPLAY_SIDE_DISPLAY

static int setup(void **state)
{
    int *sockets = test_calloc(2, sizeof(*sockets));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    *state = sockets;
    return 0;
}

static int teardown(void **state)
{
    int *sockets = *state;
    close(sockets[0]);
    close(sockets[1]);
    test_free(sockets);
    return 0;
}

static int receive(int socket, enum display_side sender)
{
    struct display_message message;
    int fd;
    int result = display_receive(socket, sender, &message, &fd, NULL);
    assert_true(result > 0 || fd == -1);
    if (fd >= 0)
        close(fd);
    return result;
}

static void test_good(void **state)
{
    const int *sockets = *state;
    static const struct {
        enum display_side sender;
        bool with_fd;
        struct display_message message;
    } rows[] = {
        { VMM, true, { .kind = DISPLAY_MEMORY, .memory.size = 4096 } },
        { VMM, false, { .kind = DISPLAY_VIEW, .view.width = 640 } },
        { VMM, false, { .kind = DISPLAY_LIGHTS, .lights.on = 7 } },
        { VMM, true, { .kind = DISPLAY_SCREENSHOT, .screenshot.id = 7 } },
        { DISPLAY, false, { .kind = DISPLAY_READY } },
        { DISPLAY, false, { .kind = DISPLAY_WATCHED, .watched.on = 1 } },
        { DISPLAY, false, { .kind = DISPLAY_DONE, .done = { 7, 28 } } },
        { DISPLAY, false, { .kind = DISPLAY_GRABBED, .grabbed.on = 0 } },
        { DISPLAY, false, { .kind = DISPLAY_KEY, .key = { 255, 1 } } },
        { DISPLAY,
          false,
          { .kind = DISPLAY_POINTER, .pointer = { 0, 32767, 31, -127, 9 } } },
        { DISPLAY,
          false,
          { .kind = DISPLAY_MOTION, .motion = { -32767, 3, 1, 0, 127 } } },
    };
    assert_int_equal(ARRAY_SIZE(rows), DISPLAY_KINDS - 1);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct display_message got = { 0 };
        int fd;
        assert_int_equal(
            display_send(sockets[0], &rows[i].message, rows[i].with_fd ? null : -1), 0);
        assert_int_equal(display_receive(sockets[1], rows[i].sender, &got, &fd, NULL),
                         1);
        assert_int_equal(got.kind, rows[i].message.kind);
        if (got.kind == DISPLAY_VIEW)
            assert_int_equal(got.view.width, 640);
        else
            assert_int_equal(load32(&got.key), load32(&rows[i].message.key));
        assert_int_equal(fd >= 0, rows[i].with_fd);
        if (fd >= 0)
            close(fd);
        /* Nobody may say what is the other's to say. */
        display_send(sockets[0], &rows[i].message, rows[i].with_fd ? null : -1);
        assert_int_equal(receive(sockets[1], rows[i].sender ^ 1), -EPROTO);
        /* And a descriptor comes with those that have one. */
        display_send(sockets[0], &rows[i].message, rows[i].with_fd ? -1 : null);
        assert_int_equal(receive(sockets[1], rows[i].sender), -EPROTO);
    }
    assert_int_equal(receive(sockets[1], VMM), 0);
    close(null);
}

static void test_out_of_range(void **state)
{
    const int *sockets = *state;
    static const struct display_message messages[] = {
        { .kind = 0 },
        { .kind = DISPLAY_KINDS },
        { .kind = UINT32_MAX },
        { .kind = DISPLAY_WATCHED, .watched.on = 2 },
        { .kind = DISPLAY_DONE, .done.error = -1 },
        { .kind = DISPLAY_DONE, .done.error = 4096 },
        { .kind = DISPLAY_KEY, .key = { 0, 1 } },
        { .kind = DISPLAY_KEY, .key = { 256, 1 } },
        { .kind = DISPLAY_KEY, .key = { 1, 2 } },
        { .kind = DISPLAY_POINTER, .pointer.x = 32768 },
        { .kind = DISPLAY_POINTER, .pointer.y = 65535 },
        { .kind = DISPLAY_POINTER, .pointer.buttons = 32 },
        { .kind = DISPLAY_POINTER, .pointer.wheel = -128 },
        { .kind = DISPLAY_MOTION, .motion.dx = -32768 },
        { .kind = DISPLAY_MOTION, .motion.dy = -32768 },
        { .kind = DISPLAY_MOTION, .motion.wheel_sideways = -128 },
        { .kind = DISPLAY_MOTION, .motion.buttons = 32 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(messages); i++) {
        /* Of the size such a message has. */
        size_t size = 0;
        while (size <= sizeof(messages[i])) {
            struct error err = { 0 };
            int result = display_message_check(&messages[i], size++, 0, DISPLAY, &err);
            assert_int_equal(result, -EPROTO);
            if (strstr(err.text, "range"))
                break;
        }
        assert_int_equal(messages[i].kind > 0 && messages[i].kind < DISPLAY_KINDS,
                         size <= sizeof(messages[i]));
    }
    const struct display_message none = { .kind = DISPLAY_MEMORY };
    const struct display_message vast = { .kind = DISPLAY_MEMORY,
                                          .memory.size = DISPLAY_MEMORY_MAX + 1 };
    display_send(sockets[0], &none, 0);
    assert_int_equal(receive(sockets[1], VMM), -EPROTO);
    display_send(sockets[0], &vast, 0);
    assert_int_equal(receive(sockets[1], VMM), -EPROTO);
}

/* Packets of every length, and more descriptors than one. */
static void test_packets(void **state)
{
    const int *sockets = *state;
    uint8_t bytes[2 * sizeof(struct display_message)] = { DISPLAY_KEY, 0, 0, 0, 0, 0,
                                                          0,           0, 1, 0, 1, 0 };
    unsigned good = 0;
    for (size_t size = 1; size <= sizeof(bytes); size++) {
        assert_int_equal(send(sockets[0], bytes, size, 0), size);
        int result = receive(sockets[1], DISPLAY);
        assert_true(result == 1 || result == -EPROTO);
        good += result == 1;
    }
    assert_int_equal(good, 1);

    int before = dup(0);
    close(before);
    int fds[3] = { 0, 1, 2 };
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(fds))];
    } control = { .header = { CMSG_LEN(sizeof(fds)), SOL_SOCKET, SCM_RIGHTS } };
    memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
    struct iovec part = { bytes, 12 };
    struct msghdr packet = { .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control) };
    assert_int_equal(sendmsg(sockets[0], &packet, 0), 12);
    assert_int_equal(receive(sockets[1], DISPLAY), -EPROTO);
    int after = dup(0);
    close(after);
    assert_int_equal(after, before); /* none is left open */
}

static void test_ends(void **state)
{
    int *sockets = *state;
    const struct display_message key = { .kind = DISPLAY_KEY, .key = { 30, 1 } };
    int result = 0;
    while (result == 0)
        result = display_send(sockets[0], &key, -1);
    assert_int_equal(result, -EAGAIN);
    while (receive(sockets[1], DISPLAY) == 1)
        continue;
    shutdown(sockets[0], SHUT_RDWR);
    assert_int_equal(receive(sockets[1], DISPLAY), -ECONNRESET);
    assert_int_equal(display_send(sockets[1], &key, -1), -EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_range, setup, teardown),
        cmocka_unit_test_setup_teardown(test_packets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
