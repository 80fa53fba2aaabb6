/* evdev.c: hands keyboards and mice of the host to the guest, and back, by libevdev. */
#include "display/evdev.h"

#include "base/error.h" /* errors */

#include <stddef.h> /* NULL */

#ifdef HAVE_EVDEV

#include "base/bytes.h"           /* ARRAY_SIZE */
#include "base/event_loop.h"      /* events */
#include "base/log.h"             /* devices that go */
#include "display/evdev_events.h" /* what they amount to */
#include "display/protocol.h"     /* lights */

#include <fcntl.h>             /* open */
#include <libevdev/libevdev.h> /* the library */
#include <stdlib.h>            /* calloc */
#include <string.h>            /* strerror */
#include <unistd.h>            /* close */

/* Events handled before others get their turn. */
#define EVENTS_A_TURN 64

static const struct {
    unsigned light, led;
} lights_of[] = {
    { DISPLAY_LIGHT_NUM, LED_NUML },
    { DISPLAY_LIGHT_CAPS, LED_CAPSL },
    { DISPLAY_LIGHT_SCROLL, LED_SCROLLL },
};

struct host_device {
    struct evdev *evdev;
    const struct evdev_request *request;
    int fd; /* -1: gone */
    struct libevdev *library;
    struct evdev_events events;
    bool waits; /* to be grabbed when no key is down any more */
    bool grabbed;
    uint32_t host_lights; /* as they were when it was grabbed */
};

struct evdev {
    struct event_loop *loop;
    struct evdev_options options;
    bool with_guest;
    uint32_t lights; /* the guest's */
    unsigned count;
    struct host_device devices[EVDEV_MAX_DEVICES];
};

static bool any_key_down(const struct host_device *device)
{
    for (unsigned code = 1; code < KEY_CNT; code++) {
        if (code != BTN_TOUCH &&
            libevdev_get_event_value(device->library, EV_KEY, code))
            return true;
    }
    return false;
}

static void show_lights(const struct host_device *device, uint32_t lights)
{
    for (unsigned i = 0; i < ARRAY_SIZE(lights_of); i++) {
        if (libevdev_has_event_code(device->library, EV_LED, lights_of[i].led))
            libevdev_kernel_set_led_value(
                device->library, lights_of[i].led,
                lights & lights_of[i].light ? LIBEVDEV_LED_ON : LIBEVDEV_LED_OFF);
    }
}

static uint32_t read_lights(const struct host_device *device)
{
    uint32_t lights = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(lights_of); i++) {
        if (libevdev_get_event_value(device->library, EV_LED, lights_of[i].led))
            lights |= lights_of[i].light;
    }
    return lights;
}

/*
 * Take it, or wait: the host would never hear of a key that is down now going up, as
 * the Enter that started igdvm. 0 or negative errno.
 */
static int take(struct host_device *device)
{
    device->waits = any_key_down(device);
    if (device->waits || device->grabbed)
        return 0;
    int result = libevdev_grab(device->library, LIBEVDEV_GRAB);
    if (result < 0)
        return result;
    device->grabbed = device->events.to_guest = true;
    device->host_lights = read_lights(device);
    show_lights(device, device->evdev->lights);
    return 0;
}

static void give_back(struct host_device *device)
{
    device->waits = false;
    if (!device->grabbed)
        return;
    evdev_events_release(&device->events);
    device->grabbed = device->events.to_guest = false;
    show_lights(device, device->host_lights);
    libevdev_grab(device->library, LIBEVDEV_UNGRAB);
}

static void change_hands(struct evdev *evdev)
{
    evdev->with_guest = !evdev->with_guest;
    for (unsigned i = 0; i < evdev->count; i++) {
        struct host_device *device = &evdev->devices[i];
        if (device->fd < 0)
            continue;
        if (!evdev->with_guest)
            give_back(device);
        else if (take(device) < 0)
            log_warning(device->request->path,
                        "another program has the device: it stays there");
    }
    evdev->options.changed(evdev->options.opaque, evdev->with_guest);
}

static void forget(struct host_device *device)
{
    event_loop_remove(device->evdev->loop, device->fd);
    give_back(device);
    libevdev_free(device->library);
    close(device->fd);
    device->fd = -1;
    device->library = NULL;
}

