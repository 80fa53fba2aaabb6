/* display_server.h: what igdvm-display does: the guest's picture to people, their input
 * back.
 */
#ifndef DISPLAY_SERVER_H
#define DISPLAY_SERVER_H

#include "display/evdev_request.h" /* struct evdev_request */

#include <stdint.h> /* counters */

struct error;
struct event_loop;
struct display_server;

struct display_server_options {
    int socket;           /* to igdvm; stays the caller's */
    const char *vnc;      /* address to listen at (see vnc.h), or NULL */
    const char *password; /* of viewers, or NULL */
    const char *title;    /* of viewers' windows */
    struct evdev_request evdevs[EVDEV_MAX_DEVICES];
    unsigned evdev_count;
};

/* What showing took so far. */
struct display_server_counters {
    uint64_t messages;        /* from igdvm */
    uint64_t looks;           /* times the guest's memory was compared */
    uint64_t converted_bytes; /* of the picture: what had changed and was drawn anew */
};

/*
 * Listen, and open the devices. The picture is drawn only
 * while a viewer watches or a screenshot is asked for. The loop is stopped with 0 when
 * igdvm closes the socket, or with -EPROTO when it breaks the protocol. NULL with err.
 * Free it before the loop.
 */
struct display_server *display_server_new(struct event_loop *loop,
                                          const struct display_server_options *options,
                                          struct error *err);
void display_server_free(struct display_server *server);

/* Tell igdvm that all is ready; before the loop runs. */
void display_server_ready(struct display_server *server);

struct display_server_counters
display_server_counters(const struct display_server *server);

#endif
