/* clock.h: the device's time, and what is to happen at a time. */
#ifndef MODEL_CLOCK_H
#define MODEL_CLOCK_H

#include <stdint.h> /* nanoseconds */

struct model;

/* Who waits for a time; append, and add its function to clock.c's table. */
enum model_timer {
    TIMER_PIPES,  /* the next vertical blank of any pipe */
    TIMER_GT,     /* the next turn of an engine */
    TIMER_FAULTS, /* the next act of a fault */
    TIMER_COUNT,
};

/* Nanoseconds of the bus's clock. Never runs backwards. */
uint64_t clock_now(struct model *model);

/*
 * Call the timer's function once at this time or soon after, on the model's thread;
 * 0: never. Replaces what was set before.
 */
void clock_set(struct model *model, enum model_timer timer, uint64_t when);

/* All timers off. */
void clock_reset(struct model *model);

#endif
