/* test_sandbox.c: a forbidden call ends the program, in each kind of thread. */
#include "base/sandbox.h"

#include "base/error.h"         /* errors */
#include "base/sandbox_calls.h" /* the table */

#include <fcntl.h>       /* open */
#include <pthread.h>     /* threads of each kind */
#include <setjmp.h>      /* cmocka */
#include <stdarg.h>      /* cmocka */
#include <stddef.h>      /* cmocka */
#include <stdio.h>       /* what is said */
#include <stdlib.h>      /* exit */
#include <string.h>      /* strstr */
#include <sys/mman.h>    /* what must not be executable */
#include <sys/prctl.h>   /* no new privileges */
#include <sys/socket.h>  /* a forbidden call */
#include <sys/syscall.h> /* numbers */
#include <sys/wait.h>    /* how it ended */
#include <termios.h>     /* a terminal */
#include <unistd.h>      /* fork */

#include <cmocka.h> /* must be last */

#define ENDED  3 /* status of a program that made a forbidden call */
#define PASSED 0
#define BROKEN 4

static void *make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? NULL : "made";
}

static void *make_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? NULL : "made";
}

static void *make_code(void)
{
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : "made";
}

static void *make_data(void)
{
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : "made";
}

static void *open_file(void)
{
    return open("/proc/self/stat", O_RDONLY) < 0 ? NULL : "opened";
}

static void *write_file(void)
{
    return open("/tmp/igdvm-sandbox-test", O_WRONLY | O_CREAT, 0600) < 0 ? NULL
                                                                         : "opened";
}

static void *become_shell(void)
{
    syscall(SYS_execve, "/bin/true", NULL, NULL);
    return NULL;
}

struct thread_test {
    enum sandbox_thread kind;
    void *(*call)(void);
};

