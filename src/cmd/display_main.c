/* display_main.c: igdvm-display: shows the picture of a guest of `igdvm run`. */
#include "base/error.h"             /* errors */
#include "base/event_loop.h"        /* the loop */
#include "base/log.h"               /* what it says */
#include "cmd/commands.h"           /* exit statuses */
#include "cmd/helper_sandbox.h"     /* once all is open */
#include "cmd/programs.h"           /* struct command */
#include "display/display_server.h" /* all it does */
#include "display/vnc.h"            /* how long a password may be */

#include <fcntl.h>    /* open */
#include <getopt.h>   /* getopt_long */
#include <signal.h>   /* SIGPIPE */
#include <stdio.h>    /* usage */
#include <stdlib.h>   /* atoi */
#include <string.h>   /* strcspn */
#include <sys/stat.h> /* whose the password is */
#include <unistd.h>   /* read */

#define UNIX_PREFIX "unix:"

/* How much viewers can make it say. */
#define VIEWER_LINES          100
#define VIEWER_LINES_A_MINUTE 20

struct display_options {
    struct display_server_options server;
    struct sandbox sandbox;
    const char *password_file;
    char password[VNC_PASSWORD_MAX + 1];
};

static int fail(const struct error *err)
{
    log_error(NULL, "%s", err->text);
    return err->kind ? (int)err->kind : STATUS_SYSTEM;
}

/* The first line of a file that nobody else can read. */
static int read_password(struct display_options *options, struct error *err)
{
    const char *path = options->password_file;
    char text[256];
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, ERROR_INPUT, -errno, "--vnc-password %s: %s", path,
                         strerror(errno));
    ssize_t got =
        fstat(fd, &facts) == 0 ? read(fd, text, sizeof(text) - 1) : (ssize_t)-1;
    int code = errno;
    close(fd);
    if (got < 0)
        return error_set(err, ERROR_INPUT, -code, "--vnc-password %s: %s", path,
                         strerror(code));
    if (!S_ISREG(facts.st_mode) || facts.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(err, ERROR_INPUT, -EPERM,
                         "--vnc-password %s: expected a file that only its owner can "
                         "read (chmod 600)",
                         path);
    text[got] = '\0';
    size_t length = strcspn(text, "\r\n");
    if (!length || length > VNC_PASSWORD_MAX || memchr(text, 0, length))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--vnc-password %s: a password of %zu characters, expected 1 "
                         "to %d (VNC looks at no more)",
                         path, length, VNC_PASSWORD_MAX);
    memcpy(options->password, text, length);
    options->server.password = options->password;
    return 0;
}

static int take_evdev(struct display_server_options *server, char *text,
                      struct error *err)
{
    if (server->evdev_count == EVDEV_MAX_DEVICES)
        return error_set(err, ERROR_INPUT, -ENOSPC, "--evdev: at most %d devices",
                         EVDEV_MAX_DEVICES);
    if (evdev_request_parse(text, &server->evdevs[server->evdev_count++]) < 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--evdev: expected %s",
                         EVDEV_REQUEST_FORM);
    return 0;
}

/* igdvm gives these; they are not for people. */
static int parse(struct display_options *options, int argc, char **argv,
                 struct error *err)
{
    enum { SOCKET = 1, VNC, PASSWORD, EVDEV, TITLE, LEVEL, SANDBOX, USER };
    static const struct option list[] = {
        { "socket", required_argument, NULL, SOCKET },
        { "vnc", required_argument, NULL, VNC },
        { "vnc-password", required_argument, NULL, PASSWORD },
        { "evdev", required_argument, NULL, EVDEV },
        { "title", required_argument, NULL, TITLE },
        { "log-level", required_argument, NULL, LEVEL },
        { "sandbox", required_argument, NULL, SANDBOX },
        { "user", required_argument, NULL, USER },
        { NULL, 0, NULL, 0 },
    };
    *options = (struct display_options){ .server = { .socket = -1, .title = "igdvm" } };
    int result = 0;
    for (int code;
         result == 0 && (code = getopt_long(argc, argv, "", list, NULL)) > 0;) {
        switch (code) {
        case SOCKET:
            options->server.socket = atoi(optarg);
            break;
        case VNC:
            options->server.vnc = optarg;
            break;
        case PASSWORD:
            options->password_file = optarg;
            break;
        case EVDEV:
            result = take_evdev(&options->server, optarg, err);
            break;
        case TITLE:
            options->server.title = optarg;
            break;
        case LEVEL:
            log_set_level((enum log_level)(atoi(optarg) & 3));
            break;
        case SANDBOX:
            if (!sandbox_mode_parse(optarg, &options->sandbox.mode))
                result = -EINVAL;
            break;
        case USER:
            options->sandbox.user = optarg;
            break;
        default:
            result = -EINVAL;
        }
    }
    if (result == 0 && (options->server.socket < 0 || optind != argc))
        result = -EINVAL;
    return result;
}

/* All is open: of the file system it needs no more than its socket, to remove it. */
static int confine(struct display_options *options, struct error *err)
{
    const char *vnc = options->server.vnc;
    size_t prefix = strlen(UNIX_PREFIX);
    if (vnc && !strncmp(vnc, UNIX_PREFIX, prefix))
        sandbox_add_path(&options->sandbox, vnc + prefix, SANDBOX_REMOVE);
    return helper_sandbox_enter(&options->sandbox, SANDBOX_DISPLAY, err);
}

static int run(int argc, char **argv)
{
    struct display_options options;
    struct error err = { 0 };

    if (parse(&options, argc, argv, &err) < 0) {
        fprintf(stderr, "igdvm-display: %s\n",
                err.code ? err.text
                         : "a part of igdvm, which starts it; see 'igdvm run --help'");
        return STATUS_USAGE;
    }
    fcntl(options.server.socket, F_SETFD, FD_CLOEXEC);
    if (options.password_file && read_password(&options, &err) < 0)
        return fail(&err);
    struct event_loop *loop = event_loop_new(&err);
    struct display_server *server =
        loop ? display_server_new(loop, &options.server, &err) : NULL;
    if (!server || confine(&options, &err) < 0) {
        display_server_free(server);
        event_loop_free(loop);
        return fail(&err);
    }
    display_server_ready(server);
    log_set_limit(VIEWER_LINES, VIEWER_LINES_A_MINUTE);
    int result = event_loop_run(loop);
    log_set_limit(0, 0);
    struct display_server_counters counters = display_server_counters(server);
    log_debug("display", "%llu messages, %llu looks, %llu bytes converted",
              (unsigned long long)counters.messages, (unsigned long long)counters.looks,
              (unsigned long long)counters.converted_bytes);
    display_server_free(server);
    event_loop_free(loop);
    return result < 0 ? STATUS_SYSTEM : STATUS_DONE;
}

int main(int argc, char **argv)
{
    static const struct command commands[] = { { "display", run }, { NULL, NULL } };

    signal(SIGPIPE, SIG_IGN); /* a viewer that left is an error of its write */
    /* It ends when igdvm does, which may want a last picture of it first. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    return program_main(commands, argc, argv);
}
