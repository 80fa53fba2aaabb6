/* slots.h: which device has which place on the guest's PCI bus. */
#ifndef MACHINE_SLOTS_H
#define MACHINE_SLOTS_H

/*
 * Slots of bus 0. Places are fixed, so that a guest finds its devices again whatever
 * else it is given. 00 is the host bridge, 01 PIIX3 (00 ISA, 01 IDE, 03 power
 * management).
 */
enum machine_slot {
    SLOT_DISPLAY = 0x02, /* the primary display: the IGD in legacy mode, else the VGA */
    SLOT_RNG = 0x03,
    SLOT_DISK = 0x04,        /* to 0x0b */
    SLOT_NETWORK = 0x0c,     /* to 0x0f */
    SLOT_SECOND_IGD = 0x10,  /* the IGD in UPT mode */
    SLOT_CONSOLE = 0x11,     /* virtio-console */
    SLOT_BALLOON = 0x12,     /* virtio-balloon */
    SLOT_INPUT = 0x13,       /* virtio-input, to 0x16 */
    SLOT_HOST_DEVICE = 0x17, /* further assigned devices, to 0x1e */
    SLOT_IGD_LPC = 0x1f,     /* the LPC bridge the IGD's drivers look for */
};

#endif
