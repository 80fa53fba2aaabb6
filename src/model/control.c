/* control.c: the control socket: its connections, and lines in and out. */
#include "model/control.h"

#include "base/error.h"             /* errors */
#include "base/event_loop.h"        /* waits */
#include "base/log.h"               /* who does not behave */
#include "display/listen_address.h" /* the socket */

#include <errno.h>      /* EAGAIN */
#include <stdbool.h>    /* bool */
#include <stdio.h>      /* asprintf */
#include <stdlib.h>     /* calloc */
#include <string.h>     /* memchr */
#include <sys/socket.h> /* send */
#include <unistd.h>     /* close */

struct connection {
    struct control *control;
    struct connection *next;
    int fd;
    size_t used;
    char line[CONTROL_LINE_MAX];
};

struct control {
    struct event_loop *loop;
    struct control_target target;
    struct listen_address *listener;
    struct connection *first;
};

static void release(struct connection *connection)
{
    event_loop_remove(connection->control->loop, connection->fd);
    close(connection->fd);
    free(connection);
}

static void end(struct connection *connection)
{
    struct connection **link = &connection->control->first;
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    release(connection);
}

/*
 * An answer fits the socket's buffer, unless a client does not read what it asks for:
 * that one is let go.
 */
static bool answer(struct connection *connection, const char *line, size_t size)
{
    char *text = control_answer(&connection->control->target, line, size);
    size_t length = text ? strlen(text) : 0;
    bool ok = text && send(connection->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) ==
                          (ssize_t)length;
    free(text);
    return ok;
}

/* Answer all whole lines there are; what is left moves to the front. */
static bool answer_lines(struct connection *connection)
{
    char *start = connection->line, *end_of_line;
    size_t left = connection->used;
    while ((end_of_line = memchr(start, '\n', left))) {
        size_t size = (size_t)(end_of_line - start);
        if (!answer(connection, start, size))
            return false;
        start += size + 1;
        left -= size + 1;
    }
    memmove(connection->line, start, left);
    connection->used = left;
    if (left < sizeof(connection->line))
        return true;
    log_warning("control", "a request of more than %u bytes", CONTROL_LINE_MAX);
    return false;
}

static void data_event(void *opaque, uint32_t events)
{
    struct connection *connection = opaque;
    size_t room = sizeof(connection->line) - connection->used;
    ssize_t got =
        recv(connection->fd, connection->line + connection->used, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        connection->used += (size_t)got;
    if (got <= 0 || !answer_lines(connection))
        end(connection);
}

static void connection_event(void *opaque, int fd)
{
    struct control *control = opaque;
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection ||
        event_loop_add(control->loop, fd, EPOLLIN, data_event, connection) < 0) {
        free(connection);
        close(fd);
        return;
    }
    connection->control = control;
    connection->fd = fd;
    connection->next = control->first;
    control->first = connection;
}

struct control *control_new(struct event_loop *loop, const char *path,
                            const struct control_target *target, struct error *err)
{
    struct control *control = calloc(1, sizeof(*control));
    char *address;
    if (!control || asprintf(&address, "unix:%s", path) < 0) {
        free(control);
        error_system(err, -ENOMEM, "control socket");
        return NULL;
    }
    control->loop = loop;
    control->target = *target;
    control->listener =
        listen_address_new(loop, address, connection_event, control, err);
    free(address);
    if (!control->listener) {
        error_prefix(err, "control socket");
        free(control);
        return NULL;
    }
    return control;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    struct connection *next;
    for (struct connection *one = control->first; one; one = next) {
        next = one->next;
        release(one);
    }
    listen_address_free(control->listener);
    free(control);
}
