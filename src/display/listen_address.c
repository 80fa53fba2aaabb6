/* listen_address.c: listens at an address a person gave: a UNIX socket or TCP. */
#include "display/listen_address.h"

#include "base/error.h"       /* errors */
#include "base/event_loop.h"  /* waits */
#include "base/unix_socket.h" /* paths */

#include <netdb.h>      /* getaddrinfo */
#include <stdbool.h>    /* bool */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* calloc */
#include <string.h>     /* strrchr */
#include <sys/socket.h> /* listen */
#include <unistd.h>     /* close, unlink */

#define UNIX_PREFIX "unix:"
#define LOCAL_HOST  "127.0.0.1"

struct listen_address {
    struct event_loop *loop;
    int fd;
    char *path; /* of a UNIX socket, to be removed */
    void (*connected)(void *opaque, int fd);
    void *opaque;
};

/* "HOST:PORT" and its kin to host and port. */
static int split(const char *address, char *host, size_t host_size, char *port,
                 size_t port_size, struct error *err)
{
    const char *colon = strrchr(address, ':');
    const char *service = colon ? colon + 1 : address;
    const char *name = colon ? address : "";
    size_t length = colon ? (size_t)(colon - address) : 0;
    if (length >= 2 && name[0] == '[' && name[length - 1] == ']') {
        name++;
        length -= 2;
    }
    char *end;
    unsigned long number = strtoul(service, &end, 10);
    if (end == service || *end || number == 0 || number > 65535 || length >= host_size)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: expected unix:PATH, HOST:PORT or PORT, with a port of 1 "
                         "to 65535, as 127.0.0.1:5900",
                         address);
    snprintf(port, port_size, "%lu", number);
    memcpy(host, name, length);
    host[length] = '\0';
    if (!length)
        snprintf(host, host_size, "%s", LOCAL_HOST);
    return 0;
}

/* Bind and listen; negative errno. */
static int listen_at(const struct addrinfo *at)
{
    int one = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    at->ai_protocol);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, 4) < 0) {
        int result = -errno;
        close(fd);
        return result;
    }
    return fd;
}

static int listen_tcp(const char *address, struct error *err)
{
    char host[256], port[8];
    if (split(address, host, sizeof(host), port, sizeof(port), err) < 0)
        return -EINVAL;
    const struct addrinfo hints = {
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found;
    int result = getaddrinfo(host, port, &hints, &found);
    if (result != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "%s: %s", address,
                         gai_strerror(result));
    result = -EADDRNOTAVAIL;
    for (const struct addrinfo *at = found; at && result < 0; at = at->ai_next)
        result = listen_at(at);
    freeaddrinfo(found);
    if (result < 0)
        return error_system(err, result, "%s", address);
    return result;
}

static void connection_event(void *opaque, uint32_t events)
{
    struct listen_address *listener = opaque;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        listener->connected(listener->opaque, fd);
}

struct listen_address *listen_address_new(struct event_loop *loop, const char *address,
                                          void (*connected)(void *opaque, int fd),
                                          void *opaque, struct error *err)
{
    bool is_path = strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
    struct listen_address *listener = calloc(1, sizeof(*listener));
    if (!listener) {
        error_system(err, -ENOMEM, "%s", address);
        return NULL;
    }
    listener->loop = loop;
    listener->connected = connected;
    listener->opaque = opaque;
    listener->fd = is_path ? unix_socket_listen(address + strlen(UNIX_PREFIX), 0, err)
                           : listen_tcp(address, err);
    if (listener->fd >= 0 && is_path)
        listener->path = strdup(address + strlen(UNIX_PREFIX));
    int result = listener->fd;
    if (result >= 0) {
        result =
            event_loop_add(loop, listener->fd, EPOLLIN, connection_event, listener);
        if (result < 0)
            error_system(err, result, "%s", address);
    }
    if (result < 0) {
        listen_address_free(listener);
        return NULL;
    }
    return listener;
}

void listen_address_free(struct listen_address *listener)
{
    if (!listener)
        return;
    if (listener->fd >= 0) {
        event_loop_remove(listener->loop, listener->fd);
        close(listener->fd);
    }
    if (listener->path)
        unlink(listener->path);
    free(listener->path);
    free(listener);
}
