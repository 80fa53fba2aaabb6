/* unix_socket.h: UNIX sockets at paths. */
#ifndef BASE_UNIX_SOCKET_H
#define BASE_UNIX_SOCKET_H

#include <sys/types.h> /* mode_t */

struct error;

/*
 * Listen at this path, not blocking. A socket left by a program that is gone is
 * replaced. mode: who may connect, less the umask; 0: as the umask says. Returns the
 * descriptor, or negative errno with err: the path is too long, in use or no socket, or
 * the system failed. Unlink the path when done.
 */
int unix_socket_listen(const char *path, mode_t mode, struct error *err);

/*
 * Connect to a stream socket at once, or not. Its descriptor, which does not block, or
 * negative errno with err.
 */
int unix_socket_connect(const char *path, struct error *err);

#endif
