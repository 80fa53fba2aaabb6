/* timing.c: standard timings in a table, all others computed as VESA CVT says. */
#include "model/timing.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#define MIN_REFRESH 24u
#define MAX_REFRESH 240u
#define CELL        8u   /* pixels: what CVT rounds horizontal numbers to */
#define CLOCK_STEP  250u /* kHz: what it rounds the clock down to */
#define FRONT_LINES 3u
#define BACK_LINES  6u /* at least */

#define AXIS(active, front, sync, back, positive) \
    {                                             \
        active, front, sync, back, positive       \
    }

/* VESA DMT 1.0 revision 13 and CTA-861-G table 1. */
/* clang-format off: one row a mode */
static const struct model_timing standard[] = {
    { 60, 25175, AXIS(640, 16, 96, 48, false), AXIS(480, 10, 2, 33, false), 1 },
    { 60, 40000, AXIS(800, 40, 128, 88, true), AXIS(600, 1, 4, 23, true), 0 },
    { 60, 65000, AXIS(1024, 24, 136, 160, false), AXIS(768, 3, 6, 29, false), 0 },
    { 60, 74250, AXIS(1280, 110, 40, 220, true), AXIS(720, 5, 5, 20, true), 4 },
    { 50, 74250, AXIS(1280, 440, 40, 220, true), AXIS(720, 5, 5, 20, true), 19 },
    { 60, 108000, AXIS(1280, 48, 112, 248, true), AXIS(1024, 1, 3, 38, true), 0 },
    { 60, 85500, AXIS(1360, 64, 112, 256, true), AXIS(768, 3, 6, 18, true), 0 },
    { 60, 85500, AXIS(1366, 70, 143, 213, true), AXIS(768, 3, 3, 24, true), 0 },
    { 60, 162000, AXIS(1600, 64, 192, 304, true), AXIS(1200, 1, 3, 46, true), 0 },
    { 60, 148500, AXIS(1920, 88, 44, 148, true), AXIS(1080, 4, 5, 36, true), 16 },
    { 50, 148500, AXIS(1920, 528, 44, 148, true), AXIS(1080, 4, 5, 36, true), 31 },
    { 24, 74250, AXIS(1920, 638, 44, 148, true), AXIS(1080, 4, 5, 36, true), 32 },
    { 25, 74250, AXIS(1920, 528, 44, 148, true), AXIS(1080, 4, 5, 36, true), 33 },
    { 30, 74250, AXIS(1920, 88, 44, 148, true), AXIS(1080, 4, 5, 36, true), 34 },
    { 24, 297000, AXIS(3840, 1276, 88, 296, true), AXIS(2160, 8, 10, 72, true), 93 },
    { 25, 297000, AXIS(3840, 1056, 88, 296, true), AXIS(2160, 8, 10, 72, true), 94 },
    { 30, 297000, AXIS(3840, 176, 88, 296, true), AXIS(2160, 8, 10, 72, true), 95 },
    { 60, 594000, AXIS(3840, 176, 88, 296, true), AXIS(2160, 8, 10, 72, true), 97 },
};
/* clang-format on */

/* CVT tells the aspect ratio in the length of the vertical sync pulse. */
static unsigned sync_lines(unsigned width, unsigned height)
{
    static const struct {
        unsigned x, y, lines;
    } ratios[] = {
        { 4, 3, 4 }, { 16, 9, 5 }, { 16, 10, 6 }, { 5, 4, 7 }, { 15, 9, 7 }
    };
    for (size_t i = 0; i < ARRAY_SIZE(ratios); i++) {
        unsigned fitting = height * ratios[i].x / ratios[i].y / CELL * CELL;
        if (width / CELL * CELL == fitting)
            return ratios[i].lines;
    }
    return 10;
}

/* CVT with reduced blanking, version 1. */
static void compute_reduced(struct model_timing *timing)
{
    const double blank = 460; /* microseconds, at least */
    unsigned sync = sync_lines(timing->horizontal.active, timing->vertical.active);
    double line = (1e6 / timing->refresh - blank) / timing->vertical.active;
    unsigned lines = (unsigned)(blank / line) + 1;
    if (lines < FRONT_LINES + sync + BACK_LINES)
        lines = FRONT_LINES + sync + BACK_LINES;
    timing->horizontal =
        (struct model_timing_axis)AXIS(timing->horizontal.active, 48, 32, 80, true);
    timing->vertical = (struct model_timing_axis)AXIS(
        timing->vertical.active, FRONT_LINES, (uint16_t)sync,
        (uint16_t)(lines - FRONT_LINES - sync), false);
    uint64_t clock = (uint64_t)timing->refresh *
                     model_timing_total(&timing->horizontal) *
                     model_timing_total(&timing->vertical) / 1000;
    timing->clock = (uint32_t)(clock / CLOCK_STEP * CLOCK_STEP);
}

/* CVT with the blanking that cathode ray tubes need. */
static void compute_full(struct model_timing *timing)
{
    const double sync_and_back = 550; /* microseconds, at least */
    unsigned width = timing->horizontal.active, height = timing->vertical.active;
    unsigned sync = sync_lines(width, height);
    double line = (1e6 / timing->refresh - sync_and_back) / (height + FRONT_LINES);
    unsigned lines = (unsigned)(sync_and_back / line) + 1;
    if (lines < sync + BACK_LINES)
        lines = sync + BACK_LINES;
    double duty = 30 - 300 * line / 1000; /* percent of a line that is blank */
    if (duty < 20)
        duty = 20;
    unsigned blank = (unsigned)(width * duty / (100 - duty) / (2 * CELL)) * 2 * CELL;
    unsigned sync_pixels = (width + blank) * 8 / 100 / CELL * CELL;
    timing->horizontal = (struct model_timing_axis)AXIS(
        (uint16_t)width, (uint16_t)(blank / 2 - sync_pixels), (uint16_t)sync_pixels,
        (uint16_t)(blank / 2), false);
    timing->vertical = (struct model_timing_axis)AXIS(
        (uint16_t)height, FRONT_LINES, (uint16_t)sync, (uint16_t)(lines - sync), true);
    timing->clock = (uint32_t)((width + blank) * 1000 / line) / CLOCK_STEP * CLOCK_STEP;
}

static bool find_standard(unsigned width, unsigned height, unsigned refresh,
                          struct model_timing *timing)
{
    for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
        const struct model_timing *row = &standard[i];
        if (row->horizontal.active == width && row->vertical.active == height &&
            row->refresh == refresh) {
            *timing = *row;
            return true;
        }
    }
    return false;
}

bool model_timing_of(unsigned width, unsigned height, unsigned refresh,
                     struct model_timing *timing)
{
    if (width < MODEL_TIMING_MIN_WIDTH || width > MODEL_TIMING_MAX_WIDTH ||
        height < MODEL_TIMING_MIN_HEIGHT || height > MODEL_TIMING_MAX_HEIGHT ||
        refresh < MIN_REFRESH || refresh > MAX_REFRESH)
        return false;
    if (find_standard(width, height, refresh, timing))
        return true;
    *timing = (struct model_timing){
        .refresh = (uint16_t)refresh,
        .horizontal.active = (uint16_t)width,
        .vertical.active = (uint16_t)height,
    };
    if (refresh % 60 == 0)
        compute_reduced(timing);
    else
        compute_full(timing);
    return timing->clock >= MODEL_TIMING_MIN_CLOCK &&
           timing->clock <= MODEL_TIMING_MAX_CLOCK;
}
