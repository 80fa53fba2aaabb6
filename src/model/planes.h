/* planes.h: the registers of planes and cursors, in each generation's form. */
#ifndef MODEL_PLANES_H
#define MODEL_PLANES_H

#include "model/scanout.h" /* struct scanout_plane */

/* The first register of a plane and of a pipe's cursor. */
uint32_t planes_base(const struct model *model, unsigned pipe, unsigned index);
uint32_t planes_cursor_base(const struct model *model, unsigned pipe);

/* Control of one of a pipe's two scalers, Gen9 on. */
#define PLANES_SCALER(pipe, index) (0x68180u + 0x800u * (pipe) + 0x100u * (index))

/* Fill in a cleared plane from what its registers hold now; index 0 is the lowest. */
void planes_read_universal(const struct model *model, unsigned pipe, unsigned index,
                           struct scanout_plane *plane); /* Gen9 on */
void planes_read_old(const struct model *model, unsigned pipe, unsigned index,
                     struct scanout_plane *plane); /* before: primary, sprite */
void planes_read_cursor(const struct model *model, unsigned pipe,
                        struct scanout_plane *plane);

#endif
