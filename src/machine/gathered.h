/* gathered.h: memory writes that KVM gathers, for devices that need no answer. */
#ifndef MACHINE_GATHERED_H
#define MACHINE_GATHERED_H

#include <pthread.h> /* one thread at a time takes writes out */
#include <stdint.h>  /* addresses */

struct event_loop;
struct kvm;
struct kvm_coalesced_mmio_ring;
struct space;
struct vcpu;

/* All zero while nothing is gathered. */
struct gathered_writes {
    struct kvm_coalesced_mmio_ring *ring; /* KVM writes it, for all vCPUs */
    uint64_t zone_address, zone_size;     /* 0: nothing is gathered */
    struct space *memory;
    pthread_mutex_t lock;
    int timer_fd; /* valid while a zone is set */
};

/*
 * Gather writes to a zone of memory, from gathered_start on. A timer on the loop hands
 * over what no exit did. 0 or a negative errno: writes go on to exit one by one.
 */
int gathered_request(struct gathered_writes *gathered, struct space *memory,
                     struct event_loop *loop, uint64_t address, uint64_t size);

/* Begin, if requested; vcpu: any, whose run pages hold the ring. */
void gathered_start(struct gathered_writes *gathered, struct kvm *kvm,
                    const struct vcpu *vcpu);
void gathered_end(struct gathered_writes *gathered, struct event_loop *loop);

/*
 * Hand over to the memory space what was gathered. Before anything else an exit asks
 * for, so that the order holds. Any thread; not with the board's lock held.
 */
void gathered_deliver(struct gathered_writes *gathered);

#endif
