/* gop_clock.h: the clock of the port that the GOP driver turned on. */
#ifndef TESTS_MODEL_GOP_CLOCK_H
#define TESTS_MODEL_GOP_CLOCK_H

#include <stdint.h> /* numbers */

struct model;
struct model_port;

/*
 * kHz, worked out of the PLL the port has chosen as Linux i915 does when it takes over;
 * 0: the port chose none, or one that is off.
 */
uint32_t gop_clock(struct model *model, const struct model_port *port);

#endif
