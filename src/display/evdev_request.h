/* evdev_request.h: which device of the host is handed to the guest, and how. */
#ifndef DISPLAY_EVDEV_REQUEST_H
#define DISPLAY_EVDEV_REQUEST_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* key codes */

#define EVDEV_MAX_DEVICES 8

/* Keys that, down together, give the devices back to the host or take them again. */
struct evdev_hotkey {
    const char *name;
    uint16_t first, second; /* KEY_*; second 0: one key alone */
};

struct evdev_request {
    const char *path;
    bool at_start; /* the guest has it from the start; else from the first hotkey on */
    const struct evdev_hotkey *hotkey;
};

/* What evdev_request_parse takes, for messages and help. */
#define EVDEV_REQUEST_FORM                                            \
    "DEVICE[,grab=now|hotkey][,hotkey=ctrl-ctrl|alt-alt|shift-shift|" \
    "meta-meta|scrolllock]"

/*
 * Read "DEVICE[,grab=...][,hotkey=...]"; text is cut into pieces and must stay valid.
 * 0, or -EINVAL when it is not of that form.
 */
int evdev_request_parse(char *text, struct evdev_request *request);

#endif
