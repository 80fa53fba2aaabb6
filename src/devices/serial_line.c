/* serial_line.c: the line from a serial port to clients that come and go. */
#include "devices/serial_line.h"

#include "base/error.h"       /* error_system */
#include "base/event_loop.h"  /* everything happens there */
#include "base/unix_socket.h" /* clients come there */

#include <fcntl.h>       /* open */
#include <limits.h>      /* PATH_MAX */
#include <stdbool.h>     /* bool */
#include <stdio.h>       /* snprintf */
#include <stdlib.h>      /* calloc, posix_openpt */
#include <string.h>      /* memmove */
#include <sys/inotify.h> /* who has the terminal open */
#include <sys/socket.h>  /* socketpair */
#include <termios.h>     /* raw mode */
#include <unistd.h>      /* read, write */

#define PIECE 4096

/* Bytes on their way in one direction: read only when the last ones are gone. */
struct piece {
    unsigned char bytes[PIECE];
    size_t size;
};

/* One end of the line as the loop knows it. */
struct line_end {
    int fd;           /* -1: none */
    uint32_t watched; /* 0: not in the loop */
    event_handler *ready;
};

struct serial_line {
    struct event_loop *loop;
    char path[PATH_MAX];
    bool is_terminal;
    int port_fd;            /* given to the serial port */
    struct line_end inner;  /* the other end of its socket pair */
    struct line_end client; /* the terminal's master side, or the socket's client */
    int listen_fd;          /* of a socket */
    int slave_fd;           /* of a terminal, so that it does not hang up */
    int notify_fd;          /* of a terminal: who opens and closes it */
    unsigned opened;        /* so many have it open */
    struct piece out, in;   /* from the port, for the port */
};

static void update(struct serial_line *line);

static bool has_client(const struct serial_line *line)
{
    return line->is_terminal ? line->opened > 0 : line->client.fd >= 0;
}

static void watch(struct serial_line *line, struct line_end *end, uint32_t events)
{
    if (end->fd < 0 || events == end->watched)
        return;
    if (!events) /* removed, for a hang-up would be reported again and again */
        event_loop_remove(line->loop, end->fd);
    else if (!end->watched)
        event_loop_add(line->loop, end->fd, events, end->ready, line);
    else
        event_loop_change(line->loop, end->fd, events);
    end->watched = events;
}

