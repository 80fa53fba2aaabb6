/* user_message.h: one vfio-user message over a UNIX socket, sent or received whole. */
#ifndef VFIO_USER_MESSAGE_H
#define VFIO_USER_MESSAGE_H

#include "vfio/user_protocol.h" /* the header and the limits */

#include <stddef.h> /* size_t */
#include <stdint.h> /* fixed-width integers */

struct error;

/*
 * A received message. The caller owns the struct and the buffer, and after a receive
 * that returned 0 the descriptors too: take one by setting its place to -1, and let
 * vfio_user_message_close_fds close the rest.
 */
struct vfio_user_message {
    struct vfio_user_header header;
    void *payload;   /* buffer, set by the caller before receiving */
    size_t capacity; /* bytes the buffer holds, likewise */
    size_t size;     /* bytes of payload received: header.size - 16 */
    int fds[VFIO_USER_MAX_FDS];
    unsigned fd_count;
};

/* What goes out: header.size is computed from the parts. */
struct vfio_user_outgoing {
    struct vfio_user_header header;
    const void *head; /* the fixed part of the payload; may be NULL with size 0 */
    size_t head_size;
    const void *data; /* what follows it; may be NULL with size 0 */
    size_t data_size;
    const int *fds; /* stay the caller's */
    unsigned fd_count;
};

/*
 * Receive one message, whole. timeout_ms: for all of it; -1 waits for ever for the
 * first byte and then VFIO_USER_STALL_MS for the rest. A message that is shorter than a
 * header, longer than the buffer, or carries more than VFIO_USER_MAX_FDS descriptors is
 * refused, its descriptors closed.
 *
 * 0; -ENOTCONN the peer closed the connection between messages; -ECONNRESET it did so
 * inside one; -ETIMEDOUT; -EPROTO or -EMSGSIZE a bad message; or a negative errno of
 * the socket; with err (may be NULL) set. After any failure but a timeout with nothing
 * received (-EAGAIN) the stream is out of step and the connection must be closed.
 */
int vfio_user_receive(int socket, struct vfio_user_message *message, int timeout_ms,
                      struct error *err);

/* Longest a message may take from its first byte to its last. */
#define VFIO_USER_STALL_MS 5000

/*
 * Send one message, whole, with its descriptors. timeout_ms as above (-1: a stalled
 * peer is given VFIO_USER_STALL_MS). 0; -EINVAL too large or too many descriptors, and
 * nothing sent; -ETIMEDOUT; or a negative errno of the socket, with err (may be NULL)
 * set. After any failure but -EINVAL the connection must be closed. Never raises
 * SIGPIPE.
 */
int vfio_user_send(int socket, const struct vfio_user_outgoing *message, int timeout_ms,
                   struct error *err);

/*
 * Send the reply to a command: its id and command echoed, error 0 or a positive errno
 * (then nothing but the header goes out).
 */
int vfio_user_reply(int socket, const struct vfio_user_header *command, int error,
                    struct vfio_user_outgoing *reply, struct error *err);

/* Close the descriptors that were not taken; safe to call twice. */
void vfio_user_message_close_fds(struct vfio_user_message *message);

/* "REGION_READ" and so on; "unknown" for what the specification does not name. */
const char *vfio_user_command_name(unsigned command);

#endif
