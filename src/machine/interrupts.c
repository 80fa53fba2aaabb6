/* interrupts.c: interrupt lines, messages, and the file descriptors that carry them. */
#include "base/error.h"           /* error_system */
#include "machine/kvm.h"          /* struct kvm */
#include "machine/kvm_internal.h" /* kvm_routing_init */

#include <linux/kvm.h> /* the KVM ABI */
#include <stdlib.h>    /* malloc */
#include <string.h>    /* memset */
#include <sys/ioctl.h> /* ioctl */

#define PIC_PINS    8
#define IOAPIC_PINS 24

static void add_pin(struct kvm_irq_routing *table, unsigned gsi, unsigned chip,
                    unsigned pin)
{
    struct kvm_irq_routing_entry *entry = &table->entries[table->nr++];
    memset(entry, 0, sizeof(*entry));
    entry->gsi = gsi;
    entry->type = KVM_IRQ_ROUTING_IRQCHIP;
    entry->u.irqchip.irqchip = chip;
    entry->u.irqchip.pin = pin;
}

/* Fill the table from pins and messages, and hand it to KVM. Called with the lock. */
static int set_routing(struct kvm *kvm)
{
    struct kvm_irq_routing *table = kvm->routing;
    table->nr = 0;
    table->flags = 0;
    for (unsigned gsi = 0; gsi < PIC_PINS; gsi++)
        add_pin(table, gsi, KVM_IRQCHIP_PIC_MASTER, gsi);
    for (unsigned gsi = PIC_PINS; gsi < 2 * PIC_PINS; gsi++)
        add_pin(table, gsi, KVM_IRQCHIP_PIC_SLAVE, gsi - PIC_PINS);
    for (unsigned gsi = 0; gsi < IOAPIC_PINS; gsi++) {
        /* The timer, ISA interrupt 0, is wired to pin 2; nothing is on ISA 2. */
        if (gsi != 2)
            add_pin(table, gsi, KVM_IRQCHIP_IOAPIC, gsi == 0 ? 2 : gsi);
    }
    for (unsigned i = 0; i < kvm->message_count; i++) {
        struct kvm_irq_routing_entry *entry = &table->entries[table->nr++];
        memset(entry, 0, sizeof(*entry));
        entry->gsi = KVM_FIRST_MSI + i;
        entry->type = KVM_IRQ_ROUTING_MSI;
        entry->u.msi.address_lo = (uint32_t)kvm->messages[i].address;
        entry->u.msi.address_hi = (uint32_t)(kvm->messages[i].address >> 32);
        entry->u.msi.data = kvm->messages[i].data;
    }
    return ioctl(kvm->vm_fd, KVM_SET_GSI_ROUTING, table) < 0 ? -errno : 0;
}

int kvm_routing_init(struct kvm *kvm, struct error *err)
{
    size_t entries = 2 * PIC_PINS + IOAPIC_PINS + KVM_MSI_LIMIT;
    /* Not zeroed: it is large, and what is used of it is filled in each time. */
    kvm->routing =
        malloc(sizeof(*kvm->routing) + entries * sizeof(kvm->routing->entries[0]));
    if (!kvm->routing)
        return error_system(err, -ENOMEM, "interrupt routing");
    int result = set_routing(kvm);
    return result < 0 ? error_system(err, result, "KVM_SET_GSI_ROUTING") : 0;
}

void kvm_set_gsi(struct kvm *kvm, unsigned gsi, bool level)
{
    struct kvm_irq_level line = { .irq = gsi, .level = level };
    ioctl(kvm->vm_fd, KVM_IRQ_LINE, &line);
}

void kvm_signal_msi(struct kvm *kvm, uint64_t address, uint32_t data)
{
    struct kvm_msi msi = { .address_lo = (uint32_t)address,
                           .address_hi = (uint32_t)(address >> 32),
                           .data = data };
    ioctl(kvm->vm_fd, KVM_SIGNAL_MSI, &msi);
}

int kvm_irqfd(struct kvm *kvm, int fd, unsigned gsi, int resample_fd, bool on)
{
    struct kvm_irqfd irqfd = { .fd = (uint32_t)fd, .gsi = gsi };
    if (!on)
        irqfd.flags = KVM_IRQFD_FLAG_DEASSIGN;
    else if (resample_fd >= 0) {
        irqfd.flags = KVM_IRQFD_FLAG_RESAMPLE;
        irqfd.resamplefd = (uint32_t)resample_fd;
    }
    return ioctl(kvm->vm_fd, KVM_IRQFD, &irqfd) < 0 ? -errno : 0;
}

int kvm_msi_gsi_new(struct kvm *kvm)
{
    int gsi = -ENOSPC;
    pthread_mutex_lock(&kvm->lock);
    if (kvm->message_count < KVM_MSI_LIMIT)
        gsi = (int)(KVM_FIRST_MSI + kvm->message_count++);
    pthread_mutex_unlock(&kvm->lock);
    return gsi;
}

int kvm_msi_gsi_set(struct kvm *kvm, unsigned gsi, uint64_t address, uint32_t data)
{
    int result = -EINVAL;
    pthread_mutex_lock(&kvm->lock);
    if (gsi >= KVM_FIRST_MSI && gsi - KVM_FIRST_MSI < kvm->message_count) {
        struct kvm_message *message = &kvm->messages[gsi - KVM_FIRST_MSI];
        *message = (struct kvm_message){ address, data };
        result = set_routing(kvm);
    }
    pthread_mutex_unlock(&kvm->lock);
    return result;
}

int kvm_ioeventfd(struct kvm *kvm, int fd, uint64_t address, unsigned size, bool port,
                  bool on)
{
    struct kvm_ioeventfd event = { .addr = address, .len = size, .fd = fd };
    if (port)
        event.flags |= KVM_IOEVENTFD_FLAG_PIO;
    if (!on)
        event.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
    return ioctl(kvm->vm_fd, KVM_IOEVENTFD, &event) < 0 ? -errno : 0;
}
