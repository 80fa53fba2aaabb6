/* user_connection.c: a vfio-user client's requests, and its answers to the server's. */
#include "vfio/user_connection.h"

#include "base/bytes.h"        /* memcpy */
#include "base/error.h"        /* error_set */
#include "base/event_loop.h"   /* event_loop_add */
#include "base/log.h"          /* log_error */
#include "vfio/user_message.h" /* vfio_user_send, vfio_user_receive */

#include <poll.h>       /* is there a message */
#include <stdlib.h>     /* malloc */
#include <sys/socket.h> /* shutdown */
#include <time.h>       /* clock_gettime */
#include <unistd.h>     /* close */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/*
 * The connection cannot be used any more. Shutting the socket down wakes the event
 * loop, which tells whoever watches.
 */
static void give_up(struct user_connection *connection)
{
    atomic_store(&connection->gone, true);
    shutdown(connection->socket, SHUT_RDWR);
}

int user_connection_break(struct user_connection *connection, const char *what)
{
    log_error(connection->name, "%s; the device is gone", what);
    give_up(connection);
    return -EIO;
}

/* Read or write guest memory for the server, as its message asks. A positive errno or
 * 0. */
static int access_memory(struct user_connection *connection,
                         const struct vfio_user_message *message,
                         struct vfio_user_dma_access *access, void **at)
{
    bool is_write = message->header.command == VFIO_USER_DMA_WRITE;
    if (message->size < sizeof(*access))
        return EINVAL;
    memcpy(access, message->payload, sizeof(*access));
    size_t data_size = message->size - sizeof(*access);
    if (!access->count || access->count > VFIO_USER_MAX_DATA ||
        data_size != (is_write ? access->count : 0))
        return EINVAL;
    *at = user_dma_at(&connection->dma, access->address, access->count);
    if (!*at)
        return EFAULT;
    if (is_write)
        memcpy(*at, (const char *)message->payload + sizeof(*access), data_size);
    return 0;
}

/* Answer a command of the server; anything but DMA is refused. 0 or a negative errno.
 */
static int serve(struct user_connection *connection,
                 const struct vfio_user_message *message, struct error *err)
{
    struct vfio_user_dma_access access;
    struct vfio_user_outgoing reply = { 0 };
    unsigned command = message->header.command;
    int error = ENOTSUP;
    if (command == VFIO_USER_DMA_READ || command == VFIO_USER_DMA_WRITE) {
        void *at = NULL;
        error = access_memory(connection, message, &access, &at);
        reply.head = &access;
        reply.head_size = sizeof(access);
        if (!error && command == VFIO_USER_DMA_READ) {
            reply.data = at;
            reply.data_size = access.count;
        }
    }
    if (message->header.flags & VFIO_USER_NO_REPLY)
        return 0;
    return vfio_user_reply(connection->socket, &message->header, error, &reply, err);
}

/* Take the reply apart. 0, -EPROTO, or the error it carries with *refused set. */
static int read_reply(struct user_connection *connection, struct user_call *call,
                      struct vfio_user_message *message, bool *refused,
                      struct error *err)
{
    const char *name = vfio_user_command_name(call->command);
    const struct vfio_user_header *header = &message->header;
    if (message->fd_count > (call->reply_fd ? 1 : 0))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the server sent %u file descriptors with its reply to %s, "
                         "expected %s",
                         message->fd_count, name,
                         call->reply_fd ? "at most one" : "none");
    if (header->flags & VFIO_USER_ERROR) {
        /* 4095 is the largest errno Linux has room for. */
        int code = header->error && header->error < 4096 ? -(int)header->error : -EIO;
        *refused = true;
        return error_system(err, code, "the server refuses %s", name);
    }
    size_t most = call->reply_size + call->reply_data_capacity;
    if (message->size < call->reply_size || message->size > most)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the server's reply to %s has %zu bytes, expected %zu to %zu",
                         name, message->size, call->reply_size, most);
    call->reply_data_size = message->size - call->reply_size;
    if (call->reply_size)
        memcpy(call->reply, message->payload, call->reply_size);
    if (call->reply_data_size)
        memcpy(call->reply_data, (const char *)message->payload + call->reply_size,
               call->reply_data_size);
    if (call->reply_fd && message->fd_count) {
        *call->reply_fd = message->fds[0];
        message->fds[0] = -1;
    }
    return 0;
}

