/* user_message.c: sends and receives one vfio-user message over a UNIX socket. */
#include "vfio/user_message.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* error_set */

#include <poll.h>       /* poll */
#include <stdbool.h>    /* bool */
#include <sys/socket.h> /* sendmsg, recvmsg, SCM_RIGHTS */
#include <sys/uio.h>    /* struct iovec */
#include <time.h>       /* clock_gettime */
#include <unistd.h>     /* close */

#define HEADER_SIZE sizeof(struct vfio_user_header)

/* Room for one more descriptor than is allowed, so that too many are seen, not cut. */
#define RECEIVE_FDS (VFIO_USER_MAX_FDS + 1)

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* deadline: of now_ms, or -1 for none. 0 when the socket is ready, -ETIMEDOUT, -errno.
 */
static int wait_until(int socket, short events, int64_t deadline)
{
    for (;;) {
        int timeout = -1;
        if (deadline >= 0) {
            int64_t left = deadline - now_ms();
            timeout = left > 0 ? (int)left : 0;
        }
        struct pollfd pollfd = { .fd = socket, .events = events };
        int ready = poll(&pollfd, 1, timeout);
        if (ready > 0)
            return 0; /* hang-ups too: the call that follows reports them */
        if (ready == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

void vfio_user_message_close_fds(struct vfio_user_message *message)
{
    for (unsigned i = 0; i < message->fd_count; i++) {
        if (message->fds[i] >= 0)
            close(message->fds[i]);
    }
    message->fd_count = 0;
}

/*
 * Keep the descriptors that came with a piece of the message. -EPROTO when there are
 * too many; the ones beyond the limit are closed here.
 */
static int take_fds(struct vfio_user_message *message, struct msghdr *header)
{
    bool excess = (header->msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control;
         control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(fd));
            if (message->fd_count < VFIO_USER_MAX_FDS) {
                message->fds[message->fd_count++] = fd;
            } else {
                close(fd);
                excess = true;
            }
        }
    }
    return excess ? -EPROTO : 0;
}

/* One recvmsg of up to size bytes: what it gave (0: the peer closed), or -errno. */
static ssize_t receive_some(int socket, struct vfio_user_message *message, void *at,
                            size_t size)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(RECEIVE_FDS * sizeof(int))];
    } control;
    struct iovec part = { .iov_base = at, .iov_len = size };
    struct msghdr header = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    ssize_t got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    int status = take_fds(message, &header);
    return status < 0 ? status : got;
}

/*
 * Fill size bytes at `at`. *got counts them, and says after a failure whether the peer
 * had begun. deadline as for wait_until; once a byte is there, it is the stall limit at
 * most.
 */
static int receive_bytes(int socket, struct vfio_user_message *message, void *at,
                         size_t size, int64_t *deadline, size_t *got)
{
    while (*got < size) {
        ssize_t status = receive_some(socket, message, (char *)at + *got, size - *got);
        if (status > 0) {
            *got += (size_t)status;
            if (*deadline < 0)
                *deadline = now_ms() + VFIO_USER_STALL_MS;
            continue;
        }
        if (status == 0)
            return -ECONNRESET;
        if (status == -EINTR)
            continue;
        if (status != -EAGAIN && status != -EWOULDBLOCK)
            return (int)status;
        int ready = wait_until(socket, POLLIN, *deadline);
        if (ready < 0)
            return ready;
    }
    return 0;
}

/* Name what went wrong after `got` of `wanted` bytes of a message. */
static int receive_failed(int code, size_t got, size_t wanted, struct error *err)
{
    switch (code) {
    case -ECONNRESET:
        if (!got)
            return error_set(err, ERROR_SYSTEM, -ENOTCONN,
                             "the other side of the vfio-user socket closed it");
        return error_set(
            err, ERROR_SYSTEM, -ECONNRESET,
            "the other side of the vfio-user socket closed it after %zu of "
            "%zu bytes of a message",
            got, wanted);
    case -ETIMEDOUT:
        if (!got)
            return error_set(err, ERROR_SYSTEM, -EAGAIN,
                             "no vfio-user message came in time");
        return error_set(err, ERROR_SYSTEM, -ETIMEDOUT,
                         "a vfio-user message stopped after %zu of %zu bytes", got,
                         wanted);
    case -EPROTO:
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "a vfio-user message carries more than %u file descriptors",
                         VFIO_USER_MAX_FDS);
    default:
        return error_system(err, code, "receiving a vfio-user message");
    }
}

int vfio_user_receive(int socket, struct vfio_user_message *message, int timeout_ms,
                      struct error *err)
{
    int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    size_t got = 0;
    message->fd_count = 0;
    message->size = 0;
    int status =
        receive_bytes(socket, message, &message->header, HEADER_SIZE, &deadline, &got);
    if (status < 0) {
        vfio_user_message_close_fds(message);
        return receive_failed(status, got, HEADER_SIZE, err);
    }

    uint32_t size = message->header.size;
    if (size < HEADER_SIZE || size - HEADER_SIZE > message->capacity) {
        vfio_user_message_close_fds(message);
        return error_set(err, ERROR_SYSTEM, size < HEADER_SIZE ? -EPROTO : -EMSGSIZE,
                         "a vfio-user %s message says it has %u bytes, expected %zu to "
                         "%zu",
                         vfio_user_command_name(message->header.command), size,
                         HEADER_SIZE, HEADER_SIZE + message->capacity);
    }
    size_t payload = size - HEADER_SIZE, payload_got = 0;
    status = receive_bytes(socket, message, message->payload, payload, &deadline,
                           &payload_got);
    if (status < 0) {
        vfio_user_message_close_fds(message);
        return receive_failed(status, HEADER_SIZE + payload_got, size, err);
    }
    message->size = payload;
    return 0;
}

