/* unix_socket.h: listens on a UNIX socket at a path. */
#ifndef BASE_UNIX_SOCKET_H
#define BASE_UNIX_SOCKET_H

struct error;

/*
 * Listen at this path, not blocking. A socket left by a program that is gone is
 * replaced. Returns the descriptor, or negative errno with err: the path is too long,
 * in use or no socket, or the system failed. Unlink the path when done.
 */
int unix_socket_listen(const char *path, struct error *err);

#endif
