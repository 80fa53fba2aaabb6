/* gathered.h: writes that KVM gathers, for devices that need not see them at once. */
#ifndef MACHINE_GATHERED_H
#define MACHINE_GATHERED_H

#include <pthread.h> /* one thread at a time takes writes out */
#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

struct event_loop;
struct kvm;
struct kvm_coalesced_mmio_ring;
struct space;
struct vcpu;

#define GATHERED_MAX_ZONES 4

/* Addresses whose writes are gathered; size 0: none. */
struct gathered_zone {
    uint64_t address, size;
    bool port; /* I/O ports, not memory */
};

/* Set up with spaces and loop, and otherwise zero, while nothing is gathered. */
struct gathered_writes {
    struct kvm_coalesced_mmio_ring *ring; /* KVM writes it, for all vCPUs */
    struct space *memory, *ports;
    struct event_loop *loop;
    const struct kvm *kvm; /* from gathered_start on, when there is a ring */
    struct gathered_zone zones[GATHERED_MAX_ZONES];
    pthread_mutex_t lock; /* this and the timer: while `ready` */
    int timer_fd;
    bool ready;
};

/*
 * Gather writes to a zone, or no longer, from gathered_start on. A timer on the loop
 * hands over what no exit did. Called before gathered_start or with the board's lock.
 * 0 or a negative errno: writes go on to exit one by one.
 */
int gathered_add(struct gathered_writes *gathered, const struct gathered_zone *zone);
int gathered_remove(struct gathered_writes *gathered, const struct gathered_zone *zone);

/* Begin, if there is a zone by now; vcpu: any, whose run pages hold the ring. */
void gathered_start(struct gathered_writes *gathered, const struct kvm *kvm,
                    const struct vcpu *vcpu);
void gathered_end(struct gathered_writes *gathered);

/*
 * Hand over to the spaces what was gathered. Before anything else an exit asks for, so
 * that the order holds. Any thread; not with the board's lock held.
 */
void gathered_deliver(struct gathered_writes *gathered);

#endif
