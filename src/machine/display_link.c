/* display_link.c: the machine's end of the socket to igdvm-display. */
#include "machine/display_link_internal.h"

#include "base/error.h"       /* errors */
#include "base/event_loop.h"  /* waits */
#include "base/log.h"         /* its end */
#include "devices/board.h"    /* lock, loop */
#include "devices/vga.h"      /* what is shown */
#include "display/protocol.h" /* messages */
#include "machine/input.h"    /* where keys go */

#include <poll.h>        /* waiting without the loop */
#include <stdlib.h>      /* calloc */
#include <string.h>      /* strerror */
#include <sys/socket.h>  /* shutdown */
#include <sys/timerfd.h> /* at most so often */
#include <time.h>        /* how long ago */
#include <unistd.h>      /* close */

#define VIEW_PAUSE_NS   16666667  /* between two views */
#define BUSY_PAUSE_NS   100000000 /* until one that did not fit is sent again */
#define START_MS        30000
#define MESSAGES_A_TURN 64

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void set_timer(const struct display_link *link, uint64_t pause)
{
    const struct itimerspec soon = { .it_value.tv_nsec = pause ? (long)pause : 1 };
    timerfd_settime(link->timer_fd, 0, &soon, NULL);
}

void display_link_hang_up(struct display_link *link)
{
    if (link->socket < 0)
        return;
    event_loop_remove(link->board->loop, link->socket);
    shutdown(link->socket, SHUT_RDWR);
    link->socket = -1;
    link->watched = false;
    if (link->input)
        input_release(link->input);
    display_link_lose_screenshots(link);
}

int display_link_say(struct display_link *link, const struct display_message *message,
                     int fd)
{
    int result = link->socket < 0 ? -EPIPE : display_send(link->socket, message, fd);
    if (result < 0 && result != -EAGAIN)
        log_debug(DISPLAY_LINK_WHO, "sending: %s",
                  strerror(-result)); /* its end is told once */
    return result;
}

int display_link_send_view(struct display_link *link)
{
    struct display_message message = { .kind = DISPLAY_VIEW };
    link->view_is_old = false;
    pthread_mutex_lock(&link->board->lock);
    vga_get_view(link->vga, &message.view);
    pthread_mutex_unlock(&link->board->lock);
    if (link->input)
        input_set_size(link->input, message.view.width, message.view.height);
    link->last_view = now_ns();
    int result = display_link_say(link, &message, -1);
    if (result == -EAGAIN)
        link->view_is_old = true;
    return result;
}

static int send_lights(struct display_link *link)
{
    const struct display_message message = { .kind = DISPLAY_LIGHTS,
                                             .lights.on = link->lights };
    link->lights_are_old = false;
    int result = display_link_say(link, &message, -1);
    if (result == -EAGAIN)
        link->lights_are_old = true;
    return result;
}

/* Send what is due, or set the timer for it. */
static void catch_up(struct display_link *link)
{
    bool busy = false;
    uint64_t pause = 0;
    if (link->socket < 0 || !link->started)
        return;
    if (link->lights_are_old)
        busy = send_lights(link) == -EAGAIN;
    if (!busy && link->vga && link->watched && link->view_is_old) {
        uint64_t passed = now_ns() - link->last_view;
        if (passed >= VIEW_PAUSE_NS)
            busy = display_link_send_view(link) == -EAGAIN;
        else
            pause = VIEW_PAUSE_NS - passed;
    }
    if (busy || pause)
        set_timer(link, busy ? BUSY_PAUSE_NS : pause);
}

static void timer_event(void *opaque, uint32_t events)
{
    struct display_link *link = opaque;
    uint64_t ticks;
    ssize_t ignored = read(link->timer_fd, &ticks, sizeof(ticks));
    (void)ignored;
    (void)events;
    catch_up(link);
}

void display_link_changed(void *opaque)
{
    struct display_link *link = opaque;
    if (!atomic_exchange(&link->view_is_old, true))
        set_timer(link, 0);
}

void display_link_set_lights(struct display_link *link, uint32_t lights)
{
    if (atomic_exchange(&link->lights, lights) != lights &&
        !atomic_exchange(&link->lights_are_old, true))
        set_timer(link, 0);
}

