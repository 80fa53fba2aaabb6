/* programs.c: finds the program that carries out a command, and becomes it. */
#include "cmd/programs.h"

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "base/lifeline.h" /* stopped programs go on */
#include "cmd/commands.h"  /* exit statuses */

#include <errno.h>   /* ENOENT */
#include <fcntl.h>   /* F_SETFD */
#include <limits.h>  /* PATH_MAX */
#include <poll.h>    /* has a reader left? */
#include <signal.h>  /* the signal mask */
#include <stdbool.h> /* bool */
#include <stdio.h>   /* messages */
#include <stdlib.h>  /* calloc */
#include <string.h>  /* strrchr */
#include <unistd.h>  /* execv */

/* From this program's folder: a build folder, or an installation's bin. */
static const char *const places[] = { "", "../libexec/igdvm/" };

/* Beside this program: in a build folder, or an installation moved as a whole. */
static void try_beside(const char *name, char **argv)
{
    char path[PATH_MAX], beside[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0)
        return;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return;
    *slash = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        int size = snprintf(beside, sizeof(beside), "%s/%s%s", path, places[i], name);
        if (size > 0 && (size_t)size < sizeof(beside))
            execv(beside, argv);
    }
}

int program_become(const char *name, int argc, char **argv)
{
    char **all = calloc((size_t)argc + 2, sizeof(*all));
    if (!all) {
        fprintf(stderr, "igdvm: out of memory\n");
        return STATUS_SYSTEM;
    }
    all[0] = (char *)name;
    memcpy(all + 1, argv, (size_t)argc * sizeof(*all));
    char installed[PATH_MAX];
    snprintf(installed, sizeof(installed), "%s/%s", IGDVM_LIBEXEC, name);
    try_beside(name, all);
    execv(installed, all);
    fprintf(stderr,
            "igdvm: %s: %s; it carries out 'igdvm %s' and was looked for beside igdvm "
            "and in %s; install igdvm again\n",
            name, strerror(errno), argv[0], IGDVM_LIBEXEC);
    free(all);
    return STATUS_SYSTEM;
}

static void become_child(const char *name, const char *const *words, const int *kept,
                         int pipe_fd)
{
    sigset_t none;
    int count = 0;
    while (words[count])
        count++;
    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    lifeline_follow(pipe_fd, SIGCONT);
    fcntl(pipe_fd, F_SETFD, 0);
    for (; *kept >= 0; kept++)
        fcntl(*kept, F_SETFD, 0);
    _exit(program_become(name, count, (char **)words));
}

pid_t program_start(const char *name, const char *const *words, const int *kept,
                    int *lifeline)
{
    int pipe_fds[2];
    *lifeline = -1;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -errno;
    pid_t child = fork();
    if (child == 0)
        become_child(name, words, kept, pipe_fds[0]);
    int code = -errno;
    close(pipe_fds[0]);
    if (child < 0) {
        close(pipe_fds[1]);
        return code;
    }
    *lifeline = pipe_fds[1];
    return child;
}

/* Whoever reads no further has what was wanted. */
static bool reader_has_left(void)
{
    struct pollfd output = { .fd = STDOUT_FILENO };
    return poll(&output, 1, 0) > 0 && output.revents & (POLLERR | POLLHUP);
}

int program_end(int status)
{
    bool failed = ferror(stdout); /* of a write before this, whose reason is gone */
    const char *why = "it cannot be written";
    if (fflush(stdout) != 0) {
        failed = true;
        why = strerror(errno);
    }
    if (!failed || reader_has_left())
        return status;
    fprintf(stderr, "igdvm: standard output: %s; what was printed is not complete\n",
            why);
    return STATUS_SYSTEM;
}

int program_main(const struct command *commands, int argc, char **argv)
{
    for (const struct command *command = commands; argc >= 2 && command->name;
         command++) {
        if (!strcmp(argv[1], command->name))
            return program_end(command->run(argc - 1, argv + 1));
    }
    fprintf(stderr, "%s: a part of igdvm, which starts it; see 'igdvm --help'\n",
            argc ? argv[0] : "igdvm");
    return STATUS_USAGE;
}
