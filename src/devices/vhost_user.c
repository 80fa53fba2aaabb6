/* vhost_user.c: a frontend's side of a vhost-user connection: its messages. */
#include "devices/vhost_user.h"

#include "base/bytes.h" /* loads, stores */
#include "base/error.h" /* errors */

#include <stdbool.h>    /* bool */
#include <string.h>     /* memcpy */
#include <sys/socket.h> /* messages with descriptors */
#include <sys/time.h>   /* how long to wait */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* close */

/* The vhost-user protocol, as QEMU's documentation has it ("Vhost-user Protocol"). */
enum request {
    GET_FEATURES = 1,
    SET_FEATURES = 2,
    SET_OWNER = 3,
    SET_MEM_TABLE = 5,
    SET_VRING_NUM = 8,
    SET_VRING_ADDR = 9,
    SET_VRING_BASE = 10,
    SET_VRING_KICK = 12,
    SET_VRING_CALL = 13,
    GET_PROTOCOL_FEATURES = 15,
    SET_PROTOCOL_FEATURES = 16,
    SET_VRING_ENABLE = 18,
    GET_CONFIG = 24,
};

#define VERSION        1u
#define FLAG_REPLY     4u
#define HEADER_SIZE    12
#define CONFIG_HEADER  12 /* offset, size, flags */
#define REGION_SIZE    32
#define VRING_ADDR     40
#define PAYLOAD_MAX    (CONFIG_HEADER + VHOST_USER_CONFIG_MAX)
#define ANSWER_SECONDS 30

#define F_PROTOCOL      (1ull << 30) /* among VIRTIO's feature bits */
#define PROTOCOL_CONFIG (1ull << 9)

struct message {
    enum request request;
    size_t size; /* of the payload, bytes */
    uint8_t payload[PAYLOAD_MAX];
    int fds[VHOST_USER_REGIONS_MAX];
    unsigned fd_count;
};

static int failed(const char *who, int code, struct error *err)
{
    return error_set(err, ERROR_SYSTEM, code, "%s: %s", who,
                     code == -EAGAIN       ? "no answer within 30 seconds"
                     : code == -ECONNRESET ? "it ended the connection"
                                           : strerror(-code));
}

static int broken(const char *who, const char *what, struct error *err)
{
    return error_set(err, ERROR_SYSTEM, -EPROTO, "%s: its answer makes no sense: %s",
                     who, what);
}

static int send_message(int fd, const char *who, const struct message *message,
                        struct error *err)
{
    uint8_t bytes[HEADER_SIZE + PAYLOAD_MAX];
    size_t size = HEADER_SIZE + message->size;
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(message->fds))];
    } control = { .bytes = { 0 } };
    struct iovec data = { bytes, size };
    struct msghdr send = { .msg_iov = &data, .msg_iovlen = 1 };

    store32(bytes, message->request);
    store32(bytes + 4, VERSION);
    store32(bytes + 8, (uint32_t)message->size);
    memcpy(bytes + HEADER_SIZE, message->payload, message->size);
    if (message->fd_count) {
        size_t fds = message->fd_count * sizeof(int);
        send.msg_control = control.bytes;
        send.msg_controllen = CMSG_SPACE(fds);
        control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                           .cmsg_type = SCM_RIGHTS,
                                           .cmsg_len = CMSG_LEN(fds) };
        memcpy(CMSG_DATA(&control.header), message->fds, fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &send, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent == (ssize_t)size)
        return 0;
    int code = sent < 0 && errno != EPIPE ? -errno : -ECONNRESET;
    return failed(who, code, err);
}

