/* kvm_internal.h: what kvm.c and interrupts.c share. */
#ifndef MACHINE_KVM_INTERNAL_H
#define MACHINE_KVM_INTERNAL_H

struct error;
struct kvm;

/* The routing a PC has at power-on: ISA interrupts to PIC and IOAPIC, pin 2 the timer.
 */
int kvm_routing_init(struct kvm *kvm, struct error *err);

#endif
