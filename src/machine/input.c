/* input.c: what people type and point at, brought to the guest's keyboards and mice. */
#include "machine/input.h"

#include "base/error.h"           /* error_system */
#include "base/event_loop.h"      /* the time to try again */
#include "devices/i8042.h"        /* PS/2 */
#include "devices/ps2_keys.h"     /* what its keyboard says */
#include "devices/virtio_input.h" /* keyboard, tablet */
#include "display/protocol.h"     /* ranges */

#include <linux/input-event-codes.h> /* event types */
#include <stdlib.h>                  /* calloc */
#include <sys/timerfd.h>             /* the time to try again */
#include <time.h>                    /* how long something waits */
#include <unistd.h>                  /* close */

#define QUEUE_SIZE  256
#define PATIENCE_MS 3000 /* a guest that takes nothing for so long does not listen */
/* Nanoseconds until a guest that had no room is tried again: longer each time. */
#define SHORTEST_PAUSE 10000000
#define LONGEST_PAUSE  640000000

/* What one PS/2 packet can hold. */
#define PS2_STEP       255
#define PS2_WHEEL_STEP 7

enum event_kind { EVENT_KEY, EVENT_POINTER, EVENT_MOTION };

struct input_event {
    enum event_kind kind;
    uint64_t since; /* milliseconds */
    uint16_t code;  /* KEY */
    bool down;
    int x, y; /* POINTER: place; MOTION: way */
    unsigned buttons;
    int wheel, wheel_sideways;
};

/* Which keyboard a key is pressed on: it goes up where it went down. */
enum key_holder { HELD_NOWHERE, HELD_ON_PS2, HELD_ON_VIRTIO };

