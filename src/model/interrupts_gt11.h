/* interrupts_gt11.h: how the GT of Gen11 and later interrupts; for interrupts.c. */
#ifndef MODEL_INTERRUPTS_GT11_H
#define MODEL_INTERRUPTS_GT11_H

#include "model/interrupts.h" /* engines */

/* Bits 0 and 1 of the master register: which half has an engine that waits. */
uint32_t interrupts_gt11_pending(const struct model *model);
/* Events of an engine, 16 bits. */
void interrupts_gt11_raise(struct model *model, enum model_engine engine,
                           uint32_t bits);
void interrupts_gt11_reset(struct model *model);

#endif