/* Read exactly so much. */
static int receive(int fd, void *to, size_t size)
{
    uint8_t *at = to;
    while (size) {
        ssize_t got = recv(fd, at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -ECONNRESET;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

/* Send a message and take its answer into its payload; the answer's size is fixed. */
static int ask(int fd, const char *who, struct message *message, size_t answer,
               struct error *err)
{
    uint8_t header[HEADER_SIZE];
    int result = send_message(fd, who, message, err);
    if (result < 0)
        return result;
    result = receive(fd, header, sizeof(header));
    if (result < 0)
        return failed(who, result, err);
    if (load32(header) != (uint32_t)message->request ||
        (load32(header + 4) & (FLAG_REPLY | 3)) != (FLAG_REPLY | VERSION))
        return broken(who, "another message", err);
    if (load32(header + 8) != answer)
        return broken(who, "its size", err);
    result = receive(fd, message->payload, answer);
    return result < 0 ? failed(who, result, err) : 0;
}

static int ask_features(int fd, const char *who, enum request request,
                        uint64_t *features, struct error *err)
{
    struct message message = { .request = request };
    int result = ask(fd, who, &message, 8, err);
    *features = load64(message.payload);
    return result;
}

static int tell64(int fd, const char *who, enum request request, uint64_t value,
                  struct error *err)
{
    struct message message = { .request = request, .size = 8 };
    store64(message.payload, value);
    return send_message(fd, who, &message, err);
}

/* Queue 0 and a number. */
static int tell_queue(int fd, const char *who, enum request request, uint32_t value,
                      struct error *err)
{
    return tell64(fd, who, request, (uint64_t)value << 32, err);
}

static int tell_fd(int fd, const char *who, enum request request, int given,
                   struct error *err)
{
    struct message message = {
        .request = request, .size = 8, .fds = { given }, .fd_count = 1
    };
    return send_message(fd, who, &message, err);
}

int vhost_user_connect(const char *path, const char *who, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) == 0 || strlen(path) >= sizeof(address.sun_path))
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG,
                         "%s: the path of a socket has 1 to %zu characters", who,
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval wait = { .tv_sec = ANSWER_SECONDS };
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int code = -errno;
    if (fd >= 0)
        close(fd);
    if (code == -ENOENT || code == -ECONNREFUSED)
        return error_set(
            err, ERROR_IMPOSSIBLE, code, "%s: %s: start the server first", who,
            code == -ENOENT ? "there is no such socket" : "nobody listens there");
    return error_system(err, code, "%s", who);
}

int vhost_user_begin(int fd, const char *who, uint64_t *features, struct error *err)
{
    struct message owner = { .request = SET_OWNER };
    uint64_t protocol = 0;
    int result = send_message(fd, who, &owner, err);
    if (result == 0)
        result = ask_features(fd, who, GET_FEATURES, features, err);
    if (result == 0 && (*features & F_PROTOCOL))
        result = ask_features(fd, who, GET_PROTOCOL_FEATURES, &protocol, err);
    if (result == 0 && !(protocol & PROTOCOL_CONFIG))
        return error_set(err, ERROR_INPUT, -EPROTO,
                         "%s: it cannot tell of its configuration: no disk", who);
    if (result == 0)
        result = tell64(fd, who, SET_PROTOCOL_FEATURES, PROTOCOL_CONFIG, err);
    return result;
}

int vhost_user_get_config(int fd, const char *who, void *config, size_t size,
                          struct error *err)
{
    struct message message = { .request = GET_CONFIG, .size = CONFIG_HEADER + size };
    store32(message.payload + 4, (uint32_t)size);
    int result = ask(fd, who, &message, message.size, err);
    if (result < 0)
        return result;
    if (load32(message.payload) != 0 || load32(message.payload + 4) != size)
        return broken(who, "another part of its configuration", err);
    memcpy(config, message.payload + CONFIG_HEADER, size);
    return 0;
}

static int tell_memory(int fd, const char *who, const struct vhost_user_region *regions,
                       unsigned count, struct error *err)
{
    struct message message = { .request = SET_MEM_TABLE,
                               .size = 8 + (size_t)count * REGION_SIZE };
    store32(message.payload, count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *at = message.payload + 8 + (size_t)i * REGION_SIZE;
        store64(at, (uint64_t)(uintptr_t)regions[i].host);
        store64(at + 8, regions[i].size);
        store64(at + 16, (uint64_t)(uintptr_t)regions[i].host);
        store64(at + 24, regions[i].offset);
        message.fds[message.fd_count++] = regions[i].fd;
    }
    return send_message(fd, who, &message, err);
}

static int tell_rings(int fd, const char *who, const struct vhost_user_queue *queue,
                      struct error *err)
{
    struct message message = { .request = SET_VRING_ADDR, .size = VRING_ADDR };
    store64(message.payload + 8, (uint64_t)(uintptr_t)queue->descriptors);
    store64(message.payload + 16, (uint64_t)(uintptr_t)queue->used);
    store64(message.payload + 24, (uint64_t)(uintptr_t)queue->available);
    return send_message(fd, who, &message, err);
}

int vhost_user_start(int fd, const char *who, uint64_t features,
                     const struct vhost_user_region *regions, unsigned count,
                     const struct vhost_user_queue *queue, struct error *err)
{
    if (count > VHOST_USER_REGIONS_MAX)
        return failed(who, -E2BIG, err);
    int result = tell64(fd, who, SET_FEATURES, features | F_PROTOCOL, err);
    if (result == 0)
        result = tell_memory(fd, who, regions, count, err);
    if (result == 0)
        result = tell_queue(fd, who, SET_VRING_NUM, queue->size, err);
    if (result == 0)
        result = tell_queue(fd, who, SET_VRING_BASE, 0, err);
    if (result == 0)
        result = tell_rings(fd, who, queue, err);
    if (result == 0)
        result = tell_fd(fd, who, SET_VRING_KICK, queue->kick, err);
    if (result == 0)
        result = tell_fd(fd, who, SET_VRING_CALL, queue->call, err);
    if (result == 0)
        result = tell_queue(fd, who, SET_VRING_ENABLE, 1, err);
    return result;
}
