/* cpu_features.h: processor features by name: where CPUID tells them. */
#ifndef MACHINE_CPU_FEATURES_H
#define MACHINE_CPU_FEATURES_H

#include <stdint.h> /* registers */

enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

/* Of which microarchitecture level of the x86-64 psABI an instruction set is. */
enum {
    LEVEL_ANY = 0,    /* no instruction set for programs: every model has it */
    LEVEL_BEYOND = 5, /* of none of the four: only the host's own model has it */
};

struct cpu_feature {
    const char *name; /* as Linux calls it in /proc/cpuinfo */
    uint32_t leaf, subleaf;
    uint8_t word; /* enum cpuid_register */
    uint8_t bit;
    uint8_t level;
};

extern const struct cpu_feature cpu_features[];
extern const unsigned cpu_feature_count;

#define CPU_FEATURES_MOST 128 /* rows of the table at most */

/* The row of this name; cpu_feature_count: there is none. */
unsigned cpu_feature_find(const char *name, unsigned length);

#endif
