/* vnc.h: shows a picture to VNC viewers (RFB, RFC 6143). */
#ifndef DISPLAY_VNC_H
#define DISPLAY_VNC_H

#include "display/input_sink.h" /* struct input_sink */
#include "display/picture.h"    /* struct picture, struct damage */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* lights */

struct error;
struct event_loop;
struct vnc;

/* VNC's authentication looks at no more of a password. */
#define VNC_PASSWORD_MAX 8

/* Strings and the sink must stay valid. */
struct vnc_options {
    /*
     * "unix:PATH", "HOST:PORT", "[IPV6]:PORT", ":PORT" (the port on this computer only,
     * as with an empty host) or "PORT".
     */
    const char *address;
    const char *title;    /* of viewers' windows */
    const char *password; /* NULL: none is asked for */
    /* Before the first viewer is greeted (time for vnc_show), after the last is gone.
     */
    void (*watched)(void *opaque, bool by_anyone);
    void *opaque;
    const struct input_sink *sink; /* what viewers do; NULL: they may only look */
};

/*
 * Listen. Everything runs on the loop's thread. NULL with err: no such address, in use,
 * or igdvm was built without libvncserver. Free before the loop.
 */
struct vnc *vnc_new(struct event_loop *loop, const struct vnc_options *options,
                    struct error *err);
void vnc_free(struct vnc *vnc);

/*
 * Show this picture from now on; its pixels are read until the next call or vnc_free. A
 * picture of another size or at another place resizes the viewers' window. NULL or an
 * empty one: black, 640 by 480.
 */
void vnc_show(struct vnc *vnc, const struct picture *picture);

/* The guest switched the lights of its keyboard: DISPLAY_LIGHT_*. */
void vnc_set_lights(struct vnc *vnc, uint32_t lights);

/* These parts changed. Sends them to the viewers that wait. */
void vnc_changed(struct vnc *vnc, const struct damage *damage);

#endif