/* Send the parts; the descriptors go with the first byte. */
static int send_parts(int socket, struct iovec *parts, size_t count, const int *fds,
                      unsigned fd_count, int64_t deadline)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(VFIO_USER_MAX_FDS * sizeof(int))];
    } control = { 0 };
    struct msghdr header = { .msg_iov = parts, .msg_iovlen = count };
    if (fd_count) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(rights), fds, fd_count * sizeof(int));
    }
    while (header.msg_iovlen) {
        ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                return -errno;
            int ready = wait_until(socket, POLLOUT, deadline);
            if (ready < 0)
                return ready;
            continue;
        }
        header.msg_control = NULL;
        header.msg_controllen = 0;
        size_t left = (size_t)sent;
        while (header.msg_iovlen && left >= header.msg_iov->iov_len) {
            left -= header.msg_iov->iov_len;
            header.msg_iov++;
            header.msg_iovlen--;
        }
        if (header.msg_iovlen) {
            header.msg_iov->iov_base = (char *)header.msg_iov->iov_base + left;
            header.msg_iov->iov_len -= left;
        }
    }
    return 0;
}

int vfio_user_send(int socket, const struct vfio_user_outgoing *message, int timeout_ms,
                   struct error *err)
{
    const char *name = vfio_user_command_name(message->header.command);
    if (message->head_size > VFIO_USER_MAX_PAYLOAD ||
        message->data_size > VFIO_USER_MAX_PAYLOAD - message->head_size ||
        message->fd_count > VFIO_USER_MAX_FDS)
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "a vfio-user %s message would have %zu bytes and %u file "
                         "descriptors, at most %u and %u can be sent",
                         name, message->head_size + message->data_size,
                         message->fd_count, VFIO_USER_MAX_PAYLOAD, VFIO_USER_MAX_FDS);

    struct vfio_user_header header = message->header;
    header.size = (uint32_t)(HEADER_SIZE + message->head_size + message->data_size);
    struct iovec parts[3] = { { .iov_base = &header, .iov_len = sizeof(header) } };
    size_t count = 1;
    /* sendmsg only reads, but struct iovec has no const. */
    if (message->head_size)
        parts[count++] = (struct iovec){ .iov_base = (void *)message->head,
                                         .iov_len = message->head_size };
    if (message->data_size)
        parts[count++] = (struct iovec){ .iov_base = (void *)message->data,
                                         .iov_len = message->data_size };
    int64_t deadline = now_ms() + (timeout_ms < 0 ? VFIO_USER_STALL_MS : timeout_ms);
    int status =
        send_parts(socket, parts, count, message->fds, message->fd_count, deadline);
    if (status == -ETIMEDOUT)
        return error_set(err, ERROR_SYSTEM, status,
                         "the other side of the vfio-user socket does not take a %s "
                         "message of %u bytes",
                         name, header.size);
    if (status < 0)
        return error_system(err, status, "sending a vfio-user %s message", name);
    return 0;
}

int vfio_user_reply(int socket, const struct vfio_user_header *command, int error,
                    struct vfio_user_outgoing *reply, struct error *err)
{
    struct vfio_user_outgoing empty = { 0 };
    struct vfio_user_outgoing *out = error || !reply ? &empty : reply;
    out->header = (struct vfio_user_header){
        .id = command->id,
        .command = command->command,
        .flags = VFIO_USER_TYPE_REPLY | (error ? VFIO_USER_ERROR : 0),
        .error = (uint32_t)error,
    };
    return vfio_user_send(socket, out, -1, err);
}

const char *vfio_user_command_name(unsigned command)
{
    static const char *const names[] = {
        [VFIO_USER_VERSION] = "VERSION",
        [VFIO_USER_DMA_MAP] = "DMA_MAP",
        [VFIO_USER_DMA_UNMAP] = "DMA_UNMAP",
        [VFIO_USER_DEVICE_GET_INFO] = "DEVICE_GET_INFO",
        [VFIO_USER_DEVICE_GET_REGION_INFO] = "DEVICE_GET_REGION_INFO",
        [VFIO_USER_DEVICE_GET_REGION_IO_FDS] = "DEVICE_GET_REGION_IO_FDS",
        [VFIO_USER_DEVICE_GET_IRQ_INFO] = "DEVICE_GET_IRQ_INFO",
        [VFIO_USER_DEVICE_SET_IRQS] = "DEVICE_SET_IRQS",
        [VFIO_USER_REGION_READ] = "REGION_READ",
        [VFIO_USER_REGION_WRITE] = "REGION_WRITE",
        [VFIO_USER_DMA_READ] = "DMA_READ",
        [VFIO_USER_DMA_WRITE] = "DMA_WRITE",
        [VFIO_USER_DEVICE_RESET] = "DEVICE_RESET",
        [VFIO_USER_REGION_WRITE_MULTI] = "REGION_WRITE_MULTI",
        [VFIO_USER_DEVICE_FEATURE] = "DEVICE_FEATURE",
        [VFIO_USER_MIG_DATA_READ] = "MIG_DATA_READ",
        [VFIO_USER_MIG_DATA_WRITE] = "MIG_DATA_WRITE",
    };
    if (command < ARRAY_SIZE(names) && names[command])
        return names[command];
    return "unknown";
}
