/*
 * power_on.c: reads the power-on state from a VM made for it. Only a guest that resets
 * needs that state, and reading it takes longer than everything else before the first
 * instruction does.
 */
#include "machine/power_on.h"

#include "base/error.h"         /* error_system */
#include "machine/chip_state.h" /* interrupt controllers */
#include "machine/cpuid.h"      /* which MSRs there are follows from it */
#include "machine/kvm.h"        /* the VM */
#include "machine/vcpu.h"       /* struct vcpu */

#include <linux/kvm.h> /* KVM_CREATE_VCPU */
#include <stdlib.h>    /* calloc */
#include <sys/ioctl.h> /* ioctl */
#include <unistd.h>    /* close */

static int read_vcpu(const struct kvm *kvm, struct vcpu *vcpu,
                     const struct cpuid_setup *setup, struct error *err)
{
    int fd = ioctl(kvm->vm_fd, KVM_CREATE_VCPU, (unsigned long)vcpu->id);
    if (fd < 0)
        return error_system(err, -errno, "power-on state of vCPU %u", vcpu->index);
    int result = cpuid_set(kvm->device_fd, fd, setup, vcpu->index, err);
    if (result == 0)
        result = cpu_state_save(&vcpu->power_on, kvm->device_fd, fd, err);
    close(fd);
    return result;
}

int power_on_read(const struct kvm *like, struct vcpu *vcpus, unsigned count,
                  const struct cpuid_setup *setup, struct chip_state **chips,
                  struct error *err)
{
    struct kvm *kvm = calloc(1, sizeof(*kvm));
    if (!kvm)
        return error_system(err, -ENOMEM, "power-on state");
    int result = kvm_open_beside(kvm, like, err);
    if (result == 0) {
        *chips = chip_state_save(kvm->vm_fd, err);
        result = *chips ? 0 : err->code;
        for (unsigned i = 0; result == 0 && i < count; i++)
            result = read_vcpu(kvm, &vcpus[i], setup, err);
        kvm_close(kvm);
    }
    free(kvm);
    return result;
}
