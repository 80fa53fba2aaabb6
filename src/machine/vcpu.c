/* vcpu.c: the thread of a vCPU: enter the guest, handle the exit, again. */
#include "machine/vcpu.h"

#include "base/bytes.h"       /* load_sized */
#include "base/error.h"       /* error_system */
#include "base/log.h"         /* what a guest did */
#include "machine/cpuid.h"    /* cpuid_set */
#include "machine/gathered.h" /* writes before this exit */
#include "machine/kvm.h"      /* struct kvm */
#include "pci/space.h"        /* dispatch */

#include <linux/kvm.h> /* the KVM ABI */
#include <signal.h>    /* the kick */
#include <stdio.h>     /* snprintf */
#include <sys/ioctl.h> /* ioctl */
#include <sys/mman.h>  /* the shared run page */
#include <unistd.h>    /* close */

#define KICK_SIGNAL SIGUSR2

/* The run page of the vCPU this thread drives: the signal handler's only way to it. */
static _Thread_local struct kvm_run *this_run;

const char *exit_kind_name(enum exit_kind kind)
{
    static const char *const names[EXIT_KINDS] = {
        [EXIT_PORT_READ] = "port-read", [EXIT_PORT_WRITE] = "port-write",
        [EXIT_MMIO_READ] = "mmio-read", [EXIT_MMIO_WRITE] = "mmio-write",
        [EXIT_SIGNAL] = "signal",       [EXIT_SHUTDOWN] = "shutdown",
        [EXIT_OTHER] = "other",
    };
    return names[kind];
}

/* Set whether the signal hits inside KVM_RUN or just before it. */
static void on_kick(int number)
{
    (void)number;
    if (this_run)
        this_run->immediate_exit = 1;
}

int vcpu_init(struct vcpu *vcpu, struct kvm *kvm, const struct cpuid_setup *setup,
              unsigned index, const struct vcpu_owner *owner, struct error *err)
{
    *vcpu = (struct vcpu){ .index = index,
                           .id = cpu_topology_apic_id(&setup->topology, index),
                           .fd = -1,
                           .kvm = kvm,
                           .owner = owner };
    vcpu->fd = ioctl(kvm->vm_fd, KVM_CREATE_VCPU, (unsigned long)vcpu->id);
    if (vcpu->fd < 0)
        return error_system(err, -errno, "vCPU %u", index);
    vcpu->run = mmap(NULL, (size_t)kvm->vcpu_state_size, PROT_READ | PROT_WRITE,
                     MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED) {
        int code = -errno;
        vcpu->run = NULL;
        vcpu_free(vcpu);
        return error_system(err, code, "vCPU %u: run page", index);
    }
    int result = cpuid_set(kvm->device_fd, vcpu->fd, setup, index, err);
    if (result < 0)
        vcpu_free(vcpu);
    return result;
}

void vcpu_free(struct vcpu *vcpu)
{
    cpu_state_free(&vcpu->power_on);
    if (vcpu->run)
        munmap(vcpu->run, (size_t)vcpu->kvm->vcpu_state_size);
    if (vcpu->fd >= 0)
        close(vcpu->fd);
    vcpu->run = NULL;
    vcpu->fd = -1;
}

/*
 * Each kind of exit is a function of its own that is not inlined, so that none saves
 * registers and stack for the others: a guest's speed is how few instructions an exit
 * takes.
 */
#define EXIT_HANDLER __attribute__((noinline)) static void

/* `ins` and `outs`: several accesses, one behind the other. */
EXIT_HANDLER handle_port_string(struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    unsigned size = run->io.size;

    for (uint32_t i = 0; i < run->io.count; i++, data += size) {
        if (run->io.direction == KVM_EXIT_IO_IN)
            store_sized(data, space_read(vcpu->owner->ports, run->io.port, size), size);
        else
            space_write(vcpu->owner->ports, run->io.port, load_sized(data, size), size);
    }
}

/* The data begin a page of their own: 8 bytes are there, whatever the access has. */
EXIT_HANDLER handle_port(struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    void *data = (uint8_t *)run + run->io.data_offset;
    unsigned size = run->io.size;
    bool in = run->io.direction == KVM_EXIT_IO_IN;

    vcpu->exits[in ? EXIT_PORT_READ : EXIT_PORT_WRITE]++;
    if (run->io.count != 1)
        handle_port_string(vcpu);
    else if (in)
        store64(data, space_read(vcpu->owner->ports, run->io.port, size));
    else
        space_write(vcpu->owner->ports, run->io.port, load64(data), size);
}

/* What KVM hands over of an access that is no power of two, such as 3 bytes. */
EXIT_HANDLER handle_odd_mmio(struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    uint64_t address = run->mmio.phys_addr;
    unsigned left = run->mmio.len;
    uint8_t *data = run->mmio.data;

    while (left) {
        unsigned size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
        if (run->mmio.is_write)
            space_write(vcpu->owner->memory, address, load_sized(data, size), size);
        else
            store_sized(data, space_read(vcpu->owner->memory, address, size), size);
        address += size;
        data += size;
        left -= size;
    }
}

/* Here, too: of its 8 bytes KVM looks at those of the access. */
EXIT_HANDLER handle_mmio(struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    unsigned size = run->mmio.len;

    vcpu->exits[run->mmio.is_write ? EXIT_MMIO_WRITE : EXIT_MMIO_READ]++;
    if (!is_power_of_two(size) || size > sizeof(run->mmio.data))
        handle_odd_mmio(vcpu);
    else if (run->mmio.is_write)
        space_write(vcpu->owner->memory, run->mmio.phys_addr, load64(run->mmio.data),
                    size);
    else
        store64(run->mmio.data,
                space_read(vcpu->owner->memory, run->mmio.phys_addr, size));
}

