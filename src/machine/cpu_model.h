/* cpu_model.h: which processor the guest sees: features and topology asked for. */
#ifndef MACHINE_CPU_MODEL_H
#define MACHINE_CPU_MODEL_H

#include "machine/cpu_features.h" /* rows of features */

#include <stdint.h> /* levels */

struct error;
struct kvm_cpuid2;

/* What becomes of a feature beside what the model says. */
enum cpu_choice { CPU_AS_MODEL, CPU_WITH, CPU_WITHOUT };

/* Zero: all that the host's processor and KVM have. */
struct cpu_model {
    uint8_t level; /* 1 to 4: x86-64-v1 to -v4; 0: the host's own */
    uint8_t choices[CPU_FEATURES_MOST]; /* enum cpu_choice, by row of the features */
};

/* "host", "x86-64-v2" and so on, then ",+NAME" and ",-NAME". 0 or -EINVAL with err. */
int cpu_model_parse(struct cpu_model *model, const char *text, struct error *err);

/*
 * Cut what KVM supports (KVM_GET_SUPPORTED_CPUID) down to the model. 0, or -ENOTSUP
 * with err (ERROR_IMPOSSIBLE) naming the features that are asked for and cannot be had.
 */
int cpu_model_apply(const struct cpu_model *model, struct kvm_cpuid2 *cpuid,
                    struct error *err);

/* How processors are told to be arranged; all at least 1. */
struct cpu_topology {
    unsigned sockets, cores, threads; /* cores of a socket, threads of a core */
};

static inline unsigned cpu_topology_count(const struct cpu_topology *topology)
{
    return topology->sockets * topology->cores * topology->threads;
}

/* Bits that tell the threads of a core, and those that tell its cores, in APIC ids. */
unsigned cpu_topology_thread_bits(const struct cpu_topology *topology);
unsigned cpu_topology_core_bits(const struct cpu_topology *topology);

/* The APIC id of processor `index` (from 0); ids are not dense where counts are no
 * powers of two. */
unsigned cpu_topology_apic_id(const struct cpu_topology *topology, unsigned index);

#endif
