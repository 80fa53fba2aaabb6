/* kernel_write.c: lets a child write to the kernel, and watches over it. */
#include "host/kernel_write.h"

#include "base/error.h" /* error_system */

#include <fcntl.h>    /* open */
#include <poll.h>     /* poll */
#include <stdbool.h>  /* bool */
#include <stdlib.h>   /* _exit */
#include <string.h>   /* strlen */
#include <sys/wait.h> /* waitpid */
#include <time.h>     /* clock_gettime */
#include <unistd.h>   /* fork, execvp */

#define STEP_MS 1000 /* someone is told once a second */

static int write_now(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t size = strlen(text);
    ssize_t done = write(fd, text, size);
    int result = done == (ssize_t)size ? 0 : done < 0 ? -errno : -EIO;
    if (close(fd) < 0 && result == 0)
        result = -errno;
    return result;
}

/* The child's answer: an int through the pipe; it closes when the child is gone. */
static int await_answer(int from, const char *what,
                        const struct kernel_patience *patience, int *answer)
{
    struct pollfd wait = { .fd = from, .events = POLLIN };
    for (unsigned waited = 0;; waited++) {
        if (patience->seconds && waited >= patience->seconds)
            return -ETIMEDOUT;
        int ready = poll(&wait, 1, STEP_MS);
        if (ready > 0)
            break;
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (patience->waiting)
            patience->waiting(patience->opaque, what, waited + 1);
    }
    /* A child that died before it answered did not do its work. */
    return read(from, answer, sizeof(*answer)) == sizeof(*answer) ? 0 : -ECHILD;
}

/* Fork; in the child returns 0 with *pipe_end to answer on. */
static pid_t start_child(int *pipe_end)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t child = fork();
    int result = child < 0 ? -errno : child;
    *pipe_end = child == 0 ? ends[1] : ends[0];
    close(child == 0 ? ends[0] : ends[1]);
    if (child < 0)
        close(ends[0]);
    return result;
}

static void answer_and_exit(int to, int answer)
{
    bool told = write(to, &answer, sizeof(answer)) == sizeof(answer);
    _exit(told ? 0 : 1);
}

int kernel_write(const char *path, const char *text,
                 const struct kernel_patience *patience, struct error *err)
{
    int end = -1, answer = 0;
    pid_t child = start_child(&end);
    if (child < 0)
        return error_system(err, child, "%s: starting the writer", path);
    if (child == 0)
        answer_and_exit(end, write_now(path, text));
    int result = await_answer(end, path, patience, &answer);
    close(end);
    if (result == -ETIMEDOUT)
        return error_set(err, ERROR_SYSTEM, result,
                         "%s: the kernel has not answered a write of \"%.*s\" in %u s; "
                         "its log says more",
                         path, (int)strcspn(text, "\n"), text, patience->seconds);
    waitpid(child, NULL, 0);
    if (result == 0)
        result = answer;
    if (result < 0)
        return error_system(err, result, "%s: writing \"%.*s\"", path,
                            (int)strcspn(text, "\n"), text);
    return 0;
}

static int exec_child(const char *const argv[])
{
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return -errno;
    /* exec keeps the strings as they are, its prototype only cannot say so. */
    execvp(argv[0], (char *const *)argv);
    return -errno;
}

int kernel_run(const char *const argv[], const struct kernel_patience *patience,
               struct error *err)
{
    int end = -1, answer = 0, status = 0;
    pid_t child = start_child(&end);
    if (child < 0)
        return error_system(err, child, "%s: starting it", argv[0]);
    if (child == 0)
        answer_and_exit(end, exec_child(argv));
    /* The pipe closes when the program starts or answers when it cannot. */
    if (await_answer(end, argv[0], &(struct kernel_patience){ 0 }, &answer) == 0) {
        close(end);
        waitpid(child, NULL, 0);
        return error_system(err, answer, "%s", argv[0]);
    }
    close(end);
    struct timespec step = { .tv_nsec = 50 * 1000 * 1000 };
    for (unsigned ticks = 0; waitpid(child, &status, WNOHANG) == 0; ticks++) {
        if (patience->seconds && ticks / 20 >= patience->seconds)
            return error_set(err, ERROR_SYSTEM, -ETIMEDOUT,
                             "%s has not ended in %u s; it was left running", argv[0],
                             patience->seconds);
        if (ticks % 20 == 19 && patience->waiting)
            patience->waiting(patience->opaque, argv[0], ticks / 20 + 1);
        nanosleep(&step, NULL);
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return error_set(err, ERROR_SYSTEM, -ECHILD, "%s was ended by signal %d", argv[0],
                     WTERMSIG(status));
}
