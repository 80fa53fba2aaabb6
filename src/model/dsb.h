/* dsb.h: display state buffers: the display's own writers of registers. */
#ifndef MODEL_DSB_H
#define MODEL_DSB_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

struct model;

#define MODEL_DSBS 3 /* of each pipe */

struct dsb {
    bool running;
    uint32_t at;     /* GGTT address of the next instruction */
    uint32_t blanks; /* vertical blanks it waits for */
};

/* For pipes.c: the pipe is at a vertical blank. */
void dsb_vertical_blank(struct model *model, unsigned pipe);

#endif
