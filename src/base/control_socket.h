/* control_socket.h: a UNIX socket on which programs ask, a line each, and are answered.
 */
#ifndef BASE_CONTROL_SOCKET_H
#define BASE_CONTROL_SOCKET_H

#include <stddef.h> /* size_t */

struct control_socket;
struct error;
struct event_loop;

/* A longer line ends its connection, bytes; so do further clients at once. */
#define CONTROL_LINE_MAX    4096
#define CONTROL_CLIENTS_MAX 16

/*
 * The answer to one line (size bytes, without its newline, no NUL behind it): a line
 * with its newline, to be freed. NULL, as when there is no memory, ends the connection.
 */
typedef char *control_answerer(void *opaque, const char *line, size_t size);

/*
 * Serve at path, to its owner only, on the loop's thread; a socket that a program left
 * that is gone is replaced. NULL with err. Free it before the loop; that removes the
 * path.
 */
struct control_socket *control_socket_new(struct event_loop *loop, const char *path,
                                          control_answerer *answer, void *opaque,
                                          struct error *err);
void control_socket_free(struct control_socket *control);

#endif
