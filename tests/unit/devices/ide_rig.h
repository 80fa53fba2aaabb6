/* ide_rig.h: the IDE controller with a disc in it, driven as a guest does. */
#ifndef IDE_RIG_H
#define IDE_RIG_H

#include "fake_board.h" /* a machine without KVM */

#define IDE_FUNCTION PCI_DEVFN(1, 1)
#define IDE_BASE     0x1f0
#define IDE_CONTROL  0x3f6
#define IDE_MASTER   0xc000 /* where the bus master is put */
#define IDE_GSI      14
#define DISC_BLOCKS  100
#define DISC_BLOCK   2048

enum {
    IDE_BUSY = 0x80,
    IDE_READY = 0x40,
    IDE_SEEK = 0x10,
    IDE_DRQ = 0x08,
    IDE_ERROR = 0x01
};

struct ide_rig {
    struct fake_board *fake;
    struct device *ide;
    char path[64];
};

/*
 * A test's set-up: blocks of the disc that the host has in memory are there at once, or
 * only after a while.
 */
int ide_setup(void **state);
int ide_setup_slow(void **state);
int ide_teardown(void **state);

/* A disc of `size` bytes of the pattern; path has room for 64 bytes. */
void ide_make_disc(char *path, size_t size);

/* Fail unless these are the pattern's bytes from `from` on. */
void ide_check_pattern(const uint8_t *bytes, size_t size, size_t from);

/* Registers of the first channel's command block, by number. */
uint8_t drive_in(struct ide_rig *rig, unsigned port);
void drive_out(struct ide_rig *rig, unsigned port, uint8_t value);

/* Wait until the drive is not busy; its status. */
uint8_t drive_wait(struct ide_rig *rig);

/* Send a packet of 12 bytes; the status after it. limit: bytes at a time by PIO. */
uint8_t drive_send(struct ide_rig *rig, const uint8_t *packet, bool dma,
                   unsigned limit);

/* Take what the drive gives by the data register; how much it was. */
size_t drive_take(struct ide_rig *rig, uint8_t *to, size_t room);

/* A command with its data; -1 when it failed. */
long drive_command(struct ide_rig *rig, const uint8_t *packet, uint8_t *to,
                   size_t room);

/* The drive's sense data: key, additional code and its qualifier, a byte each. */
uint32_t drive_sense(struct ide_rig *rig);

#endif
