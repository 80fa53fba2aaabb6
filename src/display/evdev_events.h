/* evdev_events.h: what the events of a host's keyboard, mouse or touchpad amount to. */
#ifndef DISPLAY_EVDEV_EVENTS_H
#define DISPLAY_EVDEV_EVENTS_H

#include "display/evdev_request.h" /* struct evdev_hotkey */
#include "display/input_sink.h"    /* struct input_sink */

#include <stdint.h> /* events */

/* How a device points, by what it has. */
enum evdev_pointing {
    EVDEV_POINTS_NOT,
    EVDEV_MOVES,     /* a mouse */
    EVDEV_POINTS_AT, /* a tablet, a touch screen */
    EVDEV_TOUCHPAD,  /* fingers on a surface move a pointer elsewhere */
};

/* Least and most of an axis; both 0 where it has none. */
struct evdev_axis {
    int least, most;
};

/* One device. Zeroed but for the first group. */
struct evdev_events {
    const struct input_sink *sink;
    const struct evdev_hotkey *hotkey;
    enum evdev_pointing pointing;
    struct evdev_axis axes[2]; /* x, y */

    bool to_guest;    /* else only the hotkey is looked for */
    uint8_t down[32]; /* bit n: key n is, for the guest */
    bool hotkey_down[2];
    unsigned buttons, buttons_told;
    int moved[2];     /* since the last report */
    int remainder[2]; /* of a touchpad's movement, in its own units */
    int at[2];        /* where the pen or finger is */
    bool at_known[2]; /* of a touchpad: since it was put down */
    bool moved_at;    /* at changed since the last report */
    int wheel, wheel_sideways;
};

/* An event of linux/input.h. true: with it the hotkey is pressed. */
bool evdev_events_take(struct evdev_events *events, unsigned type, unsigned code,
                       int value);

/* The host has the device again: nothing stays pressed in the guest. */
void evdev_events_release(struct evdev_events *events);

#endif
