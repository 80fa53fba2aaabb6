/* net_main.c: igdvm-net: user networking for a guest, in a program of its own. */
#include "base/error.h"         /* struct error */
#include "base/log.h"           /* log_error */
#include "cmd/commands.h"       /* exit statuses */
#include "cmd/helper_sandbox.h" /* once all is open */
#include "cmd/programs.h"       /* struct command */
#include "net/boot_files.h"     /* what TFTP serves */
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

/* What it was started with. */
struct arguments {
    int socket_fd, pipe_fd;
    struct sandbox sandbox;
    const char *tftp;      /* NULL: no such folder */
    char folder[PATH_MAX]; /* what it is resolved to */
    const char *boot_file; /* NULL: none */
    char **forwards;
    int forward_count;
};

/*
 * SOCKET PIPE MODE USER TFTP BOOTFILE [FORWARD]...: numbers of open file descriptors,
 * the mode of the sandbox, whom to become as root, the folder for TFTP, what DHCP tells
 * to boot ("" for none of these), forwards.
 */
static bool read_arguments(struct arguments *arguments, int argc, char **argv)
{
    if (argc < 7 || !sandbox_mode_parse(argv[3], &arguments->sandbox.mode))
        return false;
    arguments->socket_fd = atoi(argv[1]);
    arguments->pipe_fd = atoi(argv[2]);
    arguments->sandbox.user = argv[4][0] ? argv[4] : NULL;
    arguments->tftp = argv[5][0] ? argv[5] : NULL;
    arguments->boot_file = argv[6][0] ? argv[6] : NULL;
    arguments->forwards = argv + 7;
    arguments->forward_count = argc - 7;
    return true;
}

/*
 * What a guest could take over has no more rights than it needs: the host's name
 * servers may change, and their file with them, so its folder stays readable, and that
 * of TFTP.
 */
static int confine(struct arguments *arguments, struct error *err)
{
    struct sandbox *sandbox = &arguments->sandbox;
    char folder[PATH_MAX];
    /* Where there is none it is looked for all the same. */
    if (!realpath(NAME_SERVERS, folder))
        snprintf(folder, sizeof(folder), "%s", NAME_SERVERS);
    sandbox_add_path(sandbox, dirname(folder), SANDBOX_READ);
    if (arguments->tftp)
        sandbox_add_path(sandbox, arguments->tftp, SANDBOX_READ);
    int result = helper_sandbox_enter(sandbox, SANDBOX_NET, err);
    if (result == 0 && arguments->tftp)
        result = boot_files_check(arguments->tftp, arguments->boot_file, err);
    return result;
}

static struct user_net *make(struct arguments *arguments, struct error *err)
{
    size_t count = (size_t)arguments->forward_count;
    struct net_forward *forwards = calloc(count + 1, sizeof(*forwards));
    struct user_net *net = NULL;
    int result = forwards ? 0 : error_system(err, -ENOMEM, "forwards");

    for (size_t i = 0; result == 0 && i < count; i++)
        result = net_forward_parse(arguments->forwards[i], &forwards[i], err);
    if (result == 0 && arguments->tftp) {
        result = boot_files_find(arguments->tftp, arguments->folder, err);
        arguments->tftp = arguments->folder;
    }
    const struct user_net_options options = {
        .forwards = forwards,
        .forward_count = (unsigned)count,
        .tftp = arguments->tftp,
        .boot_file = arguments->boot_file,
    };
    if (result == 0)
        net = user_net_new(arguments->socket_fd, &options, err);
    free(forwards);
    return net;
}

static int serve(int argc, char **argv)
{
    struct error err = { 0 };
    struct arguments arguments = { 0 };

    if (!read_arguments(&arguments, argc, argv))
        return STATUS_USAGE;
    struct user_net *net = make(&arguments, &err);
    if (!net || confine(&arguments, &err) < 0) {
        tell(arguments.pipe_fd, err.text);
        return (int)err.kind;
    }
    tell(arguments.pipe_fd, READY);
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
