/* run_options_display.c: options of `igdvm run` about who looks and types. */
#include "cmd/run_options.h" /* struct run_option */
#include "cmd/run_values.h"  /* what values may be */

#include <stdlib.h> /* free */
#include <string.h> /* strdup */

static int take_vnc(struct run_options *options, char *value, struct error *err)
{
    options->display.vnc = value;
    return value[0] ? 0
                    : run_value_bad(err, "vnc", value, "unix:PATH, HOST:PORT or PORT");
}

static int take_vnc_password(struct run_options *options, char *value,
                             struct error *err)
{
    (void)err;
    options->display.vnc_password = value;
    return 0;
}

static int take_screenshot(struct run_options *options, char *value, struct error *err)
{
    options->display.screenshot = value;
    return value[0] ? 0 : run_value_bad(err, "screenshot", value, "the name of a file");
}

/* igdvm-display reads it again; here it is only checked. */
static int take_evdev(struct run_options *options, char *value, struct error *err)
{
    struct display_program_options *display = &options->display;
    struct evdev_request request;
    char *copy = strdup(value);
    bool good = copy && evdev_request_parse(copy, &request) == 0;
    free(copy);
    if (!good)
        return run_value_bad(err, "evdev", value, EVDEV_REQUEST_FORM);
    if (display->evdev_count == EVDEV_MAX_DEVICES)
        return run_value_bad(err, "evdev", value, "at most 8 devices");
    display->evdevs[display->evdev_count++] = value;
    return 0;
}

const struct run_option run_display_options[] = {
    { "vnc", "ADDRESS", false,
      "show the emulated display to VNC viewers, and let\n"
      "them type and point: unix:PATH, HOST:PORT or PORT\n"
      "(of this computer only)",
      take_vnc },
    { "vnc-password", "FILE", false,
      "ask viewers for the password in this file's first\n"
      "line (1 to 8 characters)",
      take_vnc_password },
    { "screenshot", "FILE", false,
      "save the emulated display as PNG at the end, and\n"
      "whenever SIGUSR1 comes",
      take_screenshot },
    { "evdev", "DEVICE[,...]", true,
      "hand a keyboard, mouse or touchpad of this\n"
      "computer (/dev/input/...) to the guest; both Ctrl\n"
      "keys give it back and take it again; grab=hotkey:\n"
      "not before these; hotkey=alt-alt, shift-shift,\n"
      "meta-meta or scrolllock: by other keys",
      take_evdev },
    { NULL, NULL, false, NULL, NULL },
};
