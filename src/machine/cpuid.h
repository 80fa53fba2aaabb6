/* cpuid.h: what CPUID tells the guest. */
#ifndef MACHINE_CPUID_H
#define MACHINE_CPUID_H

#include <stdint.h> /* registers */

struct error;

/* EAX, EBX, ECX and EDX of a leaf (subleaf 0) on this computer's processor. */
void cpuid_of_host(uint32_t leaf, uint32_t registers[4]);

/*
 * Give a vCPU the host's CPUID as far as KVM supports it, with the virtual PC's
 * topology (one socket of `count` cores) and the APIC identifier `index`.
 */
int cpuid_set(int device_fd, int vcpu_fd, unsigned index, unsigned count,
              struct error *err);

#endif
