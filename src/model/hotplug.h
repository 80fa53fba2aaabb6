/* hotplug.h: monitors that are plugged in and pulled out. */
#ifndef MODEL_HOTPLUG_H
#define MODEL_HOTPLUG_H

#include <stdint.h> /* bits */

struct model;
struct model_monitor;

/*
 * The monitor's `connected` was changed: show it in the live registers and, where the
 * driver switched detection on, raise the interrupt of a long pulse.
 */
void hotplug_changed(struct model *model, const struct model_monitor *monitor);

/* A short pulse: the sink has news in its DPCD. */
void hotplug_pulse(struct model *model, const struct model_monitor *monitor);

#endif
