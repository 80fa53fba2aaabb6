/* control.h: a socket by which programs watch and change a running model. */
#ifndef MODEL_CONTROL_H
#define MODEL_CONTROL_H

#include <stddef.h> /* size_t */

struct control;
struct error;
struct event_loop;
struct model;
struct viewer;

/*
 * Requests and answers are JSON objects, one a line, answered in their order:
 *
 *     {"command": "info"}
 *     {"command": "screenshot", "file": "/tmp/screen.png", "connector": "hdmi-b"}
 *     {"command": "plug", "monitor": "hdmi-b:1280x720"}
 *     {"command": "unplug", "connector": "hdmi-b"}
 *     {"command": "fault", "fault": "edid-nak", "on": true}
 *
 * "connector" of a screenshot may be left out: all pipes that run; so may "file": that
 * of
 * --screenshot. An answer has "ok": true and what was asked for, or "ok": false and
 * "error".
 */

/* What requests are about; viewer may be NULL (no screenshots). */
struct control_target {
    struct model *model;
    struct viewer *viewer;
};

/* A longer line ends the connection, bytes. */
#define CONTROL_LINE_MAX 4096

/* The answer to one line (without its newline), a line itself. NULL: no memory. Free
 * it.
 */
char *control_answer(const struct control_target *target, const char *line,
                     size_t size);

/* Serve on a UNIX socket at path. NULL with err. Free it before target and loop. */
struct control *control_new(struct event_loop *loop, const char *path,
                            const struct control_target *target, struct error *err);
void control_free(struct control *control);

#endif
