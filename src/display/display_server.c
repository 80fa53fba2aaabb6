/* display_server.c: what igdvm-display does: the guest's picture to people, their input
 * back.
 */
#include "display/display_server.h"

#include "base/error.h"         /* errors */
#include "base/event_loop.h"    /* waits */
#include "base/log.h"           /* what ends it */
#include "display/evdev.h"      /* the host's input devices */
#include "display/input_sink.h" /* what they and viewers do */
#include "display/picture.h"    /* the picture */
#include "display/png_file.h"   /* screenshots */
#include "display/protocol.h"   /* what igdvm says and hears */
#include "display/vga_draw.h"   /* draws the guest's memory */
#include "display/vnc.h"        /* viewers */

#include <fcntl.h>       /* seals */
#include <poll.h>        /* igdvm may be slow to read */
#include <stdlib.h>      /* calloc */
#include <string.h>      /* strerror */
#include <sys/mman.h>    /* the guest's memory */
#include <sys/timerfd.h> /* the time to look */
#include <time.h>        /* blinking */
#include <unistd.h>      /* close */

/*
 * While somebody watches, memory is looked at this often: as long as it changes, then
 * less and less.
 */
#define SHORTEST_PAUSE  33333333 /* nanoseconds */
#define LONGEST_PAUSE   200000000
#define MESSAGES_A_TURN 64
#define VIEW_PATIENCE   300  /* milliseconds a first viewer waits for the view */
#define SEND_PATIENCE   1000 /* milliseconds igdvm may leave its socket full */

struct display_server {
    struct event_loop *loop;
    struct display_server_options options;
    struct input_sink sink;
    struct vnc *vnc;
    struct evdev *evdev;
    int timer_fd;
    bool watched;
    uint64_t pause; /* nanoseconds */
    const uint8_t *memory;
    size_t memory_size;
    bool has_view;
    struct vga_view view;
    struct vga_drawing *drawing;
    struct picture picture;
    struct damage damage;
    struct display_server_counters counters;
};

struct display_server_counters
display_server_counters(const struct display_server *server)
{
    return server->counters;
}

/* igdvm reads all the time; one that does not for a while has a stuck main thread. */
static void say(struct display_server *server, const struct display_message *message)
{
    int result = display_send(server->options.socket, message, -1);
    if (result == -EAGAIN) {
        struct pollfd room = { .fd = server->options.socket, .events = POLLOUT };
        if (poll(&room, 1, SEND_PATIENCE) > 0)
            result = display_send(server->options.socket, message, -1);
    }
    if (result < 0 && result != -EPIPE)
        log_debug("display", "igdvm was not told: %s", strerror(-result));
}

static void set_timer(const struct display_server *server)
{
    const struct itimerspec when = { .it_value.tv_nsec =
                                         server->watched ? (long)server->pause : 0 };
    timerfd_settime(server->timer_fd, 0, &when, NULL);
}