/* Wait for the reply to the request just sent. */
static int wait_reply(struct user_connection *connection, struct user_call *call,
                      uint16_t id, bool *refused, struct error *err)
{
    const char *name = vfio_user_command_name(call->command);
    int64_t deadline = now_ms() + connection->timeout_ms;
    for (;;) {
        struct vfio_user_message message = { .payload = connection->buffer,
                                             .capacity = VFIO_USER_MAX_PAYLOAD };
        int64_t left = deadline - now_ms();
        int status = vfio_user_receive(connection->socket, &message,
                                       left > 0 ? (int)left : 0, err);
        if (status == -EAGAIN || (!status && left <= 0)) {
            vfio_user_message_close_fds(&message);
            return error_set(err, ERROR_SYSTEM, -ETIMEDOUT,
                             "the server did not answer %s within %d ms", name,
                             connection->timeout_ms);
        }
        if (status < 0)
            return status;
        uint32_t type = message.header.flags & VFIO_USER_TYPE_MASK;
        if (type == VFIO_USER_TYPE_COMMAND) {
            vfio_user_message_close_fds(&message);
            status = serve(connection, &message, err);
            if (status < 0)
                return status;
            continue;
        }
        if (type != VFIO_USER_TYPE_REPLY || message.header.id != id ||
            message.header.command != call->command)
            status = error_set(err, ERROR_SYSTEM, -EPROTO,
                               "the server answered %s number %u with message type %u, "
                               "%s number %u",
                               name, id, type,
                               vfio_user_command_name(message.header.command),
                               message.header.id);
        else
            status = read_reply(connection, call, &message, refused, err);
        vfio_user_message_close_fds(&message);
        return status;
    }
}

/* With the lock held. */
static int call_locked(struct user_connection *connection, struct user_call *call,
                       struct error *err)
{
    if (atomic_load(&connection->gone))
        return error_set(err, ERROR_SYSTEM, -EIO, "%s: the server is gone",
                         connection->name);
    uint16_t id = connection->next_id++;
    struct vfio_user_outgoing request = {
        .header = { .id = id, .command = (uint16_t)call->command },
        .head = call->head,
        .head_size = call->head_size,
        .data = call->data,
        .data_size = call->data_size,
        .fds = call->fds,
        .fd_count = call->fd_count,
    };
    bool refused = false;
    struct error why;
    int status =
        vfio_user_send(connection->socket, &request, connection->timeout_ms, &why);
    if (status != -EINVAL) {
        atomic_fetch_add_explicit(connection->messages, 1, memory_order_relaxed);
        if (!status)
            status = wait_reply(connection, call, id, &refused, &why);
        if (status < 0 && !refused) {
            give_up(connection);
            if (!err)
                log_error(connection->name, "%s; the device is gone", why.text);
        }
    }
    if (status < 0)
        error_set(err, why.kind, status, "%s: %s", connection->name, why.text);
    /* Callers tell a silent or broken server from a dead one, not how it died. */
    if (status == -ENOTCONN || status == -ECONNRESET || status == -EPIPE)
        status = refused ? status : -EIO;
    return status;
}

int user_connection_call(struct user_connection *connection, struct user_call *call,
                         struct error *err)
{
    if (call->reply_fd)
        *call->reply_fd = -1;
    pthread_mutex_lock(&connection->lock);
    int status = call_locked(connection, call, err);
    pthread_mutex_unlock(&connection->lock);
    return status;
}

static int agree_on_version(struct user_connection *connection, struct error *err)
{
    char ours[VFIO_USER_VERSION_SIZE], theirs[4096];
    const struct vfio_user_limits limits = {
        .major = VFIO_USER_MAJOR,
        .minor = VFIO_USER_MINOR,
        .max_fds = VFIO_USER_MAX_FDS,
        .max_data = VFIO_USER_MAX_DATA,
        .max_maps = VFIO_USER_DEFAULT_MAX_MAPS,
        .page_sizes = VFIO_USER_DEFAULT_PAGES,
    };
    struct user_call call = {
        .command = VFIO_USER_VERSION,
        .head = ours,
        .head_size = vfio_user_version_write(ours, sizeof(ours), &limits),
        .reply_data = theirs,
        .reply_data_capacity = sizeof(theirs),
    };
    if (!call.head_size)
        return error_system(err, -ENOMEM, "%s", connection->name);
    int status = user_connection_call(connection, &call, err);
    if (status < 0)
        return status;
    status =
        vfio_user_version_read(theirs, call.reply_data_size, &connection->limits, err);
    if (status < 0) {
        error_prefix(err, "%s", connection->name);
        return status;
    }
    if (connection->limits.major != VFIO_USER_MAJOR ||
        connection->limits.minor > VFIO_USER_MINOR)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "%s: the server speaks vfio-user %u.%u, expected %u.%u",
                         connection->name, connection->limits.major,
                         connection->limits.minor, VFIO_USER_MAJOR, VFIO_USER_MINOR);
    return 0;
}

