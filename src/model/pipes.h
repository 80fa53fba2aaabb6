/* pipes.h: pipes and the clock that drives each: scan line, frames, vertical blank. */
#ifndef MODEL_PIPES_H
#define MODEL_PIPES_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* times */

struct model;

#define MODEL_PIPES 4

/*
 * A pipe's clock: all that is seen of time on a pipe is computed from these. Between
 * `since` and `next` the beam moves evenly from `from` to the end of the frame, which
 * is where vertical blanking begins.
 */
struct pipe_clock {
    bool running;
    bool updating; /* planes were written since the last vertical blank */
    bool stalled;  /* the beam ends a little before the frame does */
    uint32_t
        timings; /* offset of the timing registers of the transcoder that drives it */
    uint32_t frames; /* vertical blanks so far */
    uint64_t length; /* of a frame, nanoseconds, in the model's time */
    uint64_t since, next;
    uint64_t due;   /* next, but for a patient model */
    uint64_t from;  /* part of the frame that was through, of `length` */
    uint64_t began; /* when the frame began */
};

/* Lines and pixels of a running pipe, in all and seen. */
struct pipe_timing {
    uint32_t htotal, hactive, vtotal, vactive;
};

/* The timer of clock.h: announce every vertical blank whose time has come. */
void pipes_timer(struct model *model);

/*
 * A driver writes the pipe's planes and is to be done before the next vertical blank,
 * which therefore waits a while where the model is patient (model.h,
 * display_patience). Updating: such a driver, as i915 does, looks at the scan line or
 * the frame counter when it is done, and until then the vertical blank waits longer.
 */
void pipes_updating(struct model *model, unsigned pipe);
void pipes_busy(struct model *model, unsigned pipe);

/*
 * The driver has read a picture's checksum and looks at the frame counter next, to see
 * which frame it is of: a patient pipe does not begin another one meanwhile. Until it
 * looks the beam stalls before the place where drivers wait for a vertical blank.
 */
void pipes_checksum_read(struct model *model, unsigned pipe);

/* Vertical blanks since the pipe was enabled; those due are announced first. */
uint32_t pipes_frames(struct model *model, unsigned pipe);

struct pipe_timing pipes_timing(const struct model *model, unsigned pipe);

/*
 * The DDI the transcoder of this pipe feeds, as struct model_port counts them; -1:
 * none.
 */
int pipes_ddi(const struct model *model, unsigned pipe);

#endif
