/* passed_descriptor.h: bytes over a UNIX socket, and a file descriptor beside them. */
#ifndef BASE_PASSED_DESCRIPTOR_H
#define BASE_PASSED_DESCRIPTOR_H

#include <stddef.h>    /* size_t */
#include <sys/types.h> /* ssize_t */

/*
 * Send bytes (at least one), and with them fd (-1: none), which stays the caller's. The
 * bytes sent or a negative errno, as sendmsg(2) with these flags and MSG_NOSIGNAL.
 */
ssize_t passed_descriptor_send(int socket, const void *bytes, size_t size, int fd,
                               int flags);

/*
 * Receive up to size bytes. *count is 0, 1, or 2 where more than one descriptor came,
 * or one that this process has no room for; *fd is the one that came alone, the
 * caller's now and closed on exec, else -1. The bytes, 0 at the end, or a negative
 * errno, as recvmsg(2) with these flags.
 */
ssize_t passed_descriptor_receive(int socket, void *bytes, size_t size, int flags,
                                  int *fd, unsigned *count);

#endif
