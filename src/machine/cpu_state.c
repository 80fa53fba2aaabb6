/* cpu_state.c: the state of a vCPU as a table of KVM calls that get and set it. */
#include "machine/cpu_state.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* error_system */

#include <linux/kvm.h> /* the KVM ABI */
#include <stddef.h>    /* offsetof */
#include <stdlib.h>    /* calloc */
#include <sys/ioctl.h> /* ioctl */

#define MSR_TSC          0x10 /* time goes on over a reset */
#define MSR_TSC_ADJUST   0x3b
#define MSR_TSC_DEADLINE 0x6e0

struct cpu_registers {
    struct kvm_mp_state run_state;
    struct kvm_regs general;
    struct kvm_sregs special;
    struct kvm_fpu floating;
    struct kvm_xcrs extended_control;
    struct kvm_debugregs debug;
    struct kvm_vcpu_events events;
    struct kvm_lapic_state lapic;
};

/* In the order they are put back: the APIC's mode follows from the special registers.
 */
static const struct {
    const char *name;
    unsigned long get, set;
    size_t offset;
    int optional; /* absent in some KVMs */
} parts[] = {
    { "special registers", KVM_GET_SREGS, KVM_SET_SREGS,
      offsetof(struct cpu_registers, special), 0 },
    { "general registers", KVM_GET_REGS, KVM_SET_REGS,
      offsetof(struct cpu_registers, general), 0 },
    { "FPU", KVM_GET_FPU, KVM_SET_FPU, offsetof(struct cpu_registers, floating), 0 },
    { "XCR", KVM_GET_XCRS, KVM_SET_XCRS,
      offsetof(struct cpu_registers, extended_control), 1 },
    { "debug registers", KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS,
      offsetof(struct cpu_registers, debug), 1 },
    { "local APIC", KVM_GET_LAPIC, KVM_SET_LAPIC, offsetof(struct cpu_registers, lapic),
      0 },
    { "events", KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS,
      offsetof(struct cpu_registers, events), 1 },
    { "run state", KVM_GET_MP_STATE, KVM_SET_MP_STATE,
      offsetof(struct cpu_registers, run_state), 0 },
};

/* The MSRs of this host that can be read and put back, with their values now. */
static struct kvm_msrs *read_msrs(int device_fd, int vcpu_fd)
{
    struct kvm_msr_list head = { .nmsrs = 0 };
    ioctl(device_fd, KVM_GET_MSR_INDEX_LIST, &head);
    unsigned count = head.nmsrs;
    struct kvm_msr_list *list = calloc(1, sizeof(*list) + count * sizeof(uint32_t));
    struct kvm_msrs *msrs =
        calloc(1, sizeof(*msrs) + count * sizeof(struct kvm_msr_entry));
    if (!list || !msrs)
        goto fail;
    list->nmsrs = count;
    if (count && ioctl(device_fd, KVM_GET_MSR_INDEX_LIST, list) < 0)
        goto fail;
    for (unsigned i = 0; i < list->nmsrs; i++) {
        /* One at a time: KVM stops at the first that this vCPU does not have. */
        struct {
            struct kvm_msrs header;
            struct kvm_msr_entry entry;
        } one = { .header.nmsrs = 1, .entry.index = list->indices[i] };
        if (one.entry.index == MSR_TSC || one.entry.index == MSR_TSC_ADJUST ||
            one.entry.index == MSR_TSC_DEADLINE)
            continue;
        if (ioctl(vcpu_fd, KVM_GET_MSRS, &one) != 1)
            continue;
        if (ioctl(vcpu_fd, KVM_SET_MSRS, &one) == 1)
            msrs->entries[msrs->nmsrs++] = one.entry;
    }
    free(list);
    return msrs;
fail:
    free(list);
    free(msrs);
    return NULL;
}

int cpu_state_save(struct cpu_state *state, int device_fd, int vcpu_fd,
                   struct error *err)
{
    state->registers = calloc(1, sizeof(*state->registers));
    state->msrs = read_msrs(device_fd, vcpu_fd);
    if (!state->registers || !state->msrs) {
        cpu_state_free(state);
        return error_system(err, -ENOMEM, "vCPU state");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        char *at = (char *)state->registers + parts[i].offset;
        if (ioctl(vcpu_fd, parts[i].get, at) < 0 && !parts[i].optional) {
            int code = -errno;
            cpu_state_free(state);
            return error_system(err, code, "vCPU state: cannot read %s", parts[i].name);
        }
    }
    return 0;
}

int cpu_state_restore(const struct cpu_state *state, int vcpu_fd, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        char *at = (char *)state->registers + parts[i].offset;
        if (ioctl(vcpu_fd, parts[i].set, at) < 0 && !parts[i].optional)
            return error_system(err, -errno, "vCPU state: cannot set %s",
                                parts[i].name);
        /* MSRs once the APIC mode is right, before anything that depends on them. */
        if (i == 0)
            ioctl(vcpu_fd, KVM_SET_MSRS, state->msrs);
    }
    return 0;
}

void cpu_state_free(struct cpu_state *state)
{
    free(state->registers);
    free(state->msrs);
    state->registers = NULL;
    state->msrs = NULL;
}