int user_connection_open(struct user_connection *connection, int socket,
                         const char *name, int timeout_ms,
                         atomic_uint_fast64_t *messages, struct error *err)
{
    *connection = (struct user_connection){
        .name = name, .socket = socket, .timeout_ms = timeout_ms, .messages = messages
    };
    pthread_mutex_init(&connection->lock, NULL);
    connection->buffer = malloc(VFIO_USER_MAX_PAYLOAD);
    int status = connection->buffer ? agree_on_version(connection, err)
                                    : error_system(err, -ENOMEM, "%s", name);
    if (status < 0)
        user_connection_close(connection);
    return status;
}

void user_connection_close(struct user_connection *connection)
{
    if (connection->loop)
        event_loop_remove(connection->loop, connection->socket);
    connection->loop = NULL;
    if (connection->socket >= 0)
        close(connection->socket);
    connection->socket = -1;
    free(connection->buffer);
    connection->buffer = NULL;
    user_dma_free(&connection->dma);
    pthread_mutex_destroy(&connection->lock);
}

/*
 * What to wake up for. Messages of the server are waited for only while there is memory
 * it can reach in no other way: the loop would wake for every reply too.
 */
static uint32_t wanted_events(const struct user_connection *connection)
{
    return EPOLLRDHUP | (connection->dma.unshared ? (uint32_t)EPOLLIN : 0);
}

int user_connection_add_memory(struct user_connection *connection,
                               const struct vfio_dma *map)
{
    pthread_mutex_lock(&connection->lock);
    int status = -ENOSPC;
    if (connection->dma.count < connection->limits.max_maps)
        status = user_dma_add(&connection->dma, map);
    if (!status && connection->loop)
        event_loop_change(connection->loop, connection->socket,
                          wanted_events(connection));
    pthread_mutex_unlock(&connection->lock);
    return status;
}

void user_connection_remove_memory(struct user_connection *connection, uint64_t iova)
{
    pthread_mutex_lock(&connection->lock);
    unsigned place = user_dma_find(&connection->dma, iova, 1);
    if (place < connection->dma.count)
        user_dma_remove(&connection->dma, place);
    if (connection->loop)
        event_loop_change(connection->loop, connection->socket,
                          wanted_events(connection));
    pthread_mutex_unlock(&connection->lock);
}

/* With the lock held: answer a command that came while nobody waited for a reply. */
static void serve_waiting(struct user_connection *connection)
{
    struct pollfd pollfd = { .fd = connection->socket, .events = POLLIN };
    if (atomic_load(&connection->gone) || poll(&pollfd, 1, 0) <= 0)
        return; /* a waiting request has taken it */
    struct vfio_user_message message = { .payload = connection->buffer,
                                         .capacity = VFIO_USER_MAX_PAYLOAD };
    struct error why;
    int status =
        vfio_user_receive(connection->socket, &message, connection->timeout_ms, &why);
    if (!status) {
        vfio_user_message_close_fds(&message);
        if ((message.header.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND)
            status = serve(connection, &message, &why);
        else
            status = error_set(&why, ERROR_SYSTEM, -EPROTO,
                               "the server sent a reply nobody asked for");
    }
    if (status < 0) {
        log_error(connection->name, "%s; the device is gone", why.text);
        give_up(connection);
    }
}

static void handle_events(void *opaque, uint32_t events)
{
    struct user_connection *connection = opaque;
    pthread_mutex_lock(&connection->lock);
    if (events & EPOLLIN)
        serve_waiting(connection);
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        give_up(connection);
    bool gone = atomic_load(&connection->gone);
    struct event_loop *loop = connection->loop;
    if (gone)
        connection->loop = NULL;
    pthread_mutex_unlock(&connection->lock);
    if (gone && loop) {
        event_loop_remove(loop, connection->socket);
        connection->gone_handler(connection->gone_opaque);
    }
}

int user_connection_watch(struct user_connection *connection, struct event_loop *loop,
                          void (*gone)(void *opaque), void *opaque)
{
    pthread_mutex_lock(&connection->lock);
    int status = -EBUSY;
    if (!connection->loop) {
        connection->gone_handler = gone;
        connection->gone_opaque = opaque;
        connection->loop = loop;
        status = event_loop_add(loop, connection->socket, wanted_events(connection),
                                handle_events, connection);
        if (status < 0)
            connection->loop = NULL;
    }
    pthread_mutex_unlock(&connection->lock);
    return status;
}
