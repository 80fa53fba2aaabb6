/* vcpu.h: one virtual CPU: its thread, its exits, its power-on state. */
#ifndef MACHINE_VCPU_H
#define MACHINE_VCPU_H

#include "machine/cpu_state.h" /* struct cpu_state */

#include <pthread.h>   /* the thread */
#include <stdatomic.h> /* kicks */
#include <stdbool.h>   /* bool */
#include <stdint.h>    /* counters */

struct cpuid_setup;
struct error;
struct gathered_writes;
struct kvm;
struct kvm_run;
struct space;

/* Exits by kind, as --stats prints them. */
enum exit_kind {
    EXIT_PORT_READ,
    EXIT_PORT_WRITE,
    EXIT_MMIO_READ,
    EXIT_MMIO_WRITE,
    EXIT_SIGNAL,
    EXIT_SHUTDOWN,
    EXIT_OTHER,
    EXIT_KINDS,
};

const char *exit_kind_name(enum exit_kind kind);

struct vcpu;

/* What a vCPU tells the machine; called on its thread. */
struct vcpu_owner {
    struct space *ports, *memory;
    struct gathered_writes *gathered;
    /* A triple fault: the machine resets. */
    void (*shutdown)(void *opaque);
    /* KVM cannot go on; who is "vCPU 1", reason one line. */
    void (*failed)(void *opaque, const char *who, const char *reason);
    /* On the vCPU's thread, before its first instruction; false ends the thread. */
    bool (*first_entry)(void *opaque);
    void *opaque;
    /* Non-zero: leave the guest and call parked(), which returns when it may go on;
     * false ends the thread. */
    atomic_int *attention;
    bool (*parked)(void *opaque);
};

struct vcpu {
    unsigned index;
    unsigned id; /* its APIC id, by which KVM knows it */
    int fd;
    struct kvm *kvm;
    struct kvm_run *run;
    const struct vcpu_owner *owner;
    pthread_t thread;
    bool started;
    struct cpu_state power_on; /* empty until the first reset; see power_on.h */
    unsigned unreachable;      /* times it went to memory that could not be had */
    uint64_t exits[EXIT_KINDS];
};

/*
 * Make vCPU `index` (from 0), as the setup says. 0 or a negative errno with err.
 */
int vcpu_init(struct vcpu *vcpu, struct kvm *kvm, const struct cpuid_setup *setup,
              unsigned index, const struct vcpu_owner *owner, struct error *err);
void vcpu_free(struct vcpu *vcpu);

/* Start its thread. */
int vcpu_start(struct vcpu *vcpu, struct error *err);

/* Make it leave the guest soon and look at owner->attention. Any thread. */
void vcpu_kick(struct vcpu *vcpu);

/* Back to the state in power_on; only while parked. 0 or a negative errno. */
int vcpu_reset(struct vcpu *vcpu, struct error *err);

/* Wait for the end of its thread. */
void vcpu_join(struct vcpu *vcpu);

#endif
