/* control_socket.h: a UNIX socket on which programs ask, a line each, and are answered.
 *
 * A client may send a descriptor along with any byte of a line. It is offered to that
 * line, and to those behind it that have come whole, and closed when none keeps it.
 */
#ifndef BASE_CONTROL_SOCKET_H
#define BASE_CONTROL_SOCKET_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

struct control_socket;
struct error;
struct event_loop;

/* A longer line ends its connection, bytes; so do further clients at once. */
#define CONTROL_LINE_MAX    4096
#define CONTROL_CLIENTS_MAX 16

/* A line that a client sent, and the descriptor it sent along. */
struct control_line {
    const char *text;
    size_t size; /* bytes, without the newline; no NUL behind them */
    /* The one that came; who keeps it puts -1 here, else it is closed. -1: none. */
    int fd;
    bool several; /* more than one came; they are closed */
};

/*
 * The answer to a line: a line with its newline, to be freed. NULL, as when there is no
 * memory, ends the connection.
 */
typedef char *control_answerer(void *opaque, struct control_line *line);

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
