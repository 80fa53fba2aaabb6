/* viewer.h: who watches the model's pipes: screenshots and VNC. */
#ifndef MODEL_VIEWER_H
#define MODEL_VIEWER_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* counters */

struct error;
struct event_loop;
struct model;
struct viewer;

struct viewer_options {
    const char *screenshot; /* file of viewer_screenshot(NULL), or NULL */
    const char *vnc;        /* address to show a pipe at, see vnc.h, or NULL */
    char vnc_pipe;          /* 'a' to 'd'; 0: the first that runs */
};

/*
 * Costs nothing until somebody watches. The options must stay valid. NULL with err.
 * Free it before the model and the loop.
 */
struct viewer *viewer_new(struct event_loop *loop, struct model *model,
                          const struct viewer_options *options, struct error *err);
void viewer_free(struct viewer *viewer);

/* What watching took so far. */
struct viewer_counters {
    uint64_t looks;           /* times a pipe was looked at */
    uint64_t converted_bytes; /* of pictures: what had changed, and was drawn anew */
};

struct viewer_counters viewer_counters(const struct viewer *viewer);

/* Called with the name of each file that was written. */
typedef void viewer_file(void *opaque, const char *path);

/*
 * Write what the DDIs show now (bit n: DDI n; VIEWER_ALL: whatever runs): the first
 * pipe that runs and goes there to path (NULL: that of the
 * options; none there: nothing is done), each further one to a file beside it, the
 * pipe's letter before the extension: screen.png, screen-b.png. With no pipe running
 * what VGA shows, or a black picture. written may be NULL. 0 or negative errno.
 */
#define VIEWER_ALL 0u
int viewer_screenshot(struct viewer *viewer, const char *path, unsigned ddis,
                      viewer_file *written, void *opaque, struct error *err);

#endif
