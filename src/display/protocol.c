/* protocol.c: what igdvm and igdvm-display say to each other, and the rules of it. */
#include "display/protocol.h"

#include "base/bytes.h"             /* ARRAY_SIZE */
#include "base/error.h"             /* errors */
#include "base/passed_descriptor.h" /* packets */

#include <stdbool.h>    /* bool */
#include <stdlib.h>     /* abs */
#include <string.h>     /* strerror */
#include <sys/socket.h> /* MSG_DONTWAIT */
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

int display_send(int socket, const struct display_message *message, int fd)
{
    ssize_t sent = passed_descriptor_send(socket, message, rules[message->kind].size,
                                          fd, MSG_DONTWAIT);
    return sent < 0 ? (int)sent : 0;
}

int display_receive(int socket, enum display_side sender,
                    struct display_message *message, int *fd, struct error *err)
{
    unsigned descriptors;
    /* MSG_TRUNC: the size is the packet's, also where it is larger than a message. */
    ssize_t got = passed_descriptor_receive(socket, message, sizeof(*message),
                                            MSG_DONTWAIT | MSG_TRUNC, fd, &descriptors);
    if (got == -EAGAIN || got == -EINTR)
        return 0;
    if (got <= 0) {
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        return error_set(err, ERROR_SYSTEM, -ECONNRESET, "%s",
                         got < 0 ? strerror((int)-got) : "the connection ended");
    }
    int result = display_message_check(message, (size_t)got, descriptors, sender, err);
    if (result == 0)
        return 1;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return result;
}
