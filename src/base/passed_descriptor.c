/* passed_descriptor.c: a file descriptor beside bytes (unix(7), SCM_RIGHTS). */
#include "base/passed_descriptor.h"

#include <errno.h>      /* errno */
#include <stdint.h>     /* bytes */
#include <string.h>     /* memcpy */
#include <sys/socket.h> /* sendmsg */
#include <unistd.h>     /* close */

/* Room for one descriptor, aligned for its header. */
union control {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

ssize_t passed_descriptor_send(int socket, const void *bytes, size_t size, int fd,
                               int flags)
{
    union control control = { 0 };
    struct iovec data = { (void *)bytes, size };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(fd)),
                                           .cmsg_level = SOL_SOCKET,
                                           .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    }
    ssize_t sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

ssize_t passed_descriptor_receive(int socket, void *bytes, size_t size, int flags,
                                  int *fd, unsigned *count)
{
    union control control = { 0 };
    struct iovec data = { bytes, size };
    /* The kernel has no room to hand over a second one: it closes that itself. */
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = CMSG_LEN(sizeof(int)) };
    *fd = -1;
    *count = 0;
    ssize_t got = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(*fd))) {
        memcpy(fd, CMSG_DATA(header), sizeof(*fd));
        *count = 1;
    }
    if (message.msg_flags & MSG_CTRUNC) {
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        *count = 2;
    }
    return got;
}
