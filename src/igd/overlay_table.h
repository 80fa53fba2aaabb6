/* overlay_table.h: which registers are virtualised for which device. */
#ifndef IGD_OVERLAY_TABLE_H
#define IGD_OVERLAY_TABLE_H

#include "igd/overlay.h"     /* registers */
#include "igd/requirement.h" /* struct igd_examined */

/* Fill an empty overlay with the power-on state of this device's virtual registers. */
void igd_overlay_fill(struct igd_overlay *overlay, const struct igd_examined *examined);

#endif
