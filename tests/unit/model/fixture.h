/* fixture.h: a model on a bus of the test's own, for the model's tests. */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include "model/model.h" /* under test */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

#define FIXTURE_MEMORY_BASE 0x1234000ULL
#define FIXTURE_MEMORY_SIZE 0x8000

struct fixture {
    struct model *model;
    uint8_t memory[FIXTURE_MEMORY_SIZE];
    bool condition, pin;
    unsigned messages; /* times the condition came: MSIs */
    uint64_t period;   /* of the frame timer, 0: stopped */
    uint64_t now;      /* the bus's clock; moves only as a test says */
};

/* A Skylake; host_regions and bdsm as in struct model_options. */
void fixture_start(struct fixture *fixture, bool host_regions, uint32_t bdsm);
/* Any chip; the test fails when there is no such model. */
void fixture_start_chip(struct fixture *fixture, const char *name, bool host_regions,
                        uint32_t bdsm);
/* The same with these monitors, as on the command line. */
void fixture_start_monitors(struct fixture *fixture, const char *name,
                            const char *monitors);
void fixture_stop(struct fixture *fixture);

/* One access that must succeed. */
uint64_t get(struct fixture *fixture, unsigned region, uint64_t offset, unsigned size);
void put(struct fixture *fixture, unsigned region, uint64_t offset, unsigned size,
         uint64_t value);

/* The same for a region by its number in the name. */
#define config_get(f, offset, size) get(f, MODEL_REGION_CONFIG, offset, size)
#define config_put(f, offset, size, value) \
    put(f, MODEL_REGION_CONFIG, offset, size, value)
#define mmio_get(f, offset)        get(f, MODEL_REGION_BAR0, offset, 4)
#define mmio_put(f, offset, value) put(f, MODEL_REGION_BAR0, offset, 4, value)

#endif
