/* display_program.c: igdvm-display, started beside a machine when it is asked for. */
#include "cmd/display_program.h"

#include "base/error.h"   /* errors */
#include "base/log.h"     /* how much it says */
#include "base/sandbox.h" /* what confines it */
#include "cmd/commands.h" /* exit statuses */
#include "cmd/programs.h" /* starting it */

#include <signal.h>     /* kill */
#include <stdio.h>      /* snprintf */
#include <string.h>     /* strncmp */
#include <sys/socket.h> /* socketpair */
#include <sys/wait.h>   /* its end */
#include <unistd.h>     /* close */

#define PROGRAM     "igdvm-display"
#define UNIX_PREFIX "unix:"

/* Its words: the command, each option with a value, NULL. */
#define MOST_WORDS (1 + 2 * (6 + EVDEV_MAX_DEVICES) + 1)

#define STEP_US   5000
#define END_STEPS 600

static void add(const char **words, unsigned *count, const char *option,
                const char *value)
{
    if (!value)
        return;
    words[(*count)++] = option;
    words[(*count)++] = value;
}

static pid_t start(const struct display_program_options *options,
                   const struct sandbox *sandbox, int socket, int *lifeline)
{
    const char *words[MOST_WORDS] = { "display" };
    const int kept[] = { socket, -1 };
    char fd[12], level[12];
    unsigned count = 1;
    snprintf(fd, sizeof(fd), "%d", socket);
    snprintf(level, sizeof(level), "%d", log_get_level());
    add(words, &count, "--socket", fd);
    add(words, &count, "--log-level", level);
    add(words, &count, "--sandbox", sandbox_mode_name(sandbox->mode));
    add(words, &count, "--user", sandbox->user);
    add(words, &count, "--vnc", options->vnc);
    add(words, &count, "--vnc-password", options->vnc_password);
    for (unsigned i = 0; i < options->evdev_count; i++)
        add(words, &count, "--evdev", options->evdevs[i]);
    return program_start(PROGRAM, words, kept, lifeline);
}

int display_program_start(struct display_program *program,
                          const struct display_program_options *options,
                          const struct sandbox *sandbox, struct error *err)
{
    int sockets[2], lifeline;
    *program = (struct display_program){ .socket = -1 };
    if (!display_program_shows(options) && !options->evdev_count)
        return 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_system(err, -errno, PROGRAM);
    pid_t pid = start(options, sandbox, sockets[1], &lifeline);
    close(sockets[1]);
    if (pid < 0) {
        close(sockets[0]);
        return error_system(err, pid, PROGRAM);
    }
    *program = (struct display_program){ .pid = pid,
                                         .socket = sockets[0],
                                         .lifeline = lifeline };
    return 0;
}

int display_program_end(struct display_program *program,
                        const struct display_program_options *options)
{
    int status = 0;
    pid_t ended = 0;
    if (!program->pid)
        return STATUS_DONE;
    close(program->socket);
    close(program->lifeline);
    for (unsigned i = 0; i < END_STEPS && ended == 0; i++) {
        if (i)
            usleep(STEP_US);
        ended = waitpid(program->pid, &status, WNOHANG);
    }
    if (ended == 0 && kill(program->pid, SIGKILL) == 0)
        ended = waitpid(program->pid, &status, 0);
    if (ended == 0)
        log_warning(NULL,
                    PROGRAM " (process %d) does not end and is another user's: end it",
                    (int)program->pid);
    if (program->listens && options->vnc &&
        !strncmp(options->vnc, UNIX_PREFIX, strlen(UNIX_PREFIX)))
        unlink(options->vnc + strlen(UNIX_PREFIX));
    *program = (struct display_program){ .socket = -1 };
    return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SYSTEM;
}
