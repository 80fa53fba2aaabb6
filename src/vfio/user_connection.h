/* user_connection.h: requests and replies of a vfio-user client, safe from any thread.
 */
#ifndef VFIO_USER_CONNECTION_H
#define VFIO_USER_CONNECTION_H

#include "vfio/user_dma.h"      /* struct user_dma */
#include "vfio/user_protocol.h" /* enum vfio_user_command */
#include "vfio/user_version.h"  /* struct vfio_user_limits */

#include <pthread.h>   /* one request at a time */
#include <stdatomic.h> /* gone */

struct error;
struct event_loop;

#define USER_TIMEOUT_MS 5000

struct user_connection {
    const char *name; /* for messages; lives as long as the connection */
    int socket;
    int timeout_ms;                 /* in which a request must be answered */
    struct vfio_user_limits limits; /* the server's */
    atomic_bool gone;               /* nothing more is sent or received */
    atomic_uint_fast64_t *messages; /* counted here */

    pthread_mutex_t lock; /* held from a request to its reply; guards what follows */
    uint16_t next_id;
    void *buffer; /* VFIO_USER_MAX_PAYLOAD bytes */
    struct user_dma dma;

    struct event_loop *loop; /* NULL: not watched */
    void (*gone_handler)(void *opaque);
    void *gone_opaque;
};

/* A request and where its reply goes. */
struct user_call {
    enum vfio_user_command command;
    const void *head; /* the payload: a struct, and data after it */
    size_t head_size;
    const void *data;
    size_t data_size;
    const int *fds;
    unsigned fd_count;

    void *reply; /* reply_size bytes are expected, neither less nor more */
    size_t reply_size;
    void *reply_data; /* and after them up to reply_data_capacity */
    size_t reply_data_capacity;
    size_t reply_data_size; /* filled in */
    int *reply_fd; /* a descriptor that may come, the caller's then; NULL: none may */
};

/*
 * Take over a connected socket and agree on the version. 0, or a negative errno with
 * err set and the socket closed.
 */
int user_connection_open(struct user_connection *connection, int socket,
                         const char *name, int timeout_ms,
                         atomic_uint_fast64_t *messages, struct error *err);
void user_connection_close(struct user_connection *connection);

/*
 * Send the request and wait for its reply, answering the server's own requests
 * meanwhile. 0; the negative errno of an error reply; -ETIMEDOUT, -EPROTO or -EIO when
 * the server is silent, breaks the protocol or is gone: the connection is unusable from
 * then on. err is set; with err NULL the end of the connection is logged.
 */
int user_connection_call(struct user_connection *connection, struct user_call *call,
                         struct error *err);

/* The server's reply made no sense: log `what`, and use the connection no more. -EIO.
 */
int user_connection_break(struct user_connection *connection, const char *what);

/* Offer memory, or take it back, for the server's DMA_READ and DMA_WRITE. */
int user_connection_add_memory(struct user_connection *connection,
                               const struct vfio_dma *map);
void user_connection_remove_memory(struct user_connection *connection, uint64_t iova);

/* As vfio_device_watch. */
int user_connection_watch(struct user_connection *connection, struct event_loop *loop,
                          void (*gone)(void *opaque), void *opaque);

#endif
