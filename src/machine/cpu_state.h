/* cpu_state.h: everything KVM keeps of a vCPU, taken at power-on, put back at reset. */
#ifndef MACHINE_CPU_STATE_H
#define MACHINE_CPU_STATE_H

struct error;
struct kvm_msrs;

struct cpu_state {
    struct cpu_registers *registers; /* owned */
    struct kvm_msrs *msrs;           /* owned */
};

/* Read a vCPU's state. device_fd: /dev/kvm, for the list of MSRs. */
int cpu_state_save(struct cpu_state *state, int device_fd, int vcpu_fd,
                   struct error *err);
int cpu_state_restore(const struct cpu_state *state, int vcpu_fd, struct error *err);
void cpu_state_free(struct cpu_state *state);

#endif
