/* kvm.c: the VM file, its capabilities and its memory slots. */
#include "machine/kvm.h"

#include "base/bytes.h"           /* ranges_overlap */
#include "base/error.h"           /* error_set */
#include "machine/kvm_internal.h" /* the first routing table */

#include <fcntl.h>     /* open */
#include <linux/kvm.h> /* the KVM ABI */
#include <stdlib.h>    /* free */
#include <string.h>    /* memset */
#include <sys/ioctl.h> /* ioctl */
#include <unistd.h>    /* close */

/* Where KVM may keep pages of its own: below the firmware, in no memory range. */
#define IDENTITY_MAP_ADDRESS 0xfeffc000u
#define TSS_ADDRESS          0xfeffd000u

/* What the machine cannot do without, the youngest first. */
static const struct capability {
    int number;
    const char *name;
} needed[] = {
    { KVM_CAP_IMMEDIATE_EXIT, "immediate exit" },
    { KVM_CAP_IRQCHIP, "in-kernel interrupt controllers" },
    { KVM_CAP_USER_MEMORY, "user memory slots" },
    { KVM_CAP_PIT2, "the in-kernel timer" },
    { KVM_CAP_IRQFD, "irqfd" },
    { KVM_CAP_IRQ_ROUTING, "interrupt routing" },
    { KVM_CAP_SIGNAL_MSI, "message-signalled interrupts" },
    { KVM_CAP_READONLY_MEM, "read-only memory slots" },
};

/* In the words of doctor's checks "kvm" and "kvm-access" (host/preflight.c). */
static int open_device(struct kvm *kvm, struct error *err)
{
    kvm->device_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm->device_fd >= 0)
        return 0;
    int code = -errno;
    if (code == -ENOENT || code == -ENODEV || code == -ENXIO)
        return error_set(
            err, ERROR_IMPOSSIBLE, code,
            "kvm: there is no /dev/kvm: as root, modprobe kvm-intel (kvm-amd "
            "on an AMD processor); if that fails, turn on virtualisation "
            "(VT-x, AMD-V) in the firmware's settings");
    if (code == -EACCES || code == -EPERM)
        return error_set(
            err, ERROR_IMPOSSIBLE, code,
            "kvm-access: this user may not open /dev/kvm: as root, usermod "
            "-aG kvm $USER, then log in again");
    return error_system(err, code, "/dev/kvm");
}

static int require(struct kvm *kvm, const struct capability *list, unsigned count,
                   struct error *err)
{
    for (unsigned i = 0; i < count; i++) {
        if (ioctl(kvm->device_fd, KVM_CHECK_EXTENSION, list[i].number) <= 0)
            return error_set(err, ERROR_SYSTEM, -ENOTSUP,
                             "/dev/kvm: this kernel's KVM has no %s", list[i].name);
    }
    return 0;
}

/*
 * A KVM with the youngest has them all, unless built without; then making the VM fails.
 * It is younger than the last change of the API's version, too (12, Linux 2.6.22),
 * which is not going to change again (Linux, Documentation/virt/kvm/api.rst).
 */
static int check_version(struct kvm *kvm, struct error *err)
{
    return require(kvm, needed, 1, err);
}

/* A step of making the VM failed: because KVM lacks something, or for itself. */
static int failed_step(struct kvm *kvm, const char *step, struct error *err)
{
    int code = -errno;
    int result = require(kvm, needed, ARRAY_SIZE(needed), err);
    return result < 0 ? result : error_system(err, code, "%s", step);
}

static int create_vm(struct kvm *kvm, struct error *err)
{
    do {
        kvm->vm_fd = ioctl(kvm->device_fd, KVM_CREATE_VM, 0);
    } while (kvm->vm_fd < 0 && errno == EINTR);
    if (kvm->vm_fd < 0)
        return error_system(err, -errno, "KVM_CREATE_VM");
    /* Intel processors without unrestricted guest need both; AMD takes and ignores. */
    uint64_t identity = IDENTITY_MAP_ADDRESS;
    if (ioctl(kvm->vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity) < 0 ||
        ioctl(kvm->vm_fd, KVM_SET_TSS_ADDR, TSS_ADDRESS) < 0)
        return error_system(err, -errno, "KVM_SET_TSS_ADDR");
    if (ioctl(kvm->vm_fd, KVM_CREATE_IRQCHIP, 0) < 0)
        return failed_step(kvm, "KVM_CREATE_IRQCHIP", err);
    struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
    if (ioctl(kvm->vm_fd, KVM_CREATE_PIT2, &pit) < 0)
        return failed_step(kvm, "KVM_CREATE_PIT2", err);
    return kvm_routing_init(kvm, err);
}

