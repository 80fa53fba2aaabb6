/* cpuid.h: what CPUID tells the guest. */
#ifndef MACHINE_CPUID_H
#define MACHINE_CPUID_H

struct error;

/*
 * Give a vCPU the host's CPUID as far as KVM supports it, with the virtual PC's
 * topology (one socket of `count` cores) and the APIC identifier `index`.
 */
int cpuid_set(int device_fd, int vcpu_fd, unsigned index, unsigned count,
              struct error *err);

#endif