static void *in_thread(void *opaque)
{
    const struct thread_test *test = opaque;
    struct error err;
    if (sandbox_enter(test->kind, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        _exit(BROKEN);
    }
    /* Here, without what sanitizers do at the end of a thread or a program. */
    syscall(SYS_exit_group, test->call() ? PASSED : BROKEN);
    return NULL;
}

/* In a child: confine it, and let a thread of that kind call and end it. */
static void child(struct sandbox *sandbox, struct thread_test *test)
{
    struct error err;
    pthread_t thread;
    if (sandbox_confine(sandbox, &err) < 0 ||
        pthread_create(&thread, NULL, in_thread, test) != 0)
        _exit(BROKEN);
    pthread_join(thread, NULL);
    _exit(BROKEN);
}

/* The child's status; what it said goes into text. */
static int run(const struct sandbox *sandbox, enum sandbox_thread kind,
               void *(*call)(void), char *text, size_t size)
{
    struct sandbox own = *sandbox;
    struct thread_test test = { kind, call };
    int pipe_fds[2], status;
    size_t used = 0;
    ssize_t got;

    assert_int_equal(pipe(pipe_fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipe_fds[1], STDERR_FILENO);
        child(&own, &test);
    }
    close(pipe_fds[1]);
    while ((got = read(pipe_fds[0], text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    close(pipe_fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_forbidden(void **state)
{
    static const struct {
        void *(*call)(void);
        const char *name;
        unsigned threads;
    } calls[] = { { make_socket, "socket (41)", CALL_ALL },
                  { make_code, "mmap (9)", CALL_ANY },
                  { open_file, "openat (257)", CALL_ALL | CALL_NET },
                  { become_shell, "execve (59)", CALL_ANY } };
    const struct sandbox sandbox = { .mode = SANDBOX_ON };
    char text[1024], expected[160];
    (void)state;
    for (unsigned kind = 0; kind < SANDBOX_THREADS; kind++) {
        for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
            if (!(calls[i].threads & 1u << kind))
                continue;
            int status = run(&sandbox, (enum sandbox_thread)kind, calls[i].call, text,
                             sizeof(text));
            assert_int_equal(status, ENDED);
            snprintf(
                expected, sizeof(expected),
                "igdvm: error: sandbox: a %s thread made the system call %s, which "
                "it may not: ended\n",
                sandbox_thread_name((enum sandbox_thread)kind), calls[i].name);
            assert_string_equal(text, expected);
        }
        assert_int_equal(
            run(&sandbox, (enum sandbox_thread)kind, make_data, text, sizeof(text)),
            PASSED);
    }
}

/* A terminal that was made raw is as it was before, whoever made the call. */
static void test_terminal(void **state)
{
    struct sandbox sandbox = { .mode = SANDBOX_ON };
    struct termios before, raw, after;
    char text[1024];
    int input = dup(STDIN_FILENO), master = posix_openpt(O_RDWR | O_NOCTTY);
    (void)state;

    assert_true(input >= 0 && master >= 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    assert_int_equal(tcgetattr(slave, &before), 0);
    raw = before;
    cfmakeraw(&raw);
    assert_int_not_equal(raw.c_lflag, before.c_lflag);
    sandbox.terminal = &before;
    dup2(slave, STDIN_FILENO);
    for (unsigned kind = 0; kind < SANDBOX_OWN_THREADS; kind++) {
        assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
        assert_int_equal(
            run(&sandbox, (enum sandbox_thread)kind, become_shell, text, sizeof(text)),
            ENDED);
        assert_int_equal(tcgetattr(slave, &after), 0);
        assert_int_equal(after.c_lflag, before.c_lflag);
    }
    dup2(input, STDIN_FILENO);
    close(input);
    close(slave);
    close(master);
}

static void test_modes(void **state)
{
    const struct sandbox log = { .mode = SANDBOX_LOG }, off = { .mode = SANDBOX_OFF };
    char text[1024];
    (void)state;
    assert_int_equal(run(&log, SANDBOX_VCPU, make_socket, text, sizeof(text)), PASSED);
    assert_int_equal(run(&off, SANDBOX_VCPU, make_socket, text, sizeof(text)), PASSED);
    assert_string_equal(text, "");
}

/* What libraries do by the way fails, and ends nothing. */
static void test_denied(void **state)
{
    const struct sandbox sandbox = { .mode = SANDBOX_ON };
    char text[1024];
    (void)state;
    assert_int_equal(run(&sandbox, SANDBOX_DISPLAY, make_socket, text, sizeof(text)),
                     BROKEN);
    assert_string_equal(text, "");
    assert_int_equal(run(&sandbox, SANDBOX_DISPLAY, open_file, text, sizeof(text)),
                     BROKEN);
    assert_string_equal(text, "");
    assert_int_equal(run(&sandbox, SANDBOX_NET, make_socket, text, sizeof(text)),
                     PASSED);
    assert_int_equal(run(&sandbox, SANDBOX_NET, make_local_socket, text, sizeof(text)),
                     BROKEN);
    assert_string_equal(text, "");
}

static void test_mode_words(void **state)
{
    (void)state;
    for (unsigned i = SANDBOX_ON; i <= SANDBOX_LOG; i++) {
        enum sandbox_mode mode;
        assert_true(sandbox_mode_parse(sandbox_mode_name((enum sandbox_mode)i), &mode));
        assert_int_equal(mode, i);
    }
    assert_false(sandbox_mode_parse("maybe", &(enum sandbox_mode){ 0 }));
}

static void test_paths(void **state)
{
    struct sandbox sandbox = { .mode = SANDBOX_ON };
    char text[1024];
    (void)state;
    sandbox_add_path(&sandbox, "/proc/self", SANDBOX_READ);
    assert_int_equal(run(&sandbox, SANDBOX_MAIN, open_file, text, sizeof(text)),
                     PASSED);
    assert_int_equal(run(&sandbox, SANDBOX_MAIN, write_file, text, sizeof(text)),
                     ENDED);
    sandbox_add_path(&sandbox, "/tmp/a-screenshot", SANDBOX_WRITE);
    assert_int_equal(run(&sandbox, SANDBOX_MAIN, write_file, text, sizeof(text)),
                     PASSED);
    assert_int_equal(unlink("/tmp/igdvm-sandbox-test"), 0);
}

static void test_user(void **state)
{
    struct sandbox sandbox = { .mode = SANDBOX_ON, .user = "no such user" };
    struct error err = { 0 };
    (void)state;
    assert_true(sandbox_confine(&sandbox, &err) < 0);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_non_null(strstr(err.text, "--user no such user"));
}

static void test_table(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        assert_non_null(system_call_name(call->number));
        assert_true(call->number < 511); /* as many as a filter is made for */
        assert_true(call->threads != 0 && call->threads <= CALL_ANY);
        assert_true(!call->denies || !call->mask);
        assert_int_equal(call->value & ~call->mask, 0);
        assert_true(strlen(call->reason) > 4);
    }
    assert_string_equal(system_call_name(SYS_ioctl), "ioctl");
    assert_null(system_call_name(100000));
    assert_true(sandbox_call_count(SANDBOX_DISK, 0) <
                sandbox_call_count(SANDBOX_VCPU, 0));
    assert_int_equal(sandbox_call_count(SANDBOX_VCPU, CALL_FOR_READING),
                     sandbox_call_count(SANDBOX_VCPU, 0) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forbidden), cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_modes),     cmocka_unit_test(test_mode_words),
        cmocka_unit_test(test_denied),    cmocka_unit_test(test_paths),
        cmocka_unit_test(test_user),      cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
