/* timing.h: video timings of display modes. */
#ifndef MODEL_TIMING_H
#define MODEL_TIMING_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* numbers */

/* One direction of a mode: pixels or lines, in the order they come. */
struct model_timing_axis {
    uint16_t active, front, sync, back;
    bool positive; /* polarity of the sync pulse */
};

struct model_timing {
    uint16_t refresh; /* hertz, as asked for */
    uint32_t clock;   /* kHz */
    struct model_timing_axis horizontal, vertical;
    uint8_t code; /* video identification code of CTA-861; 0: not one of those */
};

/* What EDID's detailed timings can say, and so what a mode may be. */
#define MODEL_TIMING_MIN_WIDTH  640u
#define MODEL_TIMING_MIN_HEIGHT 400u
#define MODEL_TIMING_MAX_WIDTH  4095u
#define MODEL_TIMING_MAX_HEIGHT 4095u
#define MODEL_TIMING_MIN_CLOCK  10000u /* kHz */
#define MODEL_TIMING_MAX_CLOCK  655350u

static inline unsigned model_timing_total(const struct model_timing_axis *axis)
{
    return (unsigned)axis->active + axis->front + axis->sync + axis->back;
}

/*
 * The timing of this mode: that of CTA-861 or VESA DMT when it is a standard one, else
 * computed as VESA CVT says, with reduced blanking at multiples of 60 Hz. false when
 * the mode is outside the limits above, or refresh outside 24 to 240 Hz.
 */
bool model_timing_of(unsigned width, unsigned height, unsigned refresh,
                     struct model_timing *timing);

#endif
