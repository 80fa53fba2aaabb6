/* client.h: a plain vfio-user client, and a server for it on a thread. */
#ifndef TESTS_MODEL_CLIENT_H
#define TESTS_MODEL_CLIENT_H

#include "model/model_server.h" /* under test */
#include "vfio/user_message.h"  /* messages */

#include <pthread.h> /* the server's thread */
#include <setjmp.h>  /* for cmocka */
#include <stdarg.h>  /* for cmocka */

#include <cmocka.h> /* the framework */

struct serving {
    struct event_loop *loop;
    struct model_server *server;
    struct model_server_options options;
    char directory[64], path[108], text[108];
    pthread_t thread;
};

void serving_start(struct serving *serving, bool host_regions);
void serving_stop(struct serving *serving);

/* Connect; also agree on the version when greet is set. The socket. */
int client_connect(const struct serving *serving, bool greet);

/*
 * Send a command with this payload and descriptors, and wait for the reply. What comes
 * back goes to reply (capacity bytes; may be NULL), a descriptor to *fd_back (may be
 * NULL). 0, or the error of the reply as a negative errno; -ENOTCONN when the server
 * hung up.
 */
int client_call(int socket, unsigned command, const void *payload, size_t size,
                const int *fds, unsigned fd_count, void *reply, size_t capacity,
                int *fd_back);

int client_read(int socket, unsigned region, uint64_t offset, void *data,
                uint32_t size);
int client_write(int socket, unsigned region, uint64_t offset, const void *data,
                 uint32_t size);
int client_set_irqs(int socket, unsigned flags, unsigned index, unsigned count, int fd);

/* The server is alive and serves: what is at config 0. */
void client_check_alive(int socket);
/* Leave, and wait until the server has taken note: the next client is answered then. */
void client_leave(const struct serving *serving, int socket);
/* Wait until this process has so many open files. */
void client_wait_files(unsigned expected);

#endif
