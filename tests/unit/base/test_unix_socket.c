/* test_unix_socket.c: UNIX sockets at paths: who listens, who connects. */
#include "base/unix_socket.h" /* under test */

#include "base/error.h" /* struct error */

#include <fcntl.h>  /* open */
#include <stdarg.h> /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>     /* the tests' own */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* mkdtemp */
#include <string.h>     /* memset */
#include <sys/socket.h> /* accept */
#include <unistd.h>     /* close */

#define QUEUE_MOST 64 /* more than a server of this kind keeps waiting */

struct fixture {
    char folder[64], path[96];
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/test-unix-socket-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/socket", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    int result = rmdir(f->folder);
    test_free(f);
    return result;
}

static void test_connect(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char byte = 0;
    assert_int_equal(unix_socket_connect(f->path, &err), -ENOENT);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    int listener = unix_socket_listen(f->path, 0600, &err);
    assert_true(listener >= 0);
    int ours = unix_socket_connect(f->path, &err);
    assert_true(ours >= 0);
    int theirs = accept(listener, NULL, NULL);
    assert_true(theirs >= 0);
    assert_int_equal(recv(ours, &byte, 1, 0), -1); /* it does not wait */
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(send(theirs, "a", 1, 0), 1);
    assert_int_equal(recv(ours, &byte, 1, 0), 1);
    close(theirs);
    close(ours);
    close(listener);
    assert_int_equal(unix_socket_connect(f->path, &err), -ECONNREFUSED);
}

/* A server that takes nobody is not waited for. */
static void test_full_queue(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    int waiting[QUEUE_MOST], listener = unix_socket_listen(f->path, 0, &err);
    unsigned count = 0;
    while (count < QUEUE_MOST &&
           (waiting[count] = unix_socket_connect(f->path, &err)) >= 0)
        count++;
    assert_in_range(count, 1, QUEUE_MOST - 1);
    assert_int_equal(err.code, -EAGAIN);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    /* Such a path is in use all the same. */
    assert_int_equal(unix_socket_listen(f->path, 0, &err), -EADDRINUSE);
    while (count)
        close(waiting[--count]);
    close(listener);
}

static void test_listen(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char long_path[200];
    memset(long_path, 'a', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(unix_socket_listen(long_path, 0, &err), -ENAMETOOLONG);
    assert_int_equal(unix_socket_connect(long_path, &err), -ENAMETOOLONG);
    /* One that is left is replaced; what is no socket stays. */
    for (unsigned i = 0; i < 2; i++) {
        int listener = unix_socket_listen(f->path, 0, &err);
        assert_true(listener >= 0);
        close(listener);
    }
    unlink(f->path);
    close(open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(unix_socket_listen(f->path, 0, &err), -EEXIST);
    assert_int_equal(access(f->path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_connect, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listen, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
