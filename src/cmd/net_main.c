/* net_main.c: igdvm-net: user networking for a guest, in a program of its own. */
#include "base/error.h"         /* struct error */
#include "base/log.h"           /* log_error */
#include "cmd/commands.h"       /* exit statuses */
#include "cmd/helper_sandbox.h" /* once all is open */
#include "cmd/programs.h"       /* struct command */
#include "net/forward.h"        /* words of forwards */
#include "net/user_net.h"       /* the network */

#include <libgen.h> /* dirname */
#include <limits.h> /* PATH_MAX */
#include <signal.h> /* SIGINT, SIGPIPE */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* calloc, realpath */
#include <string.h> /* strlen */
#include <unistd.h> /* write */

#define READY        "r"
#define NAME_SERVERS "/etc/resolv.conf"

/* Whoever started this waits for READY, or for one line of why not. */
static int tell(int pipe_fd, const char *text)
{
    ssize_t ignored = write(pipe_fd, text, strlen(text));
    (void)ignored;
    return close(pipe_fd);
}

/*
 * What a guest could take over has no more rights than it needs: the host's name
 * servers may change, and their file with them, so its folder stays readable.
 */
static int confine(struct sandbox *sandbox, struct error *err)
{
    char folder[PATH_MAX];
    /* Where there is none it is looked for all the same. */
    if (!realpath(NAME_SERVERS, folder))
        snprintf(folder, sizeof(folder), "%s", NAME_SERVERS);
    sandbox_add_path(sandbox, dirname(folder), SANDBOX_READ);
    return helper_sandbox_enter(sandbox, SANDBOX_NET, err);
}

static struct user_net *make(int socket_fd, char **words, int count, struct error *err)
{
    struct net_forward *forwards = calloc((size_t)count + 1, sizeof(*forwards));
    struct user_net *net = NULL;
    int result = forwards ? 0 : error_system(err, -ENOMEM, "forwards");

    for (int i = 0; result == 0 && i < count; i++)
        result = net_forward_parse(words[i], &forwards[i], err);
    if (result == 0)
        net = user_net_new(socket_fd, forwards, (unsigned)count, err);
    free(forwards);
    return net;
}

/*
 * serve SOCKET PIPE MODE USER [FORWARD]...: numbers of open file descriptors, the mode
 * of the sandbox, whom to become as root ("": nobody in particular), forwards.
 */
static int serve(int argc, char **argv)
{
    struct error err = { 0 };
    struct sandbox sandbox = { 0 };

    if (argc < 5 || !sandbox_mode_parse(argv[3], &sandbox.mode))
        return STATUS_USAGE;
    int socket_fd = atoi(argv[1]), pipe_fd = atoi(argv[2]);
    sandbox.user = argv[4][0] ? argv[4] : NULL;
    struct user_net *net = make(socket_fd, argv + 5, argc - 5, &err);
    if (!net || confine(&sandbox, &err) < 0) {
        tell(pipe_fd, err.text);
        return (int)err.kind;
    }
    tell(pipe_fd, READY);
    int result = user_net_run(net);
    user_net_free(net);
    if (result < 0)
        log_error("user network", "ended: %s", strerror(-result));
    return result < 0 ? STATUS_SYSTEM : STATUS_DONE;
}

static const struct command commands[] = { { "serve", serve }, { NULL, NULL } };

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* of the terminal: the monitor ends, and this with it */
    return program_main(commands, argc, argv);
}
