/* evdev_events.c: what the events of a host's keyboard, mouse or touchpad amount to. */
#include "display/evdev_events.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "display/protocol.h" /* ranges */

#include <linux/input.h> /* types and codes */

/* A finger from edge to edge of a touchpad moves the pointer by this. */
#define TOUCHPAD_MOVES 1200

static int clip(int value, int most)
{
    return value < -most ? -most : value > most ? most : value;
}

static void take_key(struct evdev_events *events, unsigned code, int value)
{
    uint8_t *byte = &events->down[code / 8], bit = (uint8_t)(1u << code % 8);
    /* What was pressed before the guest had the keyboard goes up unheard. */
    if (!value && !(*byte & bit))
        return;
    *byte = value ? *byte | bit : *byte & (uint8_t)~bit;
    events->sink->key(events->sink->opaque, code, value != 0);
}

static void take_button(struct evdev_events *events, unsigned code, int value)
{
    unsigned bit = 0;
    if (code >= BTN_LEFT && code < BTN_LEFT + DISPLAY_BUTTONS)
        bit = 1u << (code - BTN_LEFT);
    else if (code == BTN_TOUCH && events->pointing == EVDEV_POINTS_AT)
        bit = 1;
    else if (code == BTN_TOUCH)
        events->at_known[0] = events->at_known[1] = false;
    events->buttons = value ? events->buttons | bit : events->buttons & ~bit;
}

static void take_relative(struct evdev_events *events, unsigned code, int value)
{
    int *const targets[] = { [REL_X] = &events->moved[0],
                             [REL_Y] = &events->moved[1],
                             [REL_WHEEL] = &events->wheel,
                             [REL_HWHEEL] = &events->wheel_sideways };
    if (code < ARRAY_SIZE(targets) && targets[code])
        *targets[code] =
            clip(*targets[code] + clip(value, DISPLAY_MOTION_MAX), DISPLAY_MOTION_MAX);
}

static void take_absolute(struct evdev_events *events, unsigned code, int value)
{
    if (code > ABS_Y)
        return;
    const struct evdev_axis *axis = &events->axes[code];
    int range = axis->most - axis->least;
    if (range <= 0)
        return;
    value = value < axis->least ? axis->least : value > axis->most ? axis->most : value;
    if (events->pointing == EVDEV_TOUCHPAD && events->at_known[code]) {
        int64_t way = (int64_t)(value - events->at[code]) * TOUCHPAD_MOVES +
                      events->remainder[code];
        events->moved[code] =
            clip(events->moved[code] + (int)(way / range), DISPLAY_MOTION_MAX);
        events->remainder[code] = (int)(way % range);
    }
    events->at[code] = value;
    events->at_known[code] = true;
    events->moved_at = true;
}

static unsigned scaled(const struct evdev_events *events, unsigned axis)
{
    int range = events->axes[axis].most - events->axes[axis].least;
    int64_t from_edge = events->at[axis] - events->axes[axis].least;
    return range > 0 && events->at_known[axis]
               ? (unsigned)(from_edge * DISPLAY_POINTER_MAX / range)
               : 0;
}

/* The device told all that happened at once. */
static void report(struct evdev_events *events)
{
    const struct input_sink *sink = events->sink;
    int wheel = clip(events->wheel, DISPLAY_WHEEL_MAX);
    int sideways = clip(events->wheel_sideways, DISPLAY_WHEEL_MAX);
    bool clicked = events->buttons != events->buttons_told || wheel || sideways;

    if (events->pointing == EVDEV_POINTS_AT) {
        if (clicked || events->moved_at)
            sink->pointer(sink->opaque, scaled(events, 0), scaled(events, 1),
                          events->buttons, wheel, sideways);
    } else if (clicked || events->moved[0] || events->moved[1]) {
        sink->motion(sink->opaque, events->moved[0], events->moved[1], events->buttons,
                     wheel, sideways);
    }
    events->buttons_told = events->buttons;
    events->moved[0] = events->moved[1] = 0;
    events->wheel = events->wheel_sideways = 0;
    events->moved_at = false;
}

/* Does this key's press complete the hotkey? */
static bool is_hotkey(struct evdev_events *events, unsigned code, int value)
{
    const struct evdev_hotkey *hotkey = events->hotkey;
    if (code == hotkey->first)
        events->hotkey_down[0] = value != 0;
    else if (code == hotkey->second)
        events->hotkey_down[1] = value != 0;
    else
        return false;
    return value == 1 && events->hotkey_down[0] &&
           (events->hotkey_down[1] || !hotkey->second);
}

bool evdev_events_take(struct evdev_events *events, unsigned type, unsigned code,
                       int value)
{
    bool hotkey = type == EV_KEY && code && is_hotkey(events, code, value);
    if (hotkey || !events->to_guest)
        return hotkey;
    if (type == EV_KEY && code > 0 && code <= DISPLAY_KEY_MAX)
        take_key(events, code, value);
    else if (type == EV_KEY && code >= BTN_MISC && value < 2)
        take_button(events, code, value);
    else if (type == EV_REL)
        take_relative(events, code, value);
    else if (type == EV_ABS)
        take_absolute(events, code, value);
    else if (type == EV_SYN && code == SYN_REPORT)
        report(events);
    return false;
}

void evdev_events_release(struct evdev_events *events)
{
    for (unsigned code = 1; code <= DISPLAY_KEY_MAX; code++) {
        if (events->down[code / 8] >> code % 8 & 1)
            take_key(events, code, 0);
    }
    events->buttons = 0;
    report(events);
    events->at_known[0] = events->at_known[1] = false;
}
