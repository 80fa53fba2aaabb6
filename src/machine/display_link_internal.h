/* display_link_internal.h: the machine's end of the socket to igdvm-display, inside. */
#ifndef MACHINE_DISPLAY_LINK_INTERNAL_H
#define MACHINE_DISPLAY_LINK_INTERNAL_H

#include "machine/display_link.h" /* display_link_done */

#include <stdatomic.h> /* what other threads say */
#include <stdbool.h>   /* bool */

struct display_message;

#define DISPLAY_LINK_WHO             "display" /* in the log */
#define DISPLAY_LINK_SCREENSHOTS_MAX 8

/* A screenshot on its way. */
struct screenshot {
    bool used;
    char *name, *draft; /* draft: to be renamed to that; NULL: it is somebody's file */
    uint32_t id;
    display_link_done *done;
    void *opaque;
};

struct display_link {
    struct board *board;
    struct vga *vga;
    struct input *input;
    int socket; /* -1: over */
    int timer_fd;
    bool ready;   /* it said so */
    bool started; /* it has the memory that views are of */
    bool watched;
    uint64_t last_view; /* nanoseconds */
    /* Set on any thread; the timer is then set, too. */
    atomic_bool view_is_old, lights_are_old;
    atomic_uint lights;
    uint32_t next_id;
    struct screenshot screenshots[DISPLAY_LINK_SCREENSHOTS_MAX];
};

/* display_link.c */

/* 0 or negative errno; -EAGAIN: it does not keep up. fd: passed along, or -1. */
int display_link_say(struct display_link *link, const struct display_message *message,
                     int fd);

/* Tell what the VGA shows now; as display_link_say. */
int display_link_send_view(struct display_link *link);

/* It is over: nobody looks, nobody types. */
void display_link_hang_up(struct display_link *link);

/* It is gone, or talks nonsense: say so, and hang up. */
void display_link_lose(struct display_link *link, const struct error *err);

/*
 * Not by the loop: take messages until condition(of), or time is up, or it is over. 0,
 * or negative with err: -ETIMEDOUT, -ECONNRESET, -EPROTO.
 */
int display_link_wait_for(struct display_link *link, bool (*condition)(const void *of),
                          const void *of, unsigned milliseconds, struct error *err);

/* display_screenshots.c */

/* What came of screenshot `id`: 0, or a negative errno. Others are not known. */
void display_link_screenshot_done(struct display_link *link, uint32_t id, int result);

/* Nobody writes those on their way any more. */
void display_link_lose_screenshots(struct display_link *link);

#endif
