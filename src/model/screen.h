/* screen.h: what a viewer sees of a pipe, kept up to date at little cost. */
#ifndef MODEL_SCREEN_H
#define MODEL_SCREEN_H

#include "display/picture.h" /* struct picture, struct damage */
#include "model/scanout.h"   /* struct scanout_pipe */
#include "model/surface.h"   /* struct surface_memory */

struct screen;

/* NULL when out of memory. The picture is empty until the first update. */
struct screen *screen_new(void);
void screen_free(struct screen *screen);

/*
 * Look at the pipe and its surfaces, and redraw what changed since the last time. Pages
 * of surfaces are compared with what they were, so an update costs one read of what is
 * shown, and drawing in proportion to what changed. A pipe that shows nothing gives a
 * black picture of its size; one that is off, or was given an impossible size, an empty
 * picture. The damage stays valid until the next call.
 */
const struct damage *screen_update(struct screen *screen,
                                   const struct scanout_pipe *pipe,
                                   const struct surface_memory *memory);

/* The picture as last drawn; width 0 when there is none. */
const struct picture *screen_picture(const struct screen *screen);

/* Forget the copies of surfaces: nobody watches. The picture stays. */
void screen_rest(struct screen *screen);

#endif
