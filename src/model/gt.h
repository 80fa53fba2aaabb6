/* gt.h: the GT: engines that execute what the driver submits. */
#ifndef MODEL_GT_H
#define MODEL_GT_H

#include <stdint.h> /* counters */

struct error;
struct gt;
struct model;

/* 0 or a negative errno with err set; gt_free takes a model without GT, too. */
int gt_make(struct model *model, struct error *err);
void gt_free(struct model *model);

/* The GT's timer rang: let engines that have work go on. */
void gt_timer(struct model *model);

/*
 * What was executed, skipped and refused so far, and on which engines, as a JSON
 * object. Free it; NULL when out of memory.
 */
char *gt_describe(const struct model *model);

#endif
