/* fdi.h: Sandy and Ivy Bridge's way from a pipe to a port. */
#ifndef MODEL_FDI_H
#define MODEL_FDI_H

struct model;

/* The port this pipe feeds, 0: A to 3: D; -1: none. */
int fdi_ddi(const struct model *model, unsigned pipe);

#endif
