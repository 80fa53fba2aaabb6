/* ddi.h: what happens to whoever is plugged into a port. */
#ifndef MODEL_DDI_H
#define MODEL_DDI_H

struct model;

/* This port (struct model_port's ddi) is off: its DisplayPort sink, if any, loses the
 * link. */
void ddi_off(struct model *model, unsigned ddi);

#endif