static void take_message(struct display_link *link,
                         const struct display_message *message)
{
    switch (message->kind) {
    case DISPLAY_READY:
        link->ready = true;
        break;
    case DISPLAY_WATCHED:
        link->watched = message->watched.on;
        link->view_is_old = true;
        break;
    case DISPLAY_DONE:
        display_link_screenshot_done(link, message->done.id, -message->done.error);
        break;
    case DISPLAY_GRABBED:
        log_info(DISPLAY_LINK_WHO, "the host's input devices are %s",
                 message->grabbed.on ? "the guest's now" : "given back");
        break;
    case DISPLAY_KEY:
        input_key(link->input, message->key.code, message->key.down);
        break;
    case DISPLAY_POINTER:
        input_pointer(link->input, message->pointer.x, message->pointer.y,
                      message->pointer.buttons, message->pointer.wheel,
                      message->pointer.wheel_sideways);
        break;
    case DISPLAY_MOTION:
        input_motion(link->input, message->motion.dx, message->motion.dy,
                     message->motion.buttons, message->motion.wheel,
                     message->motion.wheel_sideways);
        break;
    default:
        break; /* display_receive lets nothing else through */
    }
}

/* Take what came. Negative with err when it is over. */
static int take_messages(struct display_link *link, struct error *err)
{
    struct display_message message;
    int fd, result = 1;
    for (unsigned i = 0; i < MESSAGES_A_TURN && link->socket >= 0; i++) {
        result =
            display_receive(link->socket, DISPLAY_SIDE_DISPLAY, &message, &fd, err);
        if (result <= 0)
            break;
        take_message(link, &message);
    }
    catch_up(link);
    return result < 0 ? result : 0;
}

void display_link_lose(struct display_link *link, const struct error *err)
{
    log_warning(DISPLAY_LINK_WHO,
                "igdvm-display ended (%s): the guest goes on, without viewers and the "
                "host's input devices",
                err->text);
    display_link_hang_up(link);
}

static void socket_event(void *opaque, uint32_t events)
{
    struct display_link *link = opaque;
    struct error err = { 0 };
    (void)events;
    if (take_messages(link, &err) < 0)
        display_link_lose(link, &err);
}

struct display_link *display_link_new(struct board *board, int socket,
                                      struct error *err)
{
    struct display_link *link = calloc(1, sizeof(*link));
    if (!link) {
        error_system(err, -ENOMEM, DISPLAY_LINK_WHO);
        return NULL;
    }
    link->board = board;
    link->socket = socket;
    link->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int result = link->timer_fd < 0 ? -errno
                                    : event_loop_add(board->loop, link->timer_fd,
                                                     EPOLLIN, timer_event, link);
    if (result < 0) {
        error_system(err, result, DISPLAY_LINK_WHO);
        display_link_free(link);
        return NULL;
    }
    return link;
}

void display_link_set_devices(struct display_link *link, struct vga *vga,
                              struct input *input)
{
    link->vga = vga;
    link->input = input;
}

void display_link_free(struct display_link *link)
{
    if (!link)
        return;
    display_link_hang_up(link);
    if (link->timer_fd >= 0) {
        event_loop_remove(link->board->loop, link->timer_fd);
        close(link->timer_fd);
    }
    free(link);
}

int display_link_wait_for(struct display_link *link, bool (*condition)(const void *of),
                          const void *of, unsigned milliseconds, struct error *err)
{
    uint64_t end = now_ns() + milliseconds * 1000000ull;
    while (!condition(of)) {
        uint64_t now = now_ns();
        struct pollfd waiting = { .fd = link->socket, .events = POLLIN };
        if (now >= end)
            return error_set(err, ERROR_SYSTEM, -ETIMEDOUT,
                             "igdvm-display did not answer within %u s",
                             milliseconds / 1000);
        int ready = poll(&waiting, 1, (int)((end - now) / 1000000) + 1);
        int result = ready > 0 ? take_messages(link, err) : 0;
        if (result < 0)
            return result;
    }
    return 0;
}

static bool is_ready(const void *link)
{
    return ((const struct display_link *)link)->ready;
}

static int send_memory(struct display_link *link)
{
    if (!link->vga)
        return 0;
    const struct display_message message = { .kind = DISPLAY_MEMORY,
                                             .memory.size =
                                                 vga_memory_size(link->vga) };
    return display_link_say(link, &message, vga_memory_fd(link->vga));
}

int display_link_start(struct display_link *link, struct error *err)
{
    int result = display_link_wait_for(link, is_ready, link, START_MS, err);
    if (result < 0)
        return result;
    result = send_memory(link);
    if (result == 0)
        result = event_loop_add(link->board->loop, link->socket, EPOLLIN, socket_event,
                                link);
    if (result < 0)
        return error_system(err, result, DISPLAY_LINK_WHO);
    link->started = true;
    catch_up(link); /* somebody may look already */
    return 0;
}
