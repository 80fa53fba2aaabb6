/* protocol.c: what igdvm and igdvm-display say to each other, and the rules of it. */
#include "display/protocol.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* errors */

#include <stdbool.h>    /* bool */
#include <stdlib.h>     /* abs */
#include <sys/socket.h> /* sendmsg */
#include <unistd.h>     /* close */

static bool memory_is_good(const struct display_message *message)
{
    return message->memory.size > 0 && message->memory.size <= DISPLAY_MEMORY_MAX;
}

static bool lights_are_good(const struct display_message *message)
{
    return message->lights.on <=
           (DISPLAY_LIGHT_SCROLL | DISPLAY_LIGHT_NUM | DISPLAY_LIGHT_CAPS);
}

static bool done_is_good(const struct display_message *message)
{
    return message->done.error >= 0 && message->done.error < 4096;
}

static bool watched_is_good(const struct display_message *message)
{
    return message->watched.on <= 1;
}

static bool key_is_good(const struct display_message *message)
{
    return message->key.code > 0 && message->key.code <= DISPLAY_KEY_MAX &&
           message->key.down <= 1;
}

static bool wheels_are_good(int wheel, int sideways)
{
    return abs(wheel) <= DISPLAY_WHEEL_MAX && abs(sideways) <= DISPLAY_WHEEL_MAX;
}

static bool pointer_is_good(const struct display_message *message)
{
    return message->pointer.x <= DISPLAY_POINTER_MAX &&
           message->pointer.y <= DISPLAY_POINTER_MAX &&
           message->pointer.buttons < 1u << DISPLAY_BUTTONS &&
           wheels_are_good(message->pointer.wheel, message->pointer.wheel_sideways);
}

static bool motion_is_good(const struct display_message *message)
{
    return abs(message->motion.dx) <= DISPLAY_MOTION_MAX &&
           abs(message->motion.dy) <= DISPLAY_MOTION_MAX &&
           message->motion.buttons < 1u << DISPLAY_BUTTONS &&
           wheels_are_good(message->motion.wheel, message->motion.wheel_sideways);
}

#define SIZE_OF(part)                         \
    (offsetof(struct display_message, part) + \
     sizeof(((struct display_message *)0)->part))
#define FROM_VMM     DISPLAY_SIDE_VMM
#define FROM_DISPLAY DISPLAY_SIDE_DISPLAY

static const struct rule {
    const char *name;
    enum display_side sender;
    bool has_fd;
    size_t size;
    bool (*is_good)(const struct display_message *message); /* NULL: always */
} rules[DISPLAY_KINDS] = {
    [DISPLAY_MEMORY] = { "memory", FROM_VMM, true, SIZE_OF(memory), memory_is_good },
    [DISPLAY_VIEW] = { "view", FROM_VMM, false, SIZE_OF(view), NULL },
    [DISPLAY_LIGHTS] = { "lights", FROM_VMM, false, SIZE_OF(lights), lights_are_good },
    [DISPLAY_SCREENSHOT] = { "screenshot", FROM_VMM, true, SIZE_OF(screenshot), NULL },
    [DISPLAY_READY] = { "ready", FROM_DISPLAY, false, SIZE_OF(kind), NULL },
    [DISPLAY_WATCHED] = { "watched", FROM_DISPLAY, false, SIZE_OF(watched),
                          watched_is_good },
    [DISPLAY_DONE] = { "done", FROM_DISPLAY, false, SIZE_OF(done), done_is_good },
    [DISPLAY_GRABBED] = { "grabbed", FROM_DISPLAY, false, SIZE_OF(grabbed),
                          watched_is_good },
    [DISPLAY_KEY] = { "key", FROM_DISPLAY, false, SIZE_OF(key), key_is_good },
    [DISPLAY_POINTER] = { "pointer", FROM_DISPLAY, false, SIZE_OF(pointer),
                          pointer_is_good },
    [DISPLAY_MOTION] = { "motion", FROM_DISPLAY, false, SIZE_OF(motion),
                         motion_is_good },
};

int display_message_check(const struct display_message *message, size_t size,
                          unsigned descriptors, enum display_side sender,
                          struct error *err)
{
    if (size < SIZE_OF(kind))
        return error_set(err, ERROR_SYSTEM, -EPROTO, "a message of %zu bytes", size);
    const struct rule *rule =
        message->kind < ARRAY_SIZE(rules) ? &rules[message->kind] : &rules[0];
    if (!rule->name || rule->sender != sender)
        return error_set(err, ERROR_SYSTEM, -EPROTO, "a message of kind %u",
                         message->kind);
    if (size != rule->size)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the message '%s' has %zu bytes, expected %zu", rule->name,
                         size, rule->size);
    if (descriptors != (rule->has_fd ? 1u : 0u))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the message '%s' has %u descriptors, expected %d", rule->name,
                         descriptors, rule->has_fd);
    if (rule->is_good && !rule->is_good(message))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the message '%s' has values out of range", rule->name);
    return 0;
}

/* Room for one descriptor, aligned for its header. */
union control {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

int display_send(int socket, const struct display_message *message, int fd)
{
    union control control = { 0 };
    struct iovec bytes = { (void *)message, rules[message->kind].size };
    struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };
    if (fd >= 0) {
        packet.msg_control = &control;
        packet.msg_controllen = sizeof(control);
        control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(fd)),
                                           .cmsg_level = SOL_SOCKET,
                                           .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    }
    ssize_t sent = sendmsg(socket, &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : 0;
}

/* The descriptor that came with a packet, -1: none. There is room for one only. */
static int descriptor_of(struct msghdr *packet)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(packet);
    int fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(fd)))
        memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

int display_receive(int socket, enum display_side sender,
                    struct display_message *message, int *fd, struct error *err)
{
    union control control = { 0 };
    struct iovec bytes = { message, sizeof(*message) };
    struct msghdr packet = { .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_LEN(sizeof(int)) };
    *fd = -1;
    /* MSG_TRUNC: the size is the packet's, also where it is larger than a message. */
    ssize_t got = recvmsg(socket, &packet, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got <= 0)
        return error_set(err, ERROR_SYSTEM, -ECONNRESET, "%s",
                         got < 0 ? strerror(errno) : "the connection ended");
    int came = descriptor_of(&packet);
    unsigned descriptors = packet.msg_flags & MSG_CTRUNC ? 2 : came >= 0;
    int result = display_message_check(message, (size_t)got, descriptors, sender, err);
    if (result < 0) {
        if (came >= 0)
            close(came);
        return result;
    }
    *fd = came;
    return 1;
}
