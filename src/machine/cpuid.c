/* cpuid.c: the host's CPUID, cut to the virtual PC's shape. */
#include "machine/cpuid.h"

#include "base/error.h" /* error_system */

#include <asm/kvm_para.h> /* KVM's own leaves */
#include <linux/kvm.h>    /* the KVM ABI */
#include <stdlib.h>       /* malloc */
#include <string.h>       /* memset */
#include <sys/ioctl.h>    /* ioctl */

#define CPUID_ENTRIES 256

/*
 * Of KVM's own features (Linux Documentation/virt/kvm/x86/cpuid.rst) the guest gets
 * the clocks, the I/O delay hint, asynchronous page faults, steal time and the short
 * end of interrupt. Paravirtual spinlocks (bit 7) halt with interrupts off until
 * another CPU's hypercall; a guest has been seen to wait there for ever, and a PC
 * whose CPUs are not overcommitted gains nothing from them.
 */
#define KVM_FEATURE_SET                                                   \
    ((1u << KVM_FEATURE_CLOCKSOURCE) | (1u << KVM_FEATURE_NOP_IO_DELAY) | \
     (1u << KVM_FEATURE_CLOCKSOURCE2) | (1u << KVM_FEATURE_ASYNC_PF) |    \
     (1u << KVM_FEATURE_STEAL_TIME) | (1u << KVM_FEATURE_PV_EOI) |        \
     (1u << KVM_FEATURE_CLOCKSOURCE_STABLE_BIT))

/* Bits needed to number `count` cores. */
static unsigned core_bits(unsigned count)
{
    unsigned bits = 0;
    while (1u << bits < count)
        bits++;
    return bits;
}

static void set_leaf(struct kvm_cpuid_entry2 *entry, unsigned index, unsigned count)
{
    switch (entry->function) {
    case 0x1:
        entry->ebx = (entry->ebx & 0x0000ffff) | count << 16 | index << 24;
        entry->ecx |= 1u << 31; /* a hypervisor is present: i915 wants to know */
        entry->edx &= ~(1u << 28);
        if (count > 1)
            entry->edx |= 1u << 28;
        break;
    case 0x4: /* Intel: cores of the package, threads sharing a cache */
        entry->eax = (entry->eax & 0x00003fff) | (count - 1) << 26;
        if (((entry->eax >> 5) & 7) >= 3)
            entry->eax |= (count - 1) << 14;
        break;
    case 0xb:
    case 0x1f: /* extended topology: one thread a core, all cores in one package */
        entry->edx = index;
        entry->ecx = entry->index;
        if (entry->index == 0) {
            entry->eax = 0;
            entry->ebx = 1;
            entry->ecx |= 1 << 8;
        } else if (entry->index == 1) {
            entry->eax = core_bits(count);
            entry->ebx = count;
            entry->ecx |= 2 << 8;
        } else {
            entry->eax = entry->ebx = 0;
        }
        break;
    case KVM_CPUID_FEATURES:
        entry->eax &= KVM_FEATURE_SET;
        break;
    case 0x80000008: /* AMD: cores of the package */
        entry->ecx = (entry->ecx & ~0xf0ffu) | (count - 1) | core_bits(count) << 12;
        break;
    case 0x8000001e: /* AMD: identifiers */
        entry->eax = index;
        entry->ebx = index & 0xff;
        entry->ecx = 0;
        break;
    default:
        break;
    }
}

void cpuid_of_host(uint32_t leaf, uint32_t registers[4])
{
    __asm__("cpuid"
            : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]),
              "=d"(registers[3])
            : "a"(leaf), "c"(0));
}

int cpuid_set(int device_fd, int vcpu_fd, unsigned index, unsigned count,
              struct error *err)
{
    struct kvm_cpuid2 *cpuid =
        malloc(sizeof(*cpuid) + CPUID_ENTRIES * sizeof(cpuid->entries[0]));
    if (!cpuid)
        return error_system(err, -ENOMEM, "CPUID");
    memset(cpuid, 0, sizeof(*cpuid)); /* KVM fills in the rest */
    cpuid->nent = CPUID_ENTRIES;
    int result = 0;
    if (ioctl(device_fd, KVM_GET_SUPPORTED_CPUID, cpuid) < 0) {
        result = error_system(err, -errno, "KVM_GET_SUPPORTED_CPUID");
        goto out;
    }
    for (unsigned i = 0; i < cpuid->nent; i++)
        set_leaf(&cpuid->entries[i], index, count);
    if (ioctl(vcpu_fd, KVM_SET_CPUID2, cpuid) < 0)
        result = error_system(err, -errno, "KVM_SET_CPUID2");
out:
    free(cpuid);
    return result;
}
