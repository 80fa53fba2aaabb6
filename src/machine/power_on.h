/* power_on.h: the state of vCPUs and interrupt controllers at power-on, for a reset. */
#ifndef MACHINE_POWER_ON_H
#define MACHINE_POWER_ON_H

struct chip_state;
struct cpuid_setup;
struct error;
struct kvm;
struct vcpu;

/*
 * Fill power_on of each vCPU, and *chips (to be freed with free()), with what KVM gives
 * a new VM with as many vCPUs; like: one of the same KVM. 0 or a negative errno with
 * err.
 */
int power_on_read(const struct kvm *like, struct vcpu *vcpus, unsigned count,
                  const struct cpuid_setup *setup, struct chip_state **chips,
                  struct error *err);

#endif
