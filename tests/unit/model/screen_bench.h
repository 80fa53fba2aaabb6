/* screen_bench.h: graphics memory with a test picture, and a pipe that shows it. */
#ifndef TESTS_MODEL_SCREEN_BENCH_H
#define TESTS_MODEL_SCREEN_BENCH_H

#include "model/screen.h" /* under test */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

#define SCREEN_BASE   0x10000u
#define SCREEN_MEMORY 0x100000u

/* Graphics memory from SCREEN_BASE on, and how often it was read. */
extern struct screen_memory {
    uint8_t bytes[SCREEN_MEMORY];
    unsigned reads;
} screen_memory;

extern const struct surface_memory screen_reader;

/* What pixel (x, y) of the test picture is: every one another. */
uint32_t screen_colour(unsigned x, unsigned y);
/* Lay the test picture into memory, with nothing else in it; stride in bytes. */
void screen_lay_out(enum scanout_tiling tiling, unsigned width, unsigned height,
                    unsigned stride);

/* A linear plane of XRGB8888, and a pipe with it over the colour 102030. */
struct scanout_plane screen_plane(unsigned width, unsigned height);
struct scanout_pipe screen_pipe(unsigned width, unsigned height);

uint32_t screen_pixel(const struct screen *screen, unsigned x, unsigned y);
void screen_assert_pixel(const struct screen *screen, unsigned x, unsigned y,
                         uint32_t expected);
/* Pixels that changed since the update before. */
unsigned screen_damaged(const struct damage *damage);

#endif