static void device_event(void *opaque, uint32_t events)
{
    struct host_device *device = opaque;
    unsigned flag = LIBEVDEV_READ_FLAG_NORMAL;
    (void)events;

    for (unsigned i = 0; i < EVENTS_A_TURN; i++) {
        struct input_event event;
        int result = libevdev_next_event(device->library, flag, &event);
        if (result == -EAGAIN && flag == LIBEVDEV_READ_FLAG_NORMAL)
            break;
        if (result == -EAGAIN) { /* all that was lost is told */
            flag = LIBEVDEV_READ_FLAG_NORMAL;
            continue;
        }
        if (result < 0) {
            log_warning(device->request->path,
                        "%s: the guest goes on without this device",
                        result == -ENODEV ? "gone" : strerror(-result));
            forget(device);
            return;
        }
        if (result == LIBEVDEV_READ_STATUS_SYNC)
            flag = LIBEVDEV_READ_FLAG_SYNC;
        if (evdev_events_take(&device->events, event.type, event.code, event.value))
            change_hands(device->evdev);
    }
    if (device->waits && take(device) < 0)
        log_warning(device->request->path,
                    "another program has the device: it stays there");
}

static enum evdev_pointing pointing_of(const struct libevdev *library)
{
    if (libevdev_has_event_code(library, EV_REL, REL_X))
        return EVDEV_MOVES;
    if (!libevdev_has_event_code(library, EV_ABS, ABS_X) ||
        !libevdev_has_event_code(library, EV_ABS, ABS_Y))
        return EVDEV_POINTS_NOT;
    return libevdev_has_event_code(library, EV_KEY, BTN_TOOL_FINGER) &&
                   !libevdev_has_property(library, INPUT_PROP_DIRECT)
               ? EVDEV_TOUCHPAD
               : EVDEV_POINTS_AT;
}

static int open_device(struct host_device *device, struct error *err)
{
    const char *path = device->request->path;
    device->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (device->fd < 0)
        return error_set(
            err, ERROR_INPUT, -errno, "--evdev %s: %s%s", path, strerror(errno),
            errno == EACCES ? "; members of the group 'input' may open it, and root"
                            : "");
    int result = libevdev_new_from_fd(device->fd, &device->library);
    if (result < 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--evdev %s: not an input device, expected one of "
                         "/dev/input",
                         path);
    struct evdev_events *events = &device->events;
    events->sink = device->evdev->options.sink;
    events->hotkey = device->request->hotkey;
    events->pointing = pointing_of(device->library);
    for (unsigned axis = 0; axis < 2; axis++) {
        events->axes[axis].least = libevdev_get_abs_minimum(device->library, axis);
        events->axes[axis].most = libevdev_get_abs_maximum(device->library, axis);
    }
    result =
        event_loop_add(device->evdev->loop, device->fd, EPOLLIN, device_event, device);
    if (result == 0 && device->request->at_start)
        result = take(device);
    if (result == -EBUSY)
        return error_set(err, ERROR_SYSTEM, result,
                         "--evdev %s: another program has grabbed it; end that, or "
                         "hand over another device",
                         path);
    return result < 0 ? error_system(err, result, "--evdev %s", path) : 0;
}

struct evdev *evdev_new(struct event_loop *loop, const struct evdev_options *options,
                        struct error *err)
{
    struct evdev *evdev = calloc(1, sizeof(*evdev));
    if (!evdev) {
        error_system(err, -ENOMEM, "--evdev");
        return NULL;
    }
    evdev->loop = loop;
    evdev->options = *options;
    for (unsigned i = 0; i < options->count && i < EVDEV_MAX_DEVICES; i++) {
        struct host_device *device = &evdev->devices[evdev->count++];
        device->evdev = evdev;
        device->request = &options->requests[i];
        if (open_device(device, err) < 0) {
            evdev_free(evdev);
            return NULL;
        }
        evdev->with_guest |= device->request->at_start;
    }
    return evdev;
}

void evdev_free(struct evdev *evdev)
{
    if (!evdev)
        return;
    for (unsigned i = 0; i < evdev->count; i++) {
        struct host_device *device = &evdev->devices[i];
        if (device->library)
            forget(device);
        else if (device->fd >= 0)
            close(device->fd);
    }
    free(evdev);
}

void evdev_set_lights(struct evdev *evdev, uint32_t lights)
{
    evdev->lights = lights;
    for (unsigned i = 0; i < evdev->count; i++) {
        if (evdev->devices[i].grabbed)
            show_lights(&evdev->devices[i], lights);
    }
}

#else

struct evdev *evdev_new(struct event_loop *loop, const struct evdev_options *options,
                        struct error *err)
{
    error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
              "--evdev %s: this igdvm was built without libevdev",
              options->requests[0].path);
    return NULL;
}

void evdev_free(struct evdev *evdev)
{
}

void evdev_set_lights(struct evdev *evdev, uint32_t lights)
{
}

#endif
