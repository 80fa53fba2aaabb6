/* chip_state.c: PIC, IOAPIC and PIT at power-on. */
#include "machine/chip_state.h"

#include "base/error.h" /* error_system */

#include <linux/kvm.h> /* the KVM ABI */
#include <stdlib.h>    /* calloc */
#include <sys/ioctl.h> /* ioctl */

#define CHIPS 3 /* two PICs and the IOAPIC */

struct chip_state {
    struct kvm_irqchip chips[CHIPS];
    struct kvm_pit_state2 timer;
};

struct chip_state *chip_state_save(int vm_fd, struct error *err)
{
    struct chip_state *state = calloc(1, sizeof(*state));
    if (!state) {
        error_system(err, -ENOMEM, "interrupt controllers");
        return NULL;
    }
    for (unsigned i = 0; i < CHIPS; i++) {
        state->chips[i].chip_id = i;
        if (ioctl(vm_fd, KVM_GET_IRQCHIP, &state->chips[i]) < 0)
            goto fail;
    }
    if (ioctl(vm_fd, KVM_GET_PIT2, &state->timer) == 0)
        return state;
fail:
    error_system(err, -errno, "interrupt controllers: cannot read their state");
    free(state);
    return NULL;
}

int chip_state_restore(const struct chip_state *state, int vm_fd, struct error *err)
{
    for (unsigned i = 0; i < CHIPS; i++) {
        struct kvm_irqchip chip = state->chips[i];
        if (ioctl(vm_fd, KVM_SET_IRQCHIP, &chip) < 0)
            return error_system(err, -errno, "KVM_SET_IRQCHIP");
    }
    struct kvm_pit_state2 timer = state->timer;
    if (ioctl(vm_fd, KVM_SET_PIT2, &timer) < 0)
        return error_system(err, -errno, "KVM_SET_PIT2");
    return 0;
}
