/* evdev.h: hands keyboards and mice of the host to the guest, and back. */
#ifndef DISPLAY_EVDEV_H
#define DISPLAY_EVDEV_H

#include "display/evdev_request.h" /* struct evdev_request */
#include "display/input_sink.h"    /* struct input_sink */

#include <stdint.h> /* lights */

struct error;
struct event_loop;
struct evdev;

struct evdev_options {
    const struct evdev_request *requests;
    unsigned count;
    const struct input_sink *sink; /* what the devices do while the guest has them */
    /* The hotkey changed hands; all devices change together. */
    void (*changed)(void *opaque, bool guest_has_them);
    void *opaque;
};

/*
 * Open the devices; those asked for at the start are the guest's as soon as none of
 * their keys is down. A device that is pulled out is told of in the log and forgotten.
 * Everything runs on the loop's thread. NULL with err: no such device, no permission,
 * in another program's hands, or igdvm was built without libevdev. Free before the
 * loop.
 */
struct evdev *evdev_new(struct event_loop *loop, const struct evdev_options *options,
                        struct error *err);
void evdev_free(struct evdev *evdev);

/* The guest switched the lights of its keyboard (DISPLAY_LIGHT_*): so do these. */
void evdev_set_lights(struct evdev *evdev, uint32_t lights);

#endif
