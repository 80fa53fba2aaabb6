/* gt_bench.h: a model with memory, a GGTT and contexts to submit, for tests of the GT.
 */
#ifndef TESTS_MODEL_GT_BENCH_H
#define TESTS_MODEL_GT_BENCH_H

#include "model/model.h" /* under test */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

/* Memory: GGTT page n is this page of it, for as many as there are. */
#define BENCH_MEMORY 0x10000000ULL
#define BENCH_PAGES  256u

struct gt_bench {
    struct model *model;
    uint8_t memory[BENCH_PAGES * 4096];
    bool queue; /* Gen11 on: contexts are submitted by a queue */
    bool condition;
    unsigned messages; /* MSIs */
    uint64_t now;      /* the bus's clock, nanoseconds */
    uint64_t alarm;    /* when the timer rings; 0: never */
};

void bench_start(struct gt_bench *bench, const char *chip);
/* The same, with every access to BAR2 translated. */
void bench_start_exact(struct gt_bench *bench, const char *chip);
void bench_stop(struct gt_bench *bench);

uint32_t bench_get(struct gt_bench *bench, uint32_t reg);
void bench_put(struct gt_bench *bench, uint32_t reg, uint32_t value);
/* Memory by its GGTT address. */
uint32_t bench_load(const struct gt_bench *bench, uint64_t address);
void bench_store(struct gt_bench *bench, uint64_t address, uint32_t value);
/* Let time pass; timers ring. */
void bench_wait(struct gt_bench *bench, uint64_t nanoseconds);

/* Addresses in the GGTT: a status page, and contexts of two pages with a ring each. */
#define BENCH_STATUS          0x1000
#define BENCH_CONTEXT(n)      (0x10000u + 0x4000u * (n))
#define BENCH_RING(n)         (BENCH_CONTEXT(n) + 0x2000u)
#define BENCH_STATE(n, dword) (BENCH_CONTEXT(n) + 0x1000u + 4u * (dword))
#define BENCH_RESULT          0x8000

/* An image for a context on the engine with this base, with an empty ring of 4 KiB. */
void bench_context(struct gt_bench *bench, unsigned number, uint32_t base);
/* Append to a context's ring and move the tail in its image. */
void bench_ring(struct gt_bench *bench, unsigned number, const uint32_t *dwords,
                size_t count);
#define BENCH_RING_ADD(bench, number, ...)                       \
    do {                                                         \
        const uint32_t dwords_[] = { __VA_ARGS__ };              \
        bench_ring(bench, number, dwords_, sizeof(dwords_) / 4); \
    } while (0)
/* Submit one or two contexts (second: -1, none) to the engine. */
void bench_submit(struct gt_bench *bench, uint32_t base, int first, int second);

#endif
