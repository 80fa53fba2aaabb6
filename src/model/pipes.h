/* pipes.h: pipes and the clock that drives each: scan line, frames, vertical blank. */
#ifndef MODEL_PIPES_H
#define MODEL_PIPES_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* times */

struct model;

#define MODEL_PIPES 4

/* A pipe's clock: all that is seen of time on a pipe is computed from these. */
struct pipe_clock {
    bool running;
    uint64_t start;  /* nanoseconds: when vertical blank number 0 began */
    uint64_t length; /* of a frame, nanoseconds */
    uint32_t frames; /* vertical blanks that were announced */
    uint8_t armed;   /* planes with a flip for the next vertical blank, a bit each */
};

/* The timer of clock.h: announce every vertical blank whose time has come. */
void pipes_timer(struct model *model);

/* Pipes the chip has. */
unsigned pipes_count(const struct model *model);

#endif