static void start_open(struct kvm *kvm)
{
    memset(kvm, 0, sizeof(*kvm));
    kvm->device_fd = kvm->vm_fd = -1;
    pthread_mutex_init(&kvm->lock, NULL);
}

/* So far the result; make the VM, or take apart what there is. */
static int finish_open(struct kvm *kvm, int result, struct error *err)
{
    if (result == 0)
        result = create_vm(kvm, err);
    if (result == 0) {
        kvm->vcpu_state_size = ioctl(kvm->device_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
        if (kvm->vcpu_state_size < (int)sizeof(struct kvm_run))
            result = error_system(err, -EPROTO, "KVM_GET_VCPU_MMAP_SIZE");
    }
    if (result < 0)
        kvm_close(kvm);
    return result;
}

int kvm_open(struct kvm *kvm, struct error *err)
{
    start_open(kvm);
    int result = open_device(kvm, err);
    if (result == 0)
        result = check_version(kvm, err);
    return finish_open(kvm, result, err);
}

int kvm_open_beside(struct kvm *kvm, const struct kvm *other, struct error *err)
{
    start_open(kvm);
    kvm->device_fd = fcntl(other->device_fd, F_DUPFD_CLOEXEC, 0);
    int result = kvm->device_fd < 0 ? error_system(err, -errno, "/dev/kvm") : 0;
    return finish_open(kvm, result, err);
}

void kvm_close(struct kvm *kvm)
{
    if (kvm->vm_fd >= 0)
        close(kvm->vm_fd);
    if (kvm->device_fd >= 0)
        close(kvm->device_fd);
    kvm->vm_fd = kvm->device_fd = -1;
    free(kvm->routing);
    kvm->routing = NULL;
    pthread_mutex_destroy(&kvm->lock);
}

static int set_slot(struct kvm *kvm, unsigned index, uint64_t size)
{
    const struct kvm_slot *slot = &kvm->slots[index];
    struct kvm_userspace_memory_region region = {
        .slot = index,
        .flags = slot->read_only ? KVM_MEM_READONLY : 0,
        .guest_phys_addr = slot->address,
        .memory_size = size,
        .userspace_addr = (uintptr_t)slot->host,
    };
    kvm->slot_calls++;
    return ioctl(kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

int kvm_map(struct kvm *kvm, uint64_t address, void *host, uint64_t size,
            bool read_only)
{
    int result = -ENOSPC;
    pthread_mutex_lock(&kvm->lock);
    unsigned free_index = kvm->slot_count;
    for (unsigned i = 0; i < kvm->slot_count; i++) {
        const struct kvm_slot *slot = &kvm->slots[i];
        if (slot->used && ranges_overlap(slot->address, slot->size, address, size)) {
            result = -EEXIST;
            goto out;
        }
        if (!slot->used && free_index == kvm->slot_count)
            free_index = i;
    }
    if (free_index == KVM_SLOT_LIMIT)
        goto out;
    kvm->slots[free_index] = (struct kvm_slot){
        .address = address, .size = size, .host = host, .read_only = read_only
    };
    result = set_slot(kvm, free_index, size);
    kvm->slots[free_index].used = result == 0;
    kvm->slot_count += result == 0 && free_index == kvm->slot_count;
out:
    pthread_mutex_unlock(&kvm->lock);
    return result;
}

int kvm_unmap(struct kvm *kvm, uint64_t address, uint64_t size)
{
    int result = -ENOENT;
    pthread_mutex_lock(&kvm->lock);
    for (unsigned i = 0; i < kvm->slot_count; i++) {
        struct kvm_slot *slot = &kvm->slots[i];
        if (!slot->used || slot->address != address || slot->size != size)
            continue;
        result = set_slot(kvm, i, 0);
        slot->used = false;
        break;
    }
    pthread_mutex_unlock(&kvm->lock);
    return result;
}

unsigned kvm_slots_used(struct kvm *kvm)
{
    unsigned used = 0;
    pthread_mutex_lock(&kvm->lock);
    for (unsigned i = 0; i < kvm->slot_count; i++)
        used += kvm->slots[i].used;
    pthread_mutex_unlock(&kvm->lock);
    return used;
}
