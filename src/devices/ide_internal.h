/* ide_internal.h: what the files of an IDE channel share. */
#ifndef DEVICES_IDE_INTERNAL_H
#define DEVICES_IDE_INTERNAL_H

#include "devices/ide_channel.h" /* struct ide_channel */

/* The status register (ATA/ATAPI-6, 7.15). */
#define ATA_ERROR 0x01 /* of a PACKET command: check condition */
#define ATA_DRQ   0x08
#define ATA_DSC   0x10 /* seek complete */
#define ATA_READY 0x40
#define ATA_BUSY  0x80

#define ATA_ABORTED 0x04 /* the error register */

/* The sector count of a PACKET command: the interrupt reason. */
#define REASON_COMMAND 0x01 /* else data */
#define REASON_TO_HOST 0x02

/* Have the drive ask for an interrupt, or no longer: the line falls, to rise again. */
void ide_interrupt(struct ide_drive *drive);
void ide_no_interrupt(struct ide_drive *drive);

/* The command ended, and the drive can take another. */
void ide_end(struct ide_drive *drive, uint8_t error);

/* The registers say what kind of device this is (9.12). */
void ide_signature(struct ide_drive *drive);

/* The drive is as after power-on or a reset: its signature is in the registers. */
void ide_drive_reset(struct ide_drive *drive);

/* ide_commands.c: what was written to the selected drive's command register. */
void ide_command(struct ide_drive *drive, uint8_t code);

/* ide_packet.c: the PACKET command, up to the bytes of the packet; they have come; the
 * data of one go was taken; the bus master was started. */
void ide_packet_start(struct ide_drive *drive);
void ide_packet_run(struct ide_drive *drive);
void ide_packet_went(struct ide_drive *drive);
void ide_packet_master_started(struct ide_drive *drive);

#endif
