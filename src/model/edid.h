/* edid.h: makes the EDID of a monitor. */
#ifndef MODEL_EDID_H
#define MODEL_EDID_H

#include "model/monitor.h" /* struct model_monitor */

/*
 * Fill in monitor->edid and edid_size from its kind, port, name and modes: VESA E-EDID
 * 1.4, and for HDMI (or when the modes need the room) a CTA-861 extension.
 */
void edid_build(struct model_monitor *monitor);

/* An 18-byte detailed timing descriptor: EDID's and the VBT's. mm: size of the picture.
 */
void edid_detailed_timing(uint8_t *at, const struct model_timing *timing,
                          unsigned width_mm, unsigned height_mm);

#endif