struct input {
    struct event_loop *loop;
    struct input_devices devices;
    int timer_fd;
    struct input_event queue[QUEUE_SIZE];
    unsigned head, used;
    bool waits;                        /* the guest has no room, the timer runs */
    long pause;                        /* nanoseconds */
    uint8_t held[DISPLAY_KEY_MAX + 1]; /* enum key_holder */
    unsigned tablet_buttons;           /* as the guest knows them */
    uint32_t width, height;
    bool place_known;     /* of the pointer, for PS/2 */
    int place_x, place_y; /* in pixels */
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool key_to_ps2(struct input *input, const struct input_event *event)
{
    uint8_t codes[PS2_KEY_BYTES];
    unsigned count = ps2_key_codes(event->code, event->down, codes);
    return !count || i8042_key(input->devices.i8042, codes, count);
}

static bool key_to_virtio(struct input *input, const struct input_event *event)
{
    const struct virtio_input_event key = { EV_KEY, event->code, event->down };
    /* The guest repeats keys itself. A driver that is gone holds nothing down. */
    if (event->down && input->held[event->code])
        return true;
    return virtio_input_tell(input->devices.keyboard, &key, 1) ||
           (!event->down && !virtio_input_driven(input->devices.keyboard));
}

static bool deliver_key(struct input *input, const struct input_event *event)
{
    uint8_t *holder = &input->held[event->code];
    enum key_holder to = *holder;
    if (!to && !event->down)
        return true;
    if (!to)
        to =
            virtio_input_driven(input->devices.keyboard) ? HELD_ON_VIRTIO : HELD_ON_PS2;
    bool taken =
        to == HELD_ON_VIRTIO ? key_to_virtio(input, event) : key_to_ps2(input, event);
    if (taken)
        *holder = (uint8_t)(event->down ? to : HELD_NOWHERE);
    return taken;
}

static int step(int way, int most)
{
    return way < -most ? -most : way > most ? most : way;
}

/* As many packets as it takes; what is left of the event stays in it. */
static bool motion_to_ps2(struct input *input, struct input_event *event)
{
    do {
        int dx = step(event->x, PS2_STEP), dy = step(event->y, PS2_STEP);
        int wheel = step(event->wheel, PS2_WHEEL_STEP);
        /* There up is positive, and the wheel towards the user. */
        if (!i8042_mouse(input->devices.i8042, dx, -dy, -wheel,
                         (uint8_t)(event->buttons & 7)))
            return false;
        event->x -= dx;
        event->y -= dy;
        event->wheel -= wheel;
    } while (event->x || event->y || event->wheel);
    return true;
}

static bool pointer_to_tablet(struct input *input, const struct input_event *event)
{
    struct virtio_input_event events[4 + DISPLAY_BUTTONS] = {
        { EV_ABS, ABS_X, (uint32_t)event->x },
        { EV_ABS, ABS_Y, (uint32_t)event->y },
    };
    unsigned count = 2;
    for (unsigned i = 0; i < DISPLAY_BUTTONS; i++) {
        unsigned bit = 1u << i;
        if ((event->buttons ^ input->tablet_buttons) & bit)
            events[count++] =
                (struct virtio_input_event){ EV_KEY, (uint16_t)(BTN_LEFT + i),
                                             !!(event->buttons & bit) };
    }
    if (event->wheel)
        events[count++] =
            (struct virtio_input_event){ EV_REL, REL_WHEEL, (uint32_t)event->wheel };
    if (event->wheel_sideways)
        events[count++] =
            (struct virtio_input_event){ EV_REL, REL_HWHEEL,
                                         (uint32_t)event->wheel_sideways };
    if (!virtio_input_tell(input->devices.tablet, events, count))
        return false;
    input->tablet_buttons = event->buttons;
    return true;
}

/* A place as a way from the last one; then it is a mouse's motion, also if it waits. */
static void make_motion(struct input *input, struct input_event *event)
{
    int x = (int)((uint64_t)event->x * input->width / (DISPLAY_POINTER_MAX + 1));
    int y = (int)((uint64_t)event->y * input->height / (DISPLAY_POINTER_MAX + 1));
    event->kind = EVENT_MOTION;
    event->x = input->place_known ? x - input->place_x : 0;
    event->y = input->place_known ? y - input->place_y : 0;
    input->place_x = x;
    input->place_y = y;
    input->place_known = true;
}

static bool deliver(struct input *input, struct input_event *event)
{
    if (event->kind == EVENT_KEY)
        return deliver_key(input, event);
    if (event->kind == EVENT_POINTER && virtio_input_driven(input->devices.tablet)) {
        input->place_known = false;
        return pointer_to_tablet(input, event);
    }
    if (event->kind == EVENT_POINTER)
        make_motion(input, event);
    return motion_to_ps2(input, event);
}

static void append(struct input *input, const struct input_event *event)
{
    struct input_event *place =
        &input->queue[(input->head + input->used++) % QUEUE_SIZE];
    *place = *event;
    place->since = now_ms();
}

/* Nothing waits any more but the keys that are down to go up. */
static void drop_all(struct input *input)
{
    _Static_assert(DISPLAY_KEY_MAX < QUEUE_SIZE, "all keys can go up");
    input->used = 0;
    for (unsigned code = 1; code <= DISPLAY_KEY_MAX; code++) {
        if (input->held[code])
            append(input,
                   &(struct input_event){ .kind = EVENT_KEY, .code = (uint16_t)code });
    }
}

static void deliver_all(struct input *input)
{
    input->waits = false;
    while (input->used) {
        struct input_event *event = &input->queue[input->head];
        if (!deliver(input, event)) {
            input->waits = true;
            break;
        }
        input->head = (input->head + 1) % QUEUE_SIZE;
        input->used--;
        input->pause = SHORTEST_PAUSE;
    }
    if (!input->waits)
        return;
    if (now_ms() - input->queue[input->head].since > PATIENCE_MS)
        drop_all(input);
    const struct itimerspec soon = { .it_value.tv_nsec = input->pause };
    timerfd_settime(input->timer_fd, 0, &soon, NULL);
    input->pause *= 2;
    if (input->pause > LONGEST_PAUSE)
        input->pause = LONGEST_PAUSE;
}

/* Movement that still waits grows by this; a button makes an event of its own. */
static bool merge(struct input_event *last, const struct input_event *event)
{
    if (last->kind != event->kind || event->kind == EVENT_KEY ||
        last->buttons != event->buttons)
        return false;
    int wheel = last->wheel + event->wheel;
    int sideways = last->wheel_sideways + event->wheel_sideways;
    last->x = event->kind == EVENT_MOTION ? last->x + event->x : event->x;
    last->y = event->kind == EVENT_MOTION ? last->y + event->y : event->y;
    last->x = step(last->x, DISPLAY_MOTION_MAX);
    last->y = step(last->y, DISPLAY_MOTION_MAX);
    last->wheel = step(wheel, DISPLAY_WHEEL_MAX);
    last->wheel_sideways = step(sideways, DISPLAY_WHEEL_MAX);
    return true;
}

static void add(struct input *input, const struct input_event *event)
{
    unsigned last = (input->head + input->used + QUEUE_SIZE - 1) % QUEUE_SIZE;
    if (!input->used || !merge(&input->queue[last], event)) {
        if (input->used == QUEUE_SIZE)
            drop_all(input);
        append(input, event);
    }
    if (!input->waits)
        deliver_all(input);
}

void input_key(struct input *input, unsigned code, bool down)
{
    if (code > 0 && code <= DISPLAY_KEY_MAX)
        add(input, &(struct input_event){
                       .kind = EVENT_KEY, .code = (uint16_t)code, .down = down });
}

void input_pointer(struct input *input, unsigned x, unsigned y, unsigned buttons,
                   int wheel, int wheel_sideways)
{
    add(input, &(struct input_event){ .kind = EVENT_POINTER,
                                      .x = (int)x,
                                      .y = (int)y,
                                      .buttons = buttons,
                                      .wheel = wheel,
                                      .wheel_sideways = wheel_sideways });
}

void input_motion(struct input *input, int dx, int dy, unsigned buttons, int wheel,
                  int wheel_sideways)
{
    add(input, &(struct input_event){ .kind = EVENT_MOTION,
                                      .x = dx,
                                      .y = dy,
                                      .buttons = buttons,
                                      .wheel = wheel,
                                      .wheel_sideways = wheel_sideways });
}

void input_set_size(struct input *input, uint32_t width, uint32_t height)
{
    if (width == input->width && height == input->height)
        return;
    input->width = width;
    input->height = height;
    input->place_known = false;
}

void input_release(struct input *input)
{
    drop_all(input);
    input_motion(input, 0, 0, 0, 0, 0);
}

static void timer_event(void *opaque, uint32_t events)
{
    struct input *input = opaque;
    uint64_t ticks;
    ssize_t ignored = read(input->timer_fd, &ticks, sizeof(ticks));
    (void)ignored;
    (void)events;
    deliver_all(input);
}

struct input *input_new(struct event_loop *loop, const struct input_devices *devices,
                        struct error *err)
{
    struct input *input = calloc(1, sizeof(*input));
    if (!input) {
        error_system(err, -ENOMEM, "input");
        return NULL;
    }
    input->loop = loop;
    input->devices = *devices;
    input->pause = SHORTEST_PAUSE;
    input_set_size(input, 640, 480);
    input->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int result = input->timer_fd < 0 ? -errno
                                     : event_loop_add(loop, input->timer_fd, EPOLLIN,
                                                      timer_event, input);
    if (result < 0) {
        error_system(err, result, "input");
        input_free(input);
        return NULL;
    }
    return input;
}

void input_free(struct input *input)
{
    if (!input)
        return;
    if (input->timer_fd >= 0) {
        event_loop_remove(input->loop, input->timer_fd);
        close(input->timer_fd);
    }
    free(input);
}
