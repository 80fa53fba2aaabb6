/* chip_state.h: the in-kernel interrupt controllers and timer, kept and put back. */
#ifndef MACHINE_CHIP_STATE_H
#define MACHINE_CHIP_STATE_H

struct chip_state;
struct error;

/* Read PIC, IOAPIC and PIT of a VM. NULL with err. Free with free(). */
struct chip_state *chip_state_save(int vm_fd, struct error *err);
int chip_state_restore(const struct chip_state *state, int vm_fd, struct error *err);

#endif
