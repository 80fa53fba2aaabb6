/* test_evdev_events.c: events of keyboards, mice and touchpads, and the hotkey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"           /* ARRAY_SIZE */
#include "display/evdev_events.h" /* under test */
#include "display/protocol.h"     /* ranges */

#include <errno.h>       /* EINVAL */
#include <linux/input.h> /* events */
#include <stdio.h>       /* vsnprintf */
#include <string.h>      /* strlen */

static char said[1024];

static void say(const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(said);
    va_start(arguments, format);
    vsnprintf(said + used, sizeof(said) - used, format, arguments);
    va_end(arguments);
}

static void key(void *opaque, unsigned code, bool down)
{
    assert_in_range(code, 1, DISPLAY_KEY_MAX);
    say("%u%s ", code, down ? "" : "^");
}

static void pointer(void *opaque, unsigned x, unsigned y, unsigned buttons, int wheel,
                    int sideways)
{
    say("(%u %u %u %d %d) ", x, y, buttons, wheel, sideways);
}

static void motion(void *opaque, int dx, int dy, unsigned buttons, int wheel,
                   int sideways)
{
    say("[%d %d %u %d %d] ", dx, dy, buttons, wheel, sideways);
}

static const struct input_sink sink = { key, pointer, motion, NULL };

static struct evdev_events make(enum evdev_pointing pointing)
{
    static char text[] = "/dev/input/event0";
    struct evdev_request request;
    assert_int_equal(evdev_request_parse(text, &request), 0);
    said[0] = '\0';
    return (struct evdev_events){ .sink = &sink,
                                  .hotkey = request.hotkey,
                                  .pointing = pointing,
                                  .axes = { { 0, 1000 }, { -100, 100 } },
                                  .to_guest = true };
}

static void expect(const char *text)
{
    assert_string_equal(said, text);
    said[0] = '\0';
}

static void sync(struct evdev_events *events)
{
    assert_false(evdev_events_take(events, EV_SYN, SYN_REPORT, 0));
}

static void test_keys(void **state)
{
    struct evdev_events events = make(EVDEV_POINTS_NOT);
    evdev_events_take(&events, EV_KEY, KEY_ENTER, 0); /* pressed before we came */
    evdev_events_take(&events, EV_KEY, KEY_A, 1);
    evdev_events_take(&events, EV_KEY, KEY_A, 2);
    evdev_events_take(&events, EV_KEY, KEY_A, 0);
    evdev_events_take(&events, EV_KEY, KEY_RESERVED, 1);
    evdev_events_take(&events, EV_KEY, KEY_MAX, 1);
    evdev_events_take(&events, EV_MSC, MSC_SCAN, 30);
    sync(&events);
    expect("30 30 30^ ");
}

static void test_hotkey(void **state)
{
    struct evdev_events events = make(EVDEV_POINTS_NOT);
    assert_false(evdev_events_take(&events, EV_KEY, KEY_LEFTCTRL, 1));
    assert_false(evdev_events_take(&events, EV_KEY, KEY_C, 1));
    assert_true(evdev_events_take(&events, EV_KEY, KEY_RIGHTCTRL, 1));
    expect("29 46 ");
    evdev_events_release(&events);
    expect("29^ 46^ ");
    events.to_guest = false;
    assert_false(evdev_events_take(&events, EV_KEY, KEY_RIGHTCTRL, 2));
    assert_false(evdev_events_take(&events, EV_KEY, KEY_RIGHTCTRL, 0));
    assert_false(evdev_events_take(&events, EV_KEY, KEY_LEFTCTRL, 0));
    assert_false(evdev_events_take(&events, EV_KEY, KEY_B, 1));
    assert_false(evdev_events_take(&events, EV_KEY, KEY_RIGHTCTRL, 1));
    assert_true(evdev_events_take(&events, EV_KEY, KEY_LEFTCTRL, 1));
    events.to_guest = true;
    evdev_events_take(&events, EV_KEY, KEY_LEFTCTRL, 0);
    expect("");
}