/* Something is about to change: look soon. */
static void hurry(struct display_server *server)
{
    if (!server->watched || server->pause == SHORTEST_PAUSE)
        return;
    server->pause = SHORTEST_PAUSE;
    set_timer(server);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Bring the picture, and the viewers', up to date. false: nothing changed. */
static bool look(struct display_server *server)
{
    struct area area;
    if (!server->has_view || !server->memory)
        return false;
    vga_draw(server->drawing, &server->view, server->memory, server->memory_size,
             now_ms(), &server->picture, &server->damage);
    server->counters.looks++;
    for (uint32_t band = 0; damage_next(&server->damage, &band, &area);)
        server->counters.converted_bytes +=
            4ull * (area.x1 - area.x0) * (area.y1 - area.y0);
    if (server->vnc) {
        vnc_show(server->vnc, &server->picture);
        vnc_changed(server->vnc, &server->damage);
    }
    return server->damage.any;
}

static void timer_event(void *opaque, uint32_t events)
{
    struct display_server *server = opaque;
    uint64_t ticks;
    (void)events;
    if (read(server->timer_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
        return;
    bool changed = look(server);
    server->pause = changed ? SHORTEST_PAUSE : server->pause * 3 / 2;
    if (server->pause > LONGEST_PAUSE)
        server->pause = LONGEST_PAUSE;
    set_timer(server);
}

/* Nobody looks: nothing is kept of the picture. */
static void rest(struct display_server *server)
{
    if (server->vnc)
        vnc_show(server->vnc, NULL);
    vga_drawing_rest(server->drawing);
    picture_free(&server->picture);
    server->has_view = false;
}

static void key(void *opaque, unsigned code, bool down)
{
    struct display_server *server = opaque;
    const struct display_message message = { .kind = DISPLAY_KEY,
                                             .key = { (uint16_t)code, down } };
    say(server, &message);
    hurry(server);
}

static void pointer(void *opaque, unsigned x, unsigned y, unsigned buttons, int wheel,
                    int wheel_sideways)
{
    struct display_server *server = opaque;
    const struct display_message message = {
        .kind = DISPLAY_POINTER,
        .pointer = { (uint16_t)x, (uint16_t)y, (uint16_t)buttons, (int8_t)wheel,
                     (int8_t)wheel_sideways }
    };
    say(server, &message);
    hurry(server);
}

static void motion(void *opaque, int dx, int dy, unsigned buttons, int wheel,
                   int wheel_sideways)
{
    struct display_server *server = opaque;
    const struct display_message message = {
        .kind = DISPLAY_MOTION,
        .motion = { (int16_t)dx, (int16_t)dy, (uint16_t)buttons, (int8_t)wheel,
                    (int8_t)wheel_sideways }
    };
    say(server, &message);
    hurry(server);
}

static void hands_changed(void *opaque, bool guest_has_them)
{
    const struct display_message message = { .kind = DISPLAY_GRABBED,
                                             .grabbed.on = guest_has_them };
    say(opaque, &message);
}

/* Memory that could shrink would kill us where we read it. */
static int take_memory(struct display_server *server, uint64_t size, int fd,
                       struct error *err)
{
    int seals = fcntl(fd, F_GET_SEALS);
    off_t end = lseek(fd, 0, SEEK_END);
    if (server->memory)
        return error_set(err, ERROR_SYSTEM, -EPROTO, "memory came twice");
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || end < 0 || (uint64_t)end < size)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "memory that can shrink, or is smaller than it says");
    void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return error_system(err, -errno, "mapping the guest's display memory");
    server->memory = memory;
    server->memory_size = size;
    return 0;
}

static int take_view(struct display_server *server, const struct vga_view *view,
                     struct error *err)
{
    if (!server->memory)
        return error_set(err, ERROR_SYSTEM, -EPROTO, "a view before the memory");
    int result = vga_view_check(view, server->memory_size, err);
    if (result < 0)
        return result;
    bool first = !server->has_view;
    server->view = *view;
    server->has_view = true;
    if (server->watched && first)
        look(server);
    else
        hurry(server);
    return 0;
}

/* A display that is off is black, as viewers see it. */
static int write_picture(int fd, const struct picture *picture)
{
    struct picture black = { 0 };
    if (picture->width)
        return png_file_write_fd(fd, picture);
    int result = picture_resize(&black, PICTURE_OFF_WIDTH, PICTURE_OFF_HEIGHT);
    if (result == 0)
        result = png_file_write_fd(fd, &black);
    picture_free(&black);
    return result;
}

static void take_screenshot(struct display_server *server, uint32_t id, int fd)
{
    struct display_message message = { .kind = DISPLAY_DONE, .done.id = id };
    int result = -ENODATA;
    if (server->has_view) {
        look(server);
        result = write_picture(fd, &server->picture);
    }
    if (!server->watched)
        rest(server);
    message.done.error = -result;
    say(server, &message);
}

static int take_message(struct display_server *server,
                        const struct display_message *message, int fd,
                        struct error *err)
{
    server->counters.messages++;
    switch (message->kind) {
    case DISPLAY_MEMORY:
        return take_memory(server, message->memory.size, fd, err);
    case DISPLAY_VIEW:
        return take_view(server, &message->view, err);
    case DISPLAY_LIGHTS:
        if (server->vnc)
            vnc_set_lights(server->vnc, message->lights.on);
        if (server->evdev)
            evdev_set_lights(server->evdev, message->lights.on);
        return 0;
    case DISPLAY_SCREENSHOT:
        take_screenshot(server, message->screenshot.id, fd);
        return 0;
    default:
        return 0; /* display_receive lets nothing else through */
    }
}

static void socket_event(void *opaque, uint32_t events)
{
    struct display_server *server = opaque;
    int result = 0;
    (void)events;
    for (unsigned i = 0; i < MESSAGES_A_TURN && result >= 0; i++) {
        struct display_message message;
        struct error err = { 0 };
        int fd;
        result = display_receive(server->options.socket, DISPLAY_SIDE_VMM, &message,
                                 &fd, &err);
        if (result == 0)
            return;
        if (result > 0)
            result = take_message(server, &message, fd, &err);
        if (fd >= 0)
            close(fd);
        if (result < 0 && result != -ECONNRESET)
            log_error("display", "igdvm breaks the protocol: %s", err.text);
    }
    if (result < 0)
        event_loop_stop(server->loop, result == -ECONNRESET ? 0 : -EPROTO);
}

/* So that the first viewer is greeted with the picture's size, and not resized. */
static void wait_for_view(struct display_server *server)
{
    uint64_t end = now_ms() + VIEW_PATIENCE;
    struct pollfd waiting = { .fd = server->options.socket, .events = POLLIN };
    while (!server->has_view && now_ms() < end &&
           poll(&waiting, 1, VIEW_PATIENCE) > 0 && waiting.revents == POLLIN)
        socket_event(server, EPOLLIN);
}

static void watched(void *opaque, bool by_anyone)
{
    struct display_server *server = opaque;
    const struct display_message message = { .kind = DISPLAY_WATCHED,
                                             .watched.on = by_anyone };
    server->watched = by_anyone;
    server->pause = SHORTEST_PAUSE;
    say(server, &message); /* the answer is a view, at which the picture is drawn */
    if (by_anyone)
        wait_for_view(server);
    else
        rest(server);
    set_timer(server);
}

static int open_evdevs(struct display_server *server, struct error *err)
{
    const struct evdev_options options = { .requests = server->options.evdevs,
                                           .count = server->options.evdev_count,
                                           .sink = &server->sink,
                                           .changed = hands_changed,
                                           .opaque = server };
    if (!options.count)
        return 0;
    server->evdev = evdev_new(server->loop, &options, err);
    return server->evdev ? 0 : -EINVAL;
}

static int listen_for_viewers(struct display_server *server, struct error *err)
{
    const struct vnc_options options = { .address = server->options.vnc,
                                         .title = server->options.title,
                                         .password = server->options.password,
                                         .watched = watched,
                                         .opaque = server,
                                         .sink = &server->sink };
    if (!options.address)
        return 0;
    server->vnc = vnc_new(server->loop, &options, err);
    return server->vnc ? 0 : -EINVAL;
}

static int start(struct display_server *server, struct error *err)
{
    server->drawing = vga_drawing_new();
    if (!server->drawing)
        return error_system(err, -ENOMEM, "display");
    server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int result = server->timer_fd < 0 ? -errno
                                      : event_loop_add(server->loop, server->timer_fd,
                                                       EPOLLIN, timer_event, server);
    if (result == 0)
        result = event_loop_add(server->loop, server->options.socket, EPOLLIN,
                                socket_event, server);
    if (result < 0)
        return error_system(err, result, "display");
    result = listen_for_viewers(server, err);
    return result == 0 ? open_evdevs(server, err) : result;
}

void display_server_ready(struct display_server *server)
{
    const struct display_message ready = { .kind = DISPLAY_READY };
    say(server, &ready);
}

struct display_server *display_server_new(struct event_loop *loop,
                                          const struct display_server_options *options,
                                          struct error *err)
{
    struct display_server *server = calloc(1, sizeof(*server));
    if (!server) {
        error_system(err, -ENOMEM, "display");
        return NULL;
    }
    server->loop = loop;
    server->options = *options;
    server->timer_fd = -1;
    server->sink = (struct input_sink){ key, pointer, motion, server };
    if (start(server, err) < 0) {
        display_server_free(server);
        return NULL;
    }
    return server;
}

void display_server_free(struct display_server *server)
{
    if (!server)
        return;
    event_loop_remove(server->loop, server->options.socket);
    vnc_free(server->vnc);
    evdev_free(server->evdev);
    if (server->timer_fd >= 0) {
        event_loop_remove(server->loop, server->timer_fd);
        close(server->timer_fd);
    }
    if (server->memory)
        munmap((void *)server->memory, server->memory_size);
    vga_drawing_free(server->drawing);
    picture_free(&server->picture);
    free(server);
}
