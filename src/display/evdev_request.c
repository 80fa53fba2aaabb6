/* evdev_request.c: which device of the host is handed to the guest, and how. */
#include "display/evdev_request.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <errno.h>                   /* EINVAL */
#include <linux/input-event-codes.h> /* KEY_* */
#include <string.h>                  /* strsep */

/* The first is the one that is taken without being asked for. */
static const struct evdev_hotkey hotkeys[] = {
    { "ctrl-ctrl", KEY_LEFTCTRL, KEY_RIGHTCTRL },
    { "alt-alt", KEY_LEFTALT, KEY_RIGHTALT },
    { "shift-shift", KEY_LEFTSHIFT, KEY_RIGHTSHIFT },
    { "meta-meta", KEY_LEFTMETA, KEY_RIGHTMETA },
    { "scrolllock", KEY_SCROLLLOCK, 0 },
};

static int take_hotkey(const char *name, struct evdev_request *request)
{
    for (unsigned i = 0; i < ARRAY_SIZE(hotkeys); i++) {
        if (!strcmp(name, hotkeys[i].name)) {
            request->hotkey = &hotkeys[i];
            return 0;
        }
    }
    return -EINVAL;
}

static int take_grab(const char *when, struct evdev_request *request)
{
    request->at_start = !strcmp(when, "now");
    return request->at_start || !strcmp(when, "hotkey") ? 0 : -EINVAL;
}

int evdev_request_parse(char *text, struct evdev_request *request)
{
    static const char grab[] = "grab=", hotkey[] = "hotkey=";
    *request = (struct evdev_request){ .path = strsep(&text, ","),
                                       .at_start = true,
                                       .hotkey = &hotkeys[0] };
    int result = request->path[0] ? 0 : -EINVAL;
    for (const char *part; result == 0 && (part = strsep(&text, ","));) {
        if (!strncmp(part, grab, strlen(grab)))
            result = take_grab(part + strlen(grab), request);
        else if (!strncmp(part, hotkey, strlen(hotkey)))
            result = take_hotkey(part + strlen(hotkey), request);
        else
            result = -EINVAL;
    }
    return result;
}
