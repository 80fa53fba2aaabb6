/* cpuid.h: what CPUID tells the guest. */
#ifndef MACHINE_CPUID_H
#define MACHINE_CPUID_H

#include "machine/cpu_model.h" /* what was asked for */

#include <stdint.h> /* registers */

struct error;

/* EAX, EBX, ECX and EDX of a leaf (subleaf 0) on this computer's processor. */
void cpuid_of_host(uint32_t leaf, uint32_t registers[4]);

/* The first address that is too large for this computer's processor. */
uint64_t cpuid_address_end(void);

/* The processors of a machine; all are alike. */
struct cpuid_setup {
    struct cpu_model model;
    struct cpu_topology topology;
};

/*
 * Give vCPU `index` (from 0) the host's CPUID as far as KVM supports it and the model
 * has it, with the topology and the APIC id that follow from the setup. 0, or a
 * negative errno with err: ERROR_IMPOSSIBLE where the model cannot be had.
 */
int cpuid_set(int device_fd, int vcpu_fd, const struct cpuid_setup *setup,
              unsigned index, struct error *err);

#endif
