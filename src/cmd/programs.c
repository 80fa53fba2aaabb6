/* programs.c: finds the program that carries out a command, and becomes it. */
#include "cmd/programs.h"

#include "cmd/commands.h" /* exit statuses */

#include <errno.h>  /* ENOENT */
#include <fcntl.h>  /* F_SETFD */
#include <limits.h> /* PATH_MAX */
#include <signal.h> /* the signal mask */
#include <stdio.h>  /* messages */
#include <stdlib.h> /* calloc */
#include <string.h> /* strrchr */
#include <unistd.h> /* execv */

/* Beside this program: a build folder, or an installation moved as a whole. */
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
    int size = snprintf(beside, sizeof(beside), "%s/%s", path, name);
    if (size > 0 && (size_t)size < sizeof(beside))
        execv(beside, argv);
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

pid_t program_start(const char *name, const char *const *words, const int *kept)
{
    sigset_t none;
    int count = 0;
    while (words[count])
        count++;
    pid_t child = fork();
    if (child != 0)
        return child < 0 ? -errno : child;
    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (; *kept >= 0; kept++)
        fcntl(*kept, F_SETFD, 0);
    _exit(program_become(name, count, (char **)words));
}

int program_main(const struct command *commands, int argc, char **argv)
{
    for (const struct command *command = commands; argc >= 2 && command->name;
         command++) {
        if (!strcmp(argv[1], command->name))
            return command->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "%s: a part of igdvm, which starts it; see 'igdvm --help'\n",
            argc ? argv[0] : "igdvm");
    return STATUS_USAGE;
}
