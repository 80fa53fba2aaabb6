/* command_bench.h: a command streamer with two small address spaces, for its tests. */
#ifndef TESTS_MODEL_COMMAND_BENCH_H
#define TESTS_MODEL_COMMAND_BENCH_H

#include "model/command.h" /* under test */

#include "base/bytes.h"       /* loads and stores */
#include "model/interrupts.h" /* bits */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

/* Two address spaces of 64 KiB each from 0 on, and the lower registers. */
#define SPACE_SIZE 0x10000
#define RING       0x1000
#define RING_SIZE  0x1000
#define BATCH      0x4000
#define STATUS     0x8000
#define OWN_STATUS 0x9000
#define RENDER     0x2000
#define GPR(n)     (RENDER + 0x600 + 8 * (n))

struct command_bench {
    uint8_t memory[2][SPACE_SIZE]; /* by enum command_space */
    uint8_t registers[0x80000];
    uint32_t interrupts;
    unsigned interrupt_count, invalidations;
    struct command_streamer streamer;
    struct command_statistics statistics;
};
extern struct command_bench b;

/* Everything 0, and a streamer with an empty ring. */
void set_up(uint16_t generation, enum command_class class, uint32_t base);
uint32_t bus_load(void *opaque, uint32_t offset);
void bus_store(void *opaque, uint32_t offset, uint32_t value);
/* Put dwords into memory; where it ends. */
uint64_t place(enum command_space space, uint64_t at, const uint32_t *dwords,
               size_t count);
enum command_result run_ring(const uint32_t *dwords, size_t count);
/* Dwords of memory. */
uint32_t global(uint64_t at);
uint32_t own(uint64_t at);

/* Run these dwords from the ring, to the end. */
#define RUN(...)                                                                \
    do {                                                                        \
        const uint32_t dwords_[] = { __VA_ARGS__ };                             \
        assert_int_equal(run_ring(dwords_, ARRAY_SIZE(dwords_)), COMMAND_IDLE); \
    } while (0)

/* Run dwords as a batch, to its end; they need not hold the end. */
void run_batch(uint32_t flags, const uint32_t *dwords, size_t count);
#define BATCH_RUN(flags, ...)                           \
    do {                                                \
        const uint32_t dwords_[] = { __VA_ARGS__ };     \
        run_batch(flags, dwords_, ARRAY_SIZE(dwords_)); \
    } while (0)

#endif
