/* control_socket.c: the connections of a control socket, and lines in and out. */
#include "base/control_socket.h"

#include "base/error.h"             /* errors */
#include "base/event_loop.h"        /* waits */
#include "base/log.h"               /* who does not behave */
#include "base/passed_descriptor.h" /* what comes */
#include "base/unix_socket.h"       /* the socket */

#include <stdlib.h>     /* calloc */
#include <string.h>     /* memchr */
#include <sys/socket.h> /* send */
#include <unistd.h>     /* close */

#define OWNER_ONLY 0600

struct connection {
    struct control_socket *control;
    struct connection *next;
    int fd;
    int passed;   /* a descriptor that came, -1: none */
    bool several; /* more than one came since the last line */
    size_t used;
    char line[CONTROL_LINE_MAX];
};

struct control_socket {
    struct event_loop *loop;
    control_answerer *answer;
    void *opaque;
    char *path;
    int fd;
    struct connection *first;
    unsigned clients;
};

/* Nobody wants it. */
static void drop_passed(struct connection *connection)
{
    if (connection->passed >= 0)
        close(connection->passed);
    connection->passed = -1;
}

static void release(struct connection *connection)
{
    drop_passed(connection);
    event_loop_remove(connection->control->loop, connection->fd);
    close(connection->fd);
    connection->control->clients--;
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
static bool answer(struct connection *connection, const char *start, size_t size)
{
    struct control_socket *control = connection->control;
    struct control_line line = { start, size, connection->passed, connection->several };
    char *text = control->answer(control->opaque, &line);
    connection->passed = line.fd;
    connection->several = false;
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
    if (!left)
        drop_passed(connection);
    if (left < sizeof(connection->line))
        return true;
    log_warning("control", "a request of more than %u bytes", CONTROL_LINE_MAX);
    return false;
}

/* One descriptor is kept until a line is answered; of more, none. */
static void keep_passed(struct connection *connection, int fd, unsigned count)
{
    if (!count)
        return;
    connection->several |= count > 1 || connection->passed >= 0;
    drop_passed(connection);
    connection->passed = fd;
    if (connection->several)
        drop_passed(connection);
}

static void data_event(void *opaque, uint32_t events)
{
    struct connection *connection = opaque;
    size_t room = sizeof(connection->line) - connection->used;
    unsigned count;
    int fd;
    (void)events;
    ssize_t got =
        passed_descriptor_receive(connection->fd, connection->line + connection->used,
                                  room, MSG_DONTWAIT, &fd, &count);
    if (got == -EAGAIN || got == -EINTR)
        return;
    keep_passed(connection, fd, count);
    if (got > 0)
        connection->used += (size_t)got;
    if (got <= 0 || !answer_lines(connection))
        end(connection);
}

static void connection_event(void *opaque, uint32_t events)
{
    struct control_socket *control = opaque;
    (void)events;
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct connection *connection = NULL;
    if (control->clients < CONTROL_CLIENTS_MAX)
        connection = calloc(1, sizeof(*connection));
    if (!connection ||
        event_loop_add(control->loop, fd, EPOLLIN, data_event, connection) < 0) {
        free(connection);
        close(fd);
        return;
    }
    connection->control = control;
    connection->fd = fd;
    connection->passed = -1;
    connection->next = control->first;
    control->first = connection;
    control->clients++;
}

struct control_socket *control_socket_new(struct event_loop *loop, const char *path,
                                          control_answerer *answer_line, void *opaque,
                                          struct error *err)
{
    struct control_socket *control = calloc(1, sizeof(*control));
    char *kept = strdup(path);
    if (!control || !kept) {
        free(kept);
        free(control);
        error_system(err, -ENOMEM, "control socket");
        return NULL;
    }
    *control =
        (struct control_socket){ .loop = loop,
                                 .answer = answer_line,
                                 .opaque = opaque,
                                 .fd = unix_socket_listen(path, OWNER_ONLY, err) };
    int result = control->fd;
    if (result < 0) {
        error_prefix(err, "control socket");
        free(kept);
    } else {
        control->path = kept;
        result = event_loop_add(loop, control->fd, EPOLLIN, connection_event, control);
        if (result < 0)
            error_system(err, result, "control socket %s", path);
    }
    if (result < 0) {
        control_socket_free(control);
        return NULL;
    }
    return control;
}

void control_socket_free(struct control_socket *control)
{
    if (!control)
        return;
    struct connection *next;
    for (struct connection *one = control->first; one; one = next) {
        next = one->next;
        release(one);
    }
    if (control->fd >= 0) {
        event_loop_remove(control->loop, control->fd);
        close(control->fd);
        unlink(control->path);
    }
    free(control->path);
    free(control);
}
