/* net_main.c: igdvm-net: user networking for a guest, in a program of its own. */
#include "base/error.h"   /* struct error */
#include "base/log.h"     /* log_error */
#include "cmd/commands.h" /* exit statuses */
#include "cmd/programs.h" /* struct command */
#include "net/forward.h"  /* words of forwards */
#include "net/user_net.h" /* the network */

#include <grp.h>       /* setgroups */
#include <signal.h>    /* SIGINT, SIGPIPE */
#include <stdlib.h>    /* calloc */
#include <string.h>    /* strlen */
#include <sys/prctl.h> /* no new privileges */
#include <unistd.h>    /* write, setresuid */

#define READY  "r"
#define NOBODY 65534 /* Debian's user nobody, and its group */

/* Whoever started this waits for READY, or for one line of why not. */
static int tell(int pipe_fd, const char *text)
{
    ssize_t ignored = write(pipe_fd, text, strlen(text));
    (void)ignored;
    return close(pipe_fd);
}

/* What a guest could take over has no more rights than it needs. */
static int give_up_rights(struct error *err)
{
    if (geteuid() == 0 &&
        (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
         setresuid(NOBODY, NOBODY, NOBODY) < 0))
        return error_system(err, -errno, "giving up root's rights");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_system(err, -errno, "giving up rights");
    return 0;
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

/* serve SOCKET PIPE [FORWARD]...: numbers of open file descriptors, and forwards. */
static int serve(int argc, char **argv)
{
    struct error err = { 0 };

    if (argc < 3)
        return STATUS_USAGE;
    int socket_fd = atoi(argv[1]), pipe_fd = atoi(argv[2]);
    struct user_net *net = make(socket_fd, argv + 3, argc - 3, &err);
    if (!net || give_up_rights(&err) < 0) {
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
