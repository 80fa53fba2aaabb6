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
    uint32_t
        timings; /* offset of the timing registers of the transcoder that drives it */
    uint64_t start;  /* nanoseconds: when vertical blank number 0 began */
    uint64_t length; /* of a frame, nanoseconds */
    uint32_t frames; /* vertical blanks that were announced */
};

/* Lines and pixels of a running pipe, in all and seen. */
struct pipe_timing {
    uint32_t htotal, hactive, vtotal, vactive;
};

/* The timer of clock.h: announce every vertical blank whose time has come. */
void pipes_timer(struct model *model);

/* Vertical blanks since the pipe was enabled; those due are announced first. */
uint32_t pipes_frames(struct model *model, unsigned pipe);

struct pipe_timing pipes_timing(const struct model *model, unsigned pipe);

/*
 * The DDI the transcoder of this pipe feeds, as struct model_port counts them; -1:
 * none.
 */
int pipes_ddi(const struct model *model, unsigned pipe);

#endif
