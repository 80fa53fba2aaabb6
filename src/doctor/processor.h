/* processor.h: what is known of an Intel processor by its name, as /proc/cpuinfo has
 * it. */
#ifndef DOCTOR_PROCESSOR_H
#define DOCTOR_PROCESSOR_H

#include <stdbool.h> /* bool */

/* Is it one of those made without graphics? False when it is not known. */
bool processor_has_no_graphics(const char *name);

/* Is it one of those without VT-d? False when it is not known. */
bool processor_has_no_vtd(const char *name);

/* Is the integrated GPU of this name (igd/platform.h) in such processors only? */
bool processor_of_gpu_has_no_vtd(const char *platform);

#endif
