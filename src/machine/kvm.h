/* kvm.h: the virtual machine as KVM has it: its file, memory slots and interrupts. */
#ifndef MACHINE_KVM_H
#define MACHINE_KVM_H

#include <pthread.h> /* slots and routes change on several threads */
#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

struct error;
struct kvm_irq_routing;

#define KVM_SLOT_LIMIT 128 /* a KVM with immediate exit has 509 and more */
#define KVM_MSI_LIMIT  320
#define KVM_FIRST_MSI  24 /* GSIs 0 to 23 are ISA interrupts and IOAPIC pins */

/* One memory slot: host memory the guest reaches without an exit. */
struct kvm_slot {
    uint64_t address, size;
    void *host;
    bool read_only, used;
};

/* The message behind a GSI of its own. */
struct kvm_message {
    uint64_t address;
    uint32_t data;
};

struct kvm {
    int device_fd; /* /dev/kvm */
    int vm_fd;
    int vcpu_state_size; /* bytes of struct kvm_run */
    pthread_mutex_t lock;
    struct kvm_slot slots[KVM_SLOT_LIMIT];
    unsigned slot_count; /* slots from this one on were never used */
    uint64_t slot_calls; /* KVM_SET_USER_MEMORY_REGION so far */
    unsigned message_count;
    struct kvm_message messages[KVM_MSI_LIMIT];
    struct kvm_irq_routing *routing;
};

/*
 * Open /dev/kvm and make a VM with in-kernel interrupt controllers and timer. 0, or
 * a negative errno with err saying what is missing.
 */
int kvm_open(struct kvm *kvm, struct error *err);
/* Another VM of the same KVM, without opening /dev/kvm: that may no longer be allowed.
 */
int kvm_open_beside(struct kvm *kvm, const struct kvm *other, struct error *err);
void kvm_close(struct kvm *kvm);

/* Memory slots; page aligned. 0, -EEXIST (overlap), -ENOSPC or KVM's errno. */
int kvm_map(struct kvm *kvm, uint64_t address, void *host, uint64_t size,
            bool read_only);
/* Remove the slot with exactly this place. 0 or -ENOENT. */
int kvm_unmap(struct kvm *kvm, uint64_t address, uint64_t size);
unsigned kvm_slots_used(struct kvm *kvm);

void kvm_set_gsi(struct kvm *kvm, unsigned gsi, bool level);
void kvm_signal_msi(struct kvm *kvm, uint64_t address, uint32_t data);
int kvm_irqfd(struct kvm *kvm, int fd, unsigned gsi, int resample_fd, bool on);
int kvm_msi_gsi_new(struct kvm *kvm);
int kvm_msi_gsi_set(struct kvm *kvm, unsigned gsi, uint64_t address, uint32_t data);
int kvm_ioeventfd(struct kvm *kvm, int fd, uint64_t address, unsigned size, bool port,
                  bool on);

#endif
