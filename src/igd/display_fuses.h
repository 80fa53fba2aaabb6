/* display_fuses.h: makes drivers believe that a chip is one without a display. */
#ifndef IGD_DISPLAY_FUSES_H
#define IGD_DISPLAY_FUSES_H

#include "igd/overlay.h"  /* registers */
#include "igd/platform.h" /* who has which fuses */

/*
 * Add to an overlay the registers that tell of outputs, with what they read as on a
 * chip that has none: fuses where the platform has such, else the straps of the ports.
 */
void igd_display_fuse_off(struct igd_overlay *overlay,
                          const struct igd_platform *platform);

#endif