static void test_mouse(void **state)
{
    struct evdev_events events = make(EVDEV_MOVES);
    evdev_events_take(&events, EV_REL, REL_X, 5);
    evdev_events_take(&events, EV_REL, REL_Y, -3);
    evdev_events_take(&events, EV_REL, REL_X, 2);
    sync(&events);
    sync(&events);
    expect("[7 -3 0 0 0] ");
    evdev_events_take(&events, EV_KEY, BTN_RIGHT, 1);
    sync(&events);
    evdev_events_take(&events, EV_REL, REL_WHEEL, 1);
    evdev_events_take(&events, EV_REL, REL_HWHEEL, -500);
    evdev_events_take(&events, EV_REL, REL_WHEEL_HI_RES, 120);
    sync(&events);
    expect("[0 0 2 0 0] [0 0 2 1 -127] ");
    evdev_events_take(&events, EV_REL, REL_X, INT32_MAX);
    evdev_events_take(&events, EV_REL, REL_X, INT32_MAX);
    evdev_events_take(&events, EV_REL, REL_Y, INT32_MIN);
    sync(&events);
    expect("[32767 -32767 2 0 0] ");
    evdev_events_release(&events);
    expect("[0 0 0 0 0] ");
}

static void test_tablet(void **state)
{
    struct evdev_events events = make(EVDEV_POINTS_AT);
    evdev_events_take(&events, EV_ABS, ABS_X, 500);
    evdev_events_take(&events, EV_ABS, ABS_Y, 100);
    evdev_events_take(&events, EV_KEY, BTN_TOUCH, 1);
    sync(&events);
    evdev_events_take(&events, EV_ABS, ABS_X, INT32_MIN);
    evdev_events_take(&events, EV_ABS, ABS_Y, INT32_MAX);
    evdev_events_take(&events, EV_ABS, ABS_MT_SLOT, 5);
    sync(&events);
    expect("(16383 32767 1 0 0) (0 32767 1 0 0) ");
}

static void test_touchpad(void **state)
{
    struct evdev_events events = make(EVDEV_TOUCHPAD);
    evdev_events_take(&events, EV_KEY, BTN_TOUCH, 1);
    evdev_events_take(&events, EV_ABS, ABS_X, 500);
    evdev_events_take(&events, EV_ABS, ABS_Y, 0);
    sync(&events);
    for (int x = 501; x <= 510; x++) { /* 1.2 each */
        evdev_events_take(&events, EV_ABS, ABS_X, x);
        sync(&events);
    }
    expect("[1 0 0 0 0] [1 0 0 0 0] [1 0 0 0 0] [1 0 0 0 0] [2 0 0 0 0] [1 0 0 0 0] "
           "[1 0 0 0 0] [1 0 0 0 0] [1 0 0 0 0] [2 0 0 0 0] ");
    /* Put down elsewhere it moves nothing. */
    evdev_events_take(&events, EV_KEY, BTN_TOUCH, 0);
    sync(&events);
    evdev_events_take(&events, EV_KEY, BTN_TOUCH, 1);
    evdev_events_take(&events, EV_ABS, ABS_X, 10);
    sync(&events);
    expect("");
    evdev_events_take(&events, EV_KEY, BTN_LEFT, 1);
    sync(&events);
    expect("[0 0 1 0 0] ");
}

static void test_requests(void **state)
{
    static const char *const wrong[] = { "",           ",grab=now",
                                         "x,",         "x,grab",
                                         "x,grab=off", "x,hotkey=ctrl",
                                         "x,hotkey=",  "x,hotkey=ctrl-ctrl,y" };
    char text[64];
    struct evdev_request request;
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        snprintf(text, sizeof(text), "%s", wrong[i]);
        assert_int_equal(evdev_request_parse(text, &request), -EINVAL);
    }
    snprintf(text, sizeof(text), "/dev/input/by-id/a,hotkey=scrolllock,grab=hotkey");
    assert_int_equal(evdev_request_parse(text, &request), 0);
    assert_string_equal(request.path, "/dev/input/by-id/a");
    assert_int_equal(request.hotkey->first, KEY_SCROLLLOCK);
    assert_false(request.at_start);
    struct evdev_events events = make(EVDEV_POINTS_NOT);
    events.hotkey = request.hotkey;
    assert_true(evdev_events_take(&events, EV_KEY, KEY_SCROLLLOCK, 1));
    assert_false(evdev_events_take(&events, EV_KEY, KEY_SCROLLLOCK, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),     cmocka_unit_test(test_hotkey),
        cmocka_unit_test(test_mouse),    cmocka_unit_test(test_tablet),
        cmocka_unit_test(test_touchpad), cmocka_unit_test(test_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
