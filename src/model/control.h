/* control.h: requests by which programs watch and change a running model. */
#ifndef MODEL_CONTROL_H
#define MODEL_CONTROL_H

struct control_line;
struct model;
struct viewer;

/*
 * Requests and answers are those of base/control_request.h:
 *
 *     {"do": "info"}
 *     {"do": "screenshot", "file": "/tmp/screen.png", "connector": "hdmi-b"}
 *     {"do": "plug", "monitor": "hdmi-b:1280x720"}
 *     {"do": "unplug", "connector": "hdmi-b"}
 *     {"do": "fault", "fault": "edid-nak", "on": true}
 *
 * "connector" of a screenshot may be left out: all pipes that run; so may "file": that
 * of --screenshot.
 */

/* What requests are about; viewer may be NULL (no screenshots). */
struct control_target {
    struct model *model;
    struct viewer *viewer;
};

/* A control_answerer (base/control_socket.h); opaque is a struct control_target. */
char *control_answer(void *opaque, struct control_line *line);

#endif
