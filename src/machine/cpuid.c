/* cpuid.c: the host's CPUID, cut to the virtual PC's shape. */
#include "machine/cpuid.h"

#include "base/error.h" /* error_system */

#include <asm/kvm_para.h> /* KVM's own leaves */
#include <linux/kvm.h>    /* the KVM ABI */
#include <stdbool.h>      /* bool */
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

/* What a leaf has to say of one processor's place. */
struct place {
    const struct cpu_topology *topology;
    unsigned apic_id;
    unsigned core, socket; /* numbers of its core in the socket, and of that */
    unsigned thread_bits, core_bits; /* of APIC ids */
};

/* Processors of a socket, which share the last cache. */
static unsigned siblings(const struct place *place)
{
    return place->topology->cores * place->topology->threads;
}

/* How many share a cache of this level: caches before the third are a core's own. */
static unsigned sharers(const struct place *place, unsigned level)
{
    return level >= 3 ? 1u << (place->core_bits + place->thread_bits)
                      : 1u << place->thread_bits;
}

static void set_leaf_1(struct kvm_cpuid_entry2 *entry, const struct place *place)
{
    enum { HTT = 1u << 28, TSC = 1u << 4, TSC_DEADLINE = 1u << 24 };

    entry->ebx =
        (entry->ebx & 0x0000ffff) | siblings(place) << 16 | place->apic_id << 24;
    entry->ecx |= 1u << 31; /* a hypervisor is present: i915 wants to know */
    /* KVM's own APIC has this timer on every host; before Linux 6.13 it is not told. */
    if (entry->edx & TSC)
        entry->ecx |= TSC_DEADLINE;
    entry->edx &= ~(uint32_t)HTT;
    if (siblings(place) > 1)
        entry->edx |= HTT;
}

/* Extended topology: level 0 the threads of a core, level 1 the cores of a socket. */
static void set_leaf_b(struct kvm_cpuid_entry2 *entry, const struct place *place)
{
    static const uint8_t types[] = { 1, 2 };
    const unsigned shifts[] = { place->thread_bits,
                                place->thread_bits + place->core_bits };
    const unsigned counts[] = { place->topology->threads, siblings(place) };

    entry->edx = place->apic_id;
    entry->ecx = entry->index & 0xff;
    entry->eax = entry->ebx = 0;
    if (entry->index < 2) {
        entry->eax = shifts[entry->index];
        entry->ebx = counts[entry->index];
        entry->ecx |= (uint32_t)types[entry->index] << 8;
    }
}

static void set_leaf(struct kvm_cpuid_entry2 *entry, const struct place *place)
{
    switch (entry->function) {
    case 0x1:
        set_leaf_1(entry, place);
        break;
    case 0x4: /* Intel: core ids of the package, threads sharing a cache */
        if (!(entry->eax & 0x1f))
            break; /* the end of the list */
        entry->eax = (entry->eax & 0x00003fff) | ((1u << place->core_bits) - 1) << 26 |
                     (sharers(place, entry->eax >> 5 & 7) - 1) << 14;
        break;
    case 0xb:
    case 0x1f: /* with levels between these: there are none */
        set_leaf_b(entry, place);
        break;
    case KVM_CPUID_FEATURES:
        entry->eax &= KVM_FEATURE_SET;
        break;
    case 0x80000008: /* AMD: threads of the package, bits that tell them */
        entry->ecx = (entry->ecx & ~0xf0ffu) | (siblings(place) - 1) |
                     (place->core_bits + place->thread_bits) << 12;
        break;
    case 0x8000001d: /* AMD: threads sharing a cache */
        if (entry->eax & 0x1f)
            entry->eax = (entry->eax & 0x00003fff) |
                         (sharers(place, entry->eax >> 5 & 7) - 1) << 14;
        break;
    case 0x8000001e: /* AMD: identifiers; threads of a core */
        entry->eax = place->apic_id;
        entry->ebx = (place->core & 0xff) | (place->topology->threads - 1) << 8;
        entry->ecx = place->socket & 0xff;
        break;
    default:
        break;
    }
}

/* Leaf 0xb for a processor whose host has none of its own, as emulated ones. */
static void add_leaf_b(struct kvm_cpuid2 *cpuid)
{
    bool reaches = false;
    for (unsigned i = 0; i < cpuid->nent; i++) {
        if (cpuid->entries[i].function == 0xb)
            return;
        if (cpuid->entries[i].function == 0)
            reaches = cpuid->entries[i].eax >= 0xb;
    }
    for (unsigned level = 0; reaches && level < 3 && cpuid->nent < CPUID_ENTRIES;
         level++)
        cpuid->entries[cpuid->nent++] = (struct kvm_cpuid_entry2){
            .function = 0xb, .index = level, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX
        };
}

void cpuid_of_host(uint32_t leaf, uint32_t registers[4])
{
    __asm__("cpuid"
            : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]),
              "=d"(registers[3])
            : "a"(leaf), "c"(0));
}

uint64_t cpuid_address_end(void)
{
    enum { EXTENDED = 0x80000000, ADDRESS_SIZES = 0x80000008, LEAST = 36 };
    uint32_t registers[4];
    unsigned bits = LEAST; /* of every processor with long mode */

    cpuid_of_host(EXTENDED, registers);
    if (registers[0] >= ADDRESS_SIZES) {
        cpuid_of_host(ADDRESS_SIZES, registers);
        bits = registers[0] & 0xff;
    }
    return 1ull << (bits < LEAST || bits > 52 ? LEAST : bits);
}

int cpuid_set(int device_fd, int vcpu_fd, const struct cpuid_setup *setup,
              unsigned index, struct error *err)
{
    const struct cpu_topology *topology = &setup->topology;
    const struct place place = {
        .topology = topology,
        .apic_id = cpu_topology_apic_id(topology, index),
        .core = index / topology->threads % topology->cores,
        .socket = index / topology->threads / topology->cores,
        .thread_bits = cpu_topology_thread_bits(topology),
        .core_bits = cpu_topology_core_bits(topology),
    };
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
    add_leaf_b(cpuid);
    for (unsigned i = 0; i < cpuid->nent; i++)
        set_leaf(&cpuid->entries[i], &place);
    result = cpu_model_apply(&setup->model, cpuid, err);
    if (result == 0 && ioctl(vcpu_fd, KVM_SET_CPUID2, cpuid) < 0)
        result = error_system(err, -errno, "KVM_SET_CPUID2");
out:
    free(cpuid);
    return result;
}
