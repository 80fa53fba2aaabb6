/* storage_daemon.c: QEMU's storage daemon, which knows disk images of other formats. */
#include "devices/storage_daemon.h"

#include "base/bytes.h"         /* ARRAY_SIZE */
#include "base/error.h"         /* errors */
#include "base/lifeline.h"      /* it ends with this process */
#include "base/unix_socket.h"   /* its socket */
#include "devices/vhost_user.h" /* connecting */

#include <fcntl.h>    /* O_CLOEXEC */
#include <signal.h>   /* SIGTERM */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strrchr */
#include <sys/wait.h> /* waitpid */
#include <time.h>     /* nanosleep */
#include <unistd.h>   /* fork, exec */

#define PROGRAM         "qemu-storage-daemon"
#define PACKAGE         "qemu-system-common" /* of Debian 12 */
#define LISTEN_FD       3                    /* of the daemon */
#define NOT_FOUND       127                  /* its exit status when it cannot be run */
#define PATH_SPACE      4096
#define COMPLAINT_SPACE 5000
#define END_SECONDS     30 /* it may have much to write */
#define TICKS_A_SECOND  200

/* A path as a part of an option's value: commas twice. */
static int escape(char *to, size_t size, const char *path)
{
    size_t used = 0;
    for (; *path; path++) {
        if (used + 3 > size)
            return -ENAMETOOLONG;
        to[used++] = *path;
        if (*path == ',')
            to[used++] = ',';
    }
    to[used] = '\0';
    return 0;
}

static int write_arguments(const struct storage_daemon_options *options, char *image,
                           char *export, size_t size, struct error *err)
{
    char path[PATH_SPACE];
    if (escape(path, sizeof(path), options->path) < 0)
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG, "disk %s: too long a name",
                         options->path);
    snprintf(image, size,
             "driver=%s,node-name=disk,read-only=%s,discard=%s,cache.direct=%s,"
             "file.driver=file,file.filename=%s",
             options->format, options->read_only ? "on" : "off",
             options->no_discard ? "ignore" : "unmap", options->direct ? "on" : "off",
             path);
    snprintf(export, size,
             "type=vhost-user-blk,id=export,node-name=disk,writable=%s,addr.type=fd,"
             "addr.str=%d",
             options->read_only ? "off" : "on", LISTEN_FD);
    return 0;
}

/* By lifelines: what the end of each does. Asked to end, the daemon writes everything.
 */
enum { LIFELINE_CONTINUE, LIFELINE_END };
static const int last_signals[] = {
    [LIFELINE_CONTINUE] = SIGCONT, [LIFELINE_END] = SIGTERM
};

/* In the child: only calls that are safe after fork. */
static void become_daemon(int listener, int complaints, const int *lifelines,
                          pid_t parent, char **words)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(last_signals); i++) {
        lifeline_follow(lifelines[i], last_signals[i]);
        fcntl(lifelines[i], F_DUPFD, LISTEN_FD + 1); /* outlives exec */
    }
    int null = open("/dev/null", O_RDWR);
    if (getppid() == parent && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(null, STDOUT_FILENO) >= 0 && dup2(complaints, STDERR_FILENO) >= 0) {
        /* A duplicate outlives exec; the same number would not. */
        if (listener == LISTEN_FD)
            fcntl(listener, F_SETFD, 0);
        else if (dup2(listener, LISTEN_FD) < 0)
            _exit(NOT_FOUND);
        execvp(words[0], words);
    }
    _exit(NOT_FOUND);
}

