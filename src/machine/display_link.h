/* display_link.h: the machine's end of the socket to igdvm-display. */
#ifndef MACHINE_DISPLAY_LINK_H
#define MACHINE_DISPLAY_LINK_H

#include <stdint.h> /* lights */

struct board;
struct display_link;
struct error;
struct input;
struct vga;

/*
 * igdvm-display shows the guest's picture and hands on what people type. It is told of
 * views at most 60 times a second, and only while it says that somebody looks. When it
 * ends, or breaks the protocol, one line tells so and the guest goes on.
 */

/*
 * On a connected socket, which stays the caller's and is shut down at the end. Needs
 * board->loop, and takes board->lock. NULL with err.
 */
struct display_link *display_link_new(struct board *board, int socket,
                                      struct error *err);
void display_link_free(struct display_link *link);

/*
 * What it shows, and where input goes; before display_link_start. vga: NULL, when the
 * guest has no emulated display. Both must outlive the link.
 */
void display_link_set_devices(struct display_link *link, struct vga *vga,
                              struct input *input);

/*
 * Wait until igdvm-display is ready, 30 s at most, and begin. 0, or negative with err:
 * -ECONNRESET when it ended instead, and has said why on standard error.
 */
int display_link_start(struct display_link *link, struct error *err);

/* For struct vga_config, with a link: what it shows changed. With the board's lock. */
void display_link_changed(void *opaque);

/* The guest switched lights of its keyboard: DISPLAY_LIGHT_*. On any thread. */
void display_link_set_lights(struct display_link *link, uint32_t lights);

/*
 * Have the picture saved as a PNG file at path, which appears whole or not at all. done
 * is called on the loop's thread, with NULL or what went wrong. 0, or negative with err
 * when there is nothing to save or nobody to do it; then done is never called.
 */
typedef void display_link_done(void *opaque, const struct error *err);
int display_link_screenshot(struct display_link *link, const char *path,
                            display_link_done *done, void *opaque, struct error *err);

/*
 * Have it written to fd, a file open for writing that stays the caller's, and wait for
 * it, 5 s at most. name: what errors call it. 0, or negative with err.
 */
int display_link_screenshot_now(struct display_link *link, int fd, const char *name,
                                struct error *err);

/* The loop has ended: wait for screenshots that were asked for, 10 s at most. */
void display_link_finish(struct display_link *link);

#endif
