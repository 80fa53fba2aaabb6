/* piix3.h: the PIIX3 ISA bridge at 00:01.0: routes of the PCI interrupt lines. */
#ifndef DEVICES_PIIX3_H
#define DEVICES_PIIX3_H

struct board;
struct device;
struct error;

/*
 * The bridge (8086:7000) on board->pci; sets the bus's interrupt routing from its
 * PIRQ route registers 0x60 to 0x63 and drives board_set_gsi. Make it before the
 * PCI devices behind it, and free it after them. NULL with err on failure.
 */
struct device *piix3_new(struct board *board, struct error *err);

#endif
