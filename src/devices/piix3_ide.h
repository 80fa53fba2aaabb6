/* piix3_ide.h: the PIIX3's IDE controller at 00:01.1, with optical drives. */
#ifndef DEVICES_PIIX3_IDE_H
#define DEVICES_PIIX3_IDE_H

#include "devices/disk_io.h" /* how discs are read */

#include <stdbool.h> /* bool */

struct board;
struct device;
struct error;
struct optical_image;

#define PIIX3_IDE_DRIVES 4

struct piix3_ide_options {
    unsigned count;                      /* of drives, at most PIIX3_IDE_DRIVES */
    const char *discs[PIIX3_IDE_DRIVES]; /* images; NULL: an empty drive */
    enum disk_engine_choice engine;
};

/*
 * The controller (8086:7010) on board->pci, with its channels at the legacy ports 1F0
 * and 170 and interrupts 14 and 15. Drives are the first and second of the first
 * channel, then of the second. NULL with err on failure.
 */
struct device *piix3_ide_new(struct board *board,
                             const struct piix3_ide_options *options,
                             struct error *err);

/*
 * Put another disc into a drive (0 to count - 1), or with NULL take it out, as
 * optical_drive_change says. The board's lock is held by the caller.
 */
int piix3_ide_change(struct device *device, unsigned drive,
                     const struct optical_image *disc, bool force, struct error *err);

#endif