static void close_all(int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* Pipes to the daemon: their ends there, ours into *daemon. 0 or a negative errno. */
static int make_lifelines(struct storage_daemon *daemon, int *theirs)
{
    for (unsigned i = 0; i < ARRAY_SIZE(last_signals); i++) {
        int pipe_fds[2];
        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
            return -errno;
        theirs[i] = pipe_fds[0];
        daemon->lifelines[i] = pipe_fds[1];
    }
    return 0;
}

static int run(struct storage_daemon *daemon, int listener,
               const struct storage_daemon_options *options, struct error *err)
{
    char image[2 * PATH_SPACE], export[2 * PATH_SPACE];
    char *words[] = { PROGRAM, "--blockdev", image, "--export", export, NULL };
    int pipe_fds[2] = { -1, -1 }, lifelines[] = { -1, -1 };
    int result = write_arguments(options, image, export, sizeof(image), err);
    if (result < 0)
        return result;
    result = make_lifelines(daemon, lifelines);
    /* Not blocking: nobody reads what it says while it works. */
    if (result == 0 && pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        result = -errno;
    daemon->complaints = pipe_fds[0];
    pid_t parent = getpid();
    pid_t child = result == 0 ? fork() : -1;
    if (child == 0)
        become_daemon(listener, pipe_fds[1], lifelines, parent, words);
    if (result == 0 && child < 0)
        result = -errno;
    close_all(lifelines, ARRAY_SIZE(lifelines));
    close_all(&pipe_fds[1], 1);
    daemon->pid = child > 0 ? child : 0;
    return result < 0 ? error_system(err, result, "disk %s: " PROGRAM, options->path)
                      : 0;
}

int storage_daemon_start(struct storage_daemon *daemon,
                         const struct storage_daemon_options *options,
                         struct error *err)
{
    char folder[] = "/tmp/igdvm-disk-XXXXXX", socket[64], who[PATH_SPACE];

    *daemon = (struct storage_daemon)STORAGE_DAEMON_NONE;
    snprintf(who, sizeof(who), "disk %s: " PROGRAM, options->path);
    if (!mkdtemp(folder))
        return error_system(err, -errno, "disk %s: a folder in /tmp", options->path);
    snprintf(socket, sizeof(socket), "%s/socket", folder);
    int listener = unix_socket_listen(socket, 0600, err);
    int result = listener;
    if (result >= 0)
        result = run(daemon, listener, options, err);
    if (result >= 0)
        result = vhost_user_connect(socket, who, err);
    daemon->socket = result;
    /* The daemon has the listener now: when it ends, the connection does. */
    if (listener >= 0)
        close(listener);
    unlink(socket);
    rmdir(folder);
    if (result < 0)
        storage_daemon_stop(daemon);
    return result < 0 ? result : 0;
}

/*
 * What the daemon wrote, as one line. It names the option first, which says nothing to
 * who did not write it: that ends with the image's path.
 */
static void read_complaint(int fd, const char *path, char *text, size_t size)
{
    char escaped[PATH_SPACE];
    ssize_t got = read(fd, text, size - 1);
    size_t used = got > 0 ? (size_t)got : 0;
    while (used && text[used - 1] == '\n')
        used--;
    text[used] = '\0';
    for (char *end = text; (end = strchr(end, '\n'));)
        *end = ' ';
    if (escape(escaped, sizeof(escaped), path) < 0)
        return;
    char *option = strstr(text, escaped);
    size_t length = strlen(escaped);
    if (option && !strncmp(option + length, ": ", 2))
        memmove(text, option + length + 2, strlen(option + length + 2) + 1);
}

/* Has it ended? Its status then. */
static bool has_ended(struct storage_daemon *daemon, int *status)
{
    pid_t found;
    do
        found = waitpid(daemon->pid, status, WNOHANG);
    while (found < 0 && errno == EINTR);
    return found != 0;
}

/* Have it end and write everything; its status, or -1. */
static int end(struct storage_daemon *daemon)
{
    const struct timespec tick = { .tv_nsec = 1000000000 / TICKS_A_SECOND };
    int status = -1;
    if (daemon->socket >= 0)
        close(daemon->socket);
    daemon->socket = -1;
    if (daemon->pid <= 0)
        return -1;
    if (daemon->is_stuck)
        kill(daemon->pid, SIGKILL);
    close_all(daemon->lifelines, ARRAY_SIZE(daemon->lifelines));
    for (unsigned i = 0; !has_ended(daemon, &status); i++) {
        /* After --user it is another user's: not ours to kill. */
        if (i == END_SECONDS * TICKS_A_SECOND && kill(daemon->pid, SIGKILL) < 0)
            break;
        nanosleep(&tick, NULL);
    }
    daemon->pid = 0;
    return status;
}

int storage_daemon_failed(struct storage_daemon *daemon, const char *path,
                          struct error *err)
{
    char complaint[COMPLAINT_SPACE] = "";
    int status = end(daemon);
    if (daemon->complaints >= 0)
        read_complaint(daemon->complaints, path, complaint, sizeof(complaint));
    storage_daemon_stop(daemon);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOENT,
                         "disk %s: images of this format need " PROGRAM
                         ", which is not there: install " PACKAGE,
                         path);
    if (complaint[0])
        return error_set(err, ERROR_INPUT, -EIO, "disk %s: %s", path, complaint);
    return err->code;
}

void storage_daemon_continue(struct storage_daemon *daemon)
{
    close_all(&daemon->lifelines[LIFELINE_CONTINUE], 1);
}

void storage_daemon_stop(struct storage_daemon *daemon)
{
    end(daemon);
    close_all(daemon->lifelines, ARRAY_SIZE(daemon->lifelines));
    close_all(&daemon->complaints, 1);
    *daemon = (struct storage_daemon)STORAGE_DAEMON_NONE;
}
