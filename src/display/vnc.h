/* vnc.h: shows a picture to VNC viewers (RFB, RFC 6143). */
#ifndef DISPLAY_VNC_H
#define DISPLAY_VNC_H

#include "display/picture.h" /* struct picture, struct damage */

#include <stdbool.h> /* bool */

struct error;
struct event_loop;
struct vnc;

/*
 * Listen at an address: "unix:PATH", "HOST:PORT", "[IPV6]:PORT", ":PORT" (the port on
 * this computer only, as with an empty host) or "PORT". watched is called before the
 * first viewer is greeted (time for vnc_show) and after the last has gone. Everything
 * runs on the loop's thread. NULL with err: no such address, in use, or igdvm was built
 * without libvncserver. Free before the loop.
 */
struct vnc *vnc_new(struct event_loop *loop, const char *address,
                    void (*watched)(void *opaque, bool by_anyone), void *opaque,
                    struct error *err);
void vnc_free(struct vnc *vnc);

/*
 * Show this picture from now on; its pixels are read until the next call or vnc_free. A
 * picture of another size or at another place resizes the viewers' window. NULL or an
 * empty one: black, 640 by 480.
 */
void vnc_show(struct vnc *vnc, const struct picture *picture);

/* These parts changed. Sends them to the viewers that wait. */
void vnc_changed(struct vnc *vnc, const struct damage *damage);

#endif