static void fail(struct vcpu *vcpu, const char *what, uint64_t detail)
{
    struct kvm_regs regs = { 0 };
    struct kvm_sregs sregs = { 0 };
    char who[16], reason[256];

    ioctl(vcpu->fd, KVM_GET_REGS, &regs);
    ioctl(vcpu->fd, KVM_GET_SREGS, &sregs);
    snprintf(reason, sizeof(reason),
             "%s (0x%llx) at cs:ip %04x:%llx (base 0x%llx, cr0 0x%llx)", what,
             (unsigned long long)detail, sregs.cs.selector,
             (unsigned long long)regs.rip, (unsigned long long)sregs.cs.base,
             (unsigned long long)sregs.cr0);
    snprintf(who, sizeof(who), "vCPU %u", vcpu->index);
    vcpu->owner->failed(vcpu->owner->opaque, who, reason);
}

static void handle_exit(struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;

    if (vcpu->owner->gathered->ring)
        gathered_deliver(vcpu->owner->gathered);
    switch (run->exit_reason) {
    case KVM_EXIT_IO:
        handle_port(vcpu);
        break;
    case KVM_EXIT_MMIO:
        handle_mmio(vcpu);
        break;
    case KVM_EXIT_SHUTDOWN:
        vcpu->exits[EXIT_SHUTDOWN]++;
        vcpu->owner->shutdown(vcpu->owner->opaque);
        break;
    case KVM_EXIT_INTERNAL_ERROR:
        fail(vcpu, "KVM cannot emulate an instruction", run->internal.suberror);
        break;
    case KVM_EXIT_FAIL_ENTRY:
        fail(vcpu, "the processor refused to enter the guest",
             run->fail_entry.hardware_entry_failure_reason);
        break;
    case KVM_EXIT_INTR:
        vcpu->exits[EXIT_SIGNAL]++;
        break;
    default:
        vcpu->exits[EXIT_OTHER]++;
        break;
    }
}

/*
 * KVM finishes the instruction of the last exit at the next entry; let it, without
 * running another one, so that a reset does not lose or repeat half an access.
 */
static void finish_instruction(struct vcpu *vcpu)
{
    vcpu->run->immediate_exit = 1;
    while (ioctl(vcpu->fd, KVM_RUN, 0) == 0)
        handle_exit(vcpu);
    vcpu->run->immediate_exit = 0;
}

/* So often a guest may do that; after it, it is the host's memory that is short. */
#define UNREACHABLE_MAX 1000

/*
 * KVM could not have a page that the guest went to: a BAR of a device that the guest
 * has put to sleep, which vfio-pci then lets nobody at. A reset wakes the device, and
 * is what a processor does that can go no further.
 */
static void out_of_reach(struct vcpu *vcpu)
{
    if (++vcpu->unreachable > UNREACHABLE_MAX) {
        fail(vcpu, "KVM_RUN failed, errno", EFAULT);
        return;
    }
    log_warning(
        NULL,
        "vCPU %u went to memory that could not be had, such as a BAR of a device "
        "that is asleep: the guest is reset",
        vcpu->index);
    vcpu->exits[EXIT_SHUTDOWN]++;
    vcpu->owner->shutdown(vcpu->owner->opaque);
}

static void *vcpu_thread(void *opaque)
{
    struct vcpu *vcpu = opaque;
    const struct vcpu_owner *owner = vcpu->owner;
    char name[16];

    snprintf(name, sizeof(name), "vcpu%u", vcpu->index);
    pthread_setname_np(pthread_self(), name);
    this_run = vcpu->run;
    bool go_on = owner->first_entry(owner->opaque);
    while (go_on) {
        if (*owner->attention) {
            finish_instruction(vcpu);
            go_on = owner->parked(owner->opaque);
            continue;
        }
        if (ioctl(vcpu->fd, KVM_RUN, 0) == 0) {
            handle_exit(vcpu);
        } else if (errno == EINTR || errno == EAGAIN) {
            vcpu->exits[EXIT_SIGNAL]++;
            vcpu->run->immediate_exit = 0;
        } else if (errno == EFAULT) {
            out_of_reach(vcpu);
        } else {
            fail(vcpu, "KVM_RUN failed, errno", (uint64_t)errno);
        }
    }
    this_run = NULL;
    return NULL;
}

int vcpu_start(struct vcpu *vcpu, struct error *err)
{
    struct sigaction action = { .sa_handler = on_kick };
    sigemptyset(&action.sa_mask);
    sigaction(KICK_SIGNAL, &action, NULL);
    int code = pthread_create(&vcpu->thread, NULL, vcpu_thread, vcpu);
    if (code)
        return error_system(err, -code, "vCPU %u: thread", vcpu->index);
    vcpu->started = true;
    return 0;
}

void vcpu_kick(struct vcpu *vcpu)
{
    if (vcpu->started)
        pthread_kill(vcpu->thread, KICK_SIGNAL);
}

int vcpu_reset(struct vcpu *vcpu, struct error *err)
{
    return cpu_state_restore(&vcpu->power_on, vcpu->fd, err);
}

void vcpu_join(struct vcpu *vcpu)
{
    if (vcpu->started)
        pthread_join(vcpu->thread, NULL);
    vcpu->started = false;
}
