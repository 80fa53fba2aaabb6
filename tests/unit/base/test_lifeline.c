/* test_lifeline.c: a process goes with the one that started it. */
#include "base/lifeline.h" /* under test */

#include <fcntl.h>  /* O_CLOEXEC */
#include <poll.h>   /* how long it may take */
#include <stdarg.h> /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>   /* the tests' own */
#include <signal.h>   /* SIGSTOP */
#include <stdbool.h>  /* bool */
#include <sys/wait.h> /* waitpid */
#include <unistd.h>   /* fork, pipe2 */

#define NOBODY   65534
#define ENDED_MS 10000
#define STATUS   7

/*
 * A process, of another user when this is root's, follows the end `ours` of a pipe and
 * is stopped; what is said on `said` afterwards is the end of it.
 */
static pid_t start_stopped(int ends[2], int ours, int signal, int said)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        lifeline_follow(ends[ours], signal);
        close(ends[!ours]);
        if (getuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
            _exit(1);
        raise(SIGSTOP);
        close(said);
        _exit(STATUS);
    }
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    return child;
}

static bool readable(int fd, int milliseconds)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    return poll(&poll_fd, 1, milliseconds) == 1;
}

static void check_end(int ours)
{
    int ends[2], said[2], status;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    pid_t child = start_stopped(ends, ours, SIGCONT, said[1]);
    close(ends[ours]);
    close(said[1]);
    assert_false(readable(said[0], 50));
    close(ends[!ours]);
    bool ended = readable(said[0], ENDED_MS);
    if (!ended)
        kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), STATUS);
    close(said[0]);
}

static void test_reader(void **state)
{
    (void)state;
    check_end(0);
}

static void test_writer(void **state)
{
    (void)state;
    check_end(1);
}

/* Any signal can be the one. */
static void test_end(void **state)
{
    int ends[2], said[2], status;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    pid_t child = start_stopped(ends, 0, SIGTERM, said[1]);
    close(ends[0]);
    close(ends[1]);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    close(said[0]);
    close(said[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