static void accept_client(void *opaque, uint32_t events)
{
    struct serial_line *line = opaque;
    (void)events;
    if (line->client.fd >= 0)
        return;
    line->client.fd =
        accept4(line->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (line->client.fd < 0)
        return;
    event_loop_remove(line->loop, line->listen_fd); /* until this one has gone */
    update(line);
}

static void drop_client(struct serial_line *line)
{
    line->out.size = 0;
    if (line->is_terminal)
        return;
    watch(line, &line->client, 0);
    close(line->client.fd);
    line->client.fd = -1;
    event_loop_add(line->loop, line->listen_fd, EPOLLIN, accept_client, line);
}

/* False when the other side is gone. */
static bool fill(struct piece *piece, int fd)
{
    if (piece->size)
        return true;
    ssize_t size = read(fd, piece->bytes, sizeof(piece->bytes));
    if (size > 0)
        piece->size = (size_t)size;
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool empty(struct piece *piece, int fd)
{
    ssize_t size = piece->size ? write(fd, piece->bytes, piece->size) : 0;
    if (size > 0) {
        piece->size -= (size_t)size;
        memmove(piece->bytes, piece->bytes + size, piece->size);
    }
    return size >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Move what can be moved, then wait for the rest. */
static void move(struct serial_line *line)
{
    fill(&line->out, line->inner.fd);
    if (!has_client(line))
        line->out.size = 0;
    else if (!empty(&line->out, line->client.fd))
        drop_client(line);
    if (line->client.fd >= 0 && (line->client.watched & EPOLLIN) &&
        !fill(&line->in, line->client.fd))
        drop_client(line);
    empty(&line->in, line->inner.fd);
}

/* What each end is waited for follows from what is on its way. */
static void update(struct serial_line *line)
{
    watch(line, &line->inner,
          (line->out.size ? 0 : EPOLLIN) | (line->in.size ? EPOLLOUT : 0));
    watch(line, &line->client,
          (line->in.size ? 0 : EPOLLIN) | (line->out.size ? EPOLLOUT : 0));
}

static void ready(void *opaque, uint32_t events)
{
    struct serial_line *line = opaque;
    (void)events;
    move(line);
    update(line);
}

/* Somebody opened or closed the terminal. */
static void terminal_used(void *opaque, uint32_t events)
{
    struct serial_line *line = opaque;
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t size = read(line->notify_fd, buffer, sizeof(buffer));
    (void)events;

    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
        if (event->mask & IN_OPEN)
            line->opened++;
        if ((event->mask & IN_CLOSE) && line->opened)
            line->opened--;
        at += (ssize_t)(sizeof(*event) + event->len);
    }
    if (!has_client(line)) {
        drop_client(line);
        tcflush(line->slave_fd, TCIFLUSH); /* what nobody read */
    }
    update(line);
}

static int open_terminal(struct serial_line *line, struct error *err)
{
    struct termios raw;

    line->is_terminal = true;
    line->client.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (line->client.fd < 0 || grantpt(line->client.fd) < 0 ||
        unlockpt(line->client.fd) < 0 ||
        ptsname_r(line->client.fd, line->path, sizeof(line->path)) != 0)
        return error_system(err, -errno, "pseudo-terminal");
    line->slave_fd = open(line->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->slave_fd < 0 || tcgetattr(line->slave_fd, &raw) < 0)
        return error_system(err, -errno, "pseudo-terminal %s", line->path);
    cfmakeraw(&raw);
    tcsetattr(line->slave_fd, TCSANOW, &raw);
    line->notify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (line->notify_fd < 0 ||
        inotify_add_watch(line->notify_fd, line->path, IN_OPEN | IN_CLOSE) < 0)
        return error_system(err, -errno, "pseudo-terminal %s: watch", line->path);
    int result =
        event_loop_add(line->loop, line->notify_fd, EPOLLIN, terminal_used, line);
    return result < 0 ? error_system(err, result, "pseudo-terminal %s", line->path) : 0;
}

static int open_socket(struct serial_line *line, const char *path, struct error *err)
{
    snprintf(line->path, sizeof(line->path), "%s", path);
    /* Whoever reaches it has the guest's console. */
    line->listen_fd = unix_socket_listen(path, 0600, err);
    if (line->listen_fd < 0)
        return -EIO;
    int result =
        event_loop_add(line->loop, line->listen_fd, EPOLLIN, accept_client, line);
    return result < 0 ? error_system(err, result, "socket %s", path) : 0;
}

struct serial_line *serial_line_new(struct event_loop *loop, const char *path,
                                    struct error *err)
{
    struct serial_line *line = calloc(1, sizeof(*line));
    int pair[2];

    if (!line) {
        error_system(err, -ENOMEM, "serial line");
        return NULL;
    }
    line->loop = loop;
    line->port_fd = line->listen_fd = line->slave_fd = line->notify_fd = -1;
    line->inner = line->client = (struct line_end){ .fd = -1, .ready = ready };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
        error_system(err, -errno, "serial line");
        goto fail;
    }
    line->port_fd = pair[0];
    line->inner.fd = pair[1];
    if ((path ? open_socket(line, path, err) : open_terminal(line, err)) < 0)
        goto fail;
    update(line);
    return line;

fail:
    serial_line_free(line);
    return NULL;
}

static void close_watched(struct serial_line *line, int fd, bool watched)
{
    if (fd < 0)
        return;
    if (watched)
        event_loop_remove(line->loop, fd);
    close(fd);
}

void serial_line_free(struct serial_line *line)
{
    if (!line)
        return;
    if (line->inner.fd >= 0)
        move(line);
    if (line->listen_fd >= 0)
        unlink(line->path);
    close_watched(line, line->listen_fd, line->client.fd < 0);
    close_watched(line, line->notify_fd, true);
    close_watched(line, line->client.fd, line->client.watched);
    close_watched(line, line->inner.fd, line->inner.watched);
    close_watched(line, line->slave_fd, false);
    close_watched(line, line->port_fd, false);
    free(line);
}

int serial_line_port(const struct serial_line *line)
{
    return line->port_fd;
}

const char *serial_line_path(const struct serial_line *line)
{
    return line->path;
}
