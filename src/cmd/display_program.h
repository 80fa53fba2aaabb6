/* display_program.h: igdvm-display, started beside a machine when it is asked for. */
#ifndef CMD_DISPLAY_PROGRAM_H
#define CMD_DISPLAY_PROGRAM_H

#include "display/evdev_request.h" /* EVDEV_MAX_DEVICES */

#include <stdbool.h>   /* bool */
#include <sys/types.h> /* pid_t */

struct error;
struct sandbox;

/* What `igdvm run` was asked for. */
struct display_program_options {
    const char *vnc, *vnc_password; /* address, file */
    const char *screenshot;         /* file */
    const char *evdevs[EVDEV_MAX_DEVICES];
    unsigned evdev_count;
};

/* A picture is looked at, or saved. */
static inline bool display_program_shows(const struct display_program_options *options)
{
    return options->vnc || options->screenshot;
}

struct display_program {
    pid_t pid; /* 0: not started */
    int socket;
    int lifeline; /* cmd/programs.h */
    bool listens; /* set by the caller when it is ready */
};

/*
 * Start it; it opens what it was asked for while the machine is made, and confines
 * itself as sandbox says. socket: ours to it, -1 when it is not wanted. 0, or negative
 * with err.
 */
int display_program_start(struct display_program *program,
                          const struct display_program_options *options,
                          const struct sandbox *sandbox, struct error *err);

/*
 * Close the socket and wait for its end; after 3 s it is killed, or, when it is
 * another user's, left alone with a line in the log. If it listened its socket goes,
 * which it may not be able to remove as another user. Returns its exit status, 0 when
 * it was not started.
 */
int display_program_end(struct display_program *program,
                        const struct display_program_options *options);

#endif
