/* ide_packet.c: the PACKET command: a SCSI command and its data (ATA/ATAPI-6, 9.8). */
#include "base/bytes.h"           /* round_down */
#include "devices/board.h"        /* the guest's RAM */
#include "devices/ide_internal.h" /* drive and channel */

#define FEATURE_DMA 0x01
#define LARGEST_GO  0xfffe /* the byte count register's largest even value */

void ide_packet_start(struct ide_drive *drive)
{
    drive->is_packet = true;
    drive->dma = drive->features & FEATURE_DMA;
    drive->limit = drive->mid | (unsigned)drive->high << 8;
    drive->packet_taken = 0;
    drive->phase = IDE_PACKET;
    drive->count = REASON_COMMAND;
    /* No interrupt: IDENTIFY says that the drive takes the packet at once. */
    drive->status = ATA_READY | ATA_DRQ;
}

static void end_well(struct ide_drive *drive)
{
    drive->count = REASON_COMMAND | REASON_TO_HOST;
    ide_end(drive, 0);
}

static void end_badly(struct ide_drive *drive)
{
    drive->count = REASON_COMMAND | REASON_TO_HOST;
    ide_end(drive, (uint8_t)(drive->optical.sense.key << 4 | ATA_ABORTED));
}

/* As much for the data register as the host asked for at once. */
static void start_go(struct ide_drive *drive)
{
    size_t left = drive->data_size - drive->data_taken;
    size_t limit =
        drive->limit && drive->limit < LARGEST_GO ? drive->limit : LARGEST_GO;

    if (left > limit) /* only the last go may be odd */
        left = limit > 1 ? round_down(limit, 2) : 2;
    drive->go_end = drive->data_taken + left;
    drive->mid = (uint8_t)left;
    drive->high = (uint8_t)(left >> 8);
    drive->count = REASON_TO_HOST;
    drive->phase = IDE_DATA;
    drive->status = ATA_READY | ATA_DSC | ATA_DRQ;
    ide_interrupt(drive);
}

static void blocks_read(void *opaque, int result);

/* Blocks that are there at once lead here again: then this goes on, not deeper. */
static void read_more(struct ide_drive *drive)
{
    drive->read_again = true;
    if (drive->in_read_more)
        return;
    drive->in_read_more = true;
    while (drive->read_again) {
        drive->read_again = false;
        drive->reading = drive->blocks_left < OPTICAL_READ_BLOCKS ? drive->blocks_left
                                                                  : OPTICAL_READ_BLOCKS;
        drive->phase = IDE_READING;
        drive->status = ATA_BUSY;
        if (!optical_drive_read(&drive->optical, drive->next_block, drive->reading,
                                blocks_read, drive))
            end_badly(drive);
    }
    drive->in_read_more = false;
}

static void move_to_memory(struct ide_drive *drive)
{
    struct ide_channel *channel = drive->channel;
    enum ide_bus_master_end end = ide_bus_master_move(
        &channel->master, channel->board->ram, drive->data, drive->data_size);

    if (end != IDE_MOVED) {
        ide_bus_master_finish(&channel->master, true);
        optical_drive_transfer_failed(&drive->optical);
        end_badly(drive);
    } else if (drive->blocks_left) {
        read_more(drive);
    } else {
        ide_bus_master_finish(&channel->master, false);
        end_well(drive);
    }
}

/* There is data for the host: on the way it asked for. */
static void give(struct ide_drive *drive, const uint8_t *data, size_t size)
{
    drive->data = data;
    drive->data_size = size;
    drive->data_taken = 0;
    if (!drive->dma) {
        start_go(drive);
    } else if (ide_bus_master_ready(&drive->channel->master)) {
        move_to_memory(drive);
    } else {
        drive->phase = IDE_WAIT_MASTER;
        drive->count = REASON_TO_HOST;
        drive->status = ATA_READY | ATA_DRQ;
    }
}

static void blocks_read(void *opaque, int result)
{
    struct ide_drive *drive = opaque;

    if (result < 0) {
        if (drive->dma)
            ide_bus_master_finish(&drive->channel->master, true);
        optical_drive_read_failed(&drive->optical);
        end_badly(drive);
        return;
    }
    drive->next_block += drive->reading;
    drive->blocks_left -= drive->reading;
    give(drive, drive->optical.buffer, (size_t)drive->reading * OPTICAL_BLOCK);
}

void ide_packet_run(struct ide_drive *drive)
{
    struct optical_drive *optical = &drive->optical;

    drive->blocks_left = 0;
    switch (optical_drive_command(optical, drive->packet)) {
    case OPTICAL_GOOD:
        end_well(drive);
        break;
    case OPTICAL_ANSWER:
        give(drive, optical->answer, optical->answer_size);
        break;
    case OPTICAL_BLOCKS:
        drive->next_block = optical->read_block;
        drive->blocks_left = optical->read_blocks;
        read_more(drive);
        break;
    case OPTICAL_FAILED:
        end_badly(drive);
        break;
    }
}

void ide_packet_went(struct ide_drive *drive)
{
    if (drive->data_taken < drive->data_size)
        start_go(drive);
    else if (drive->blocks_left)
        read_more(drive);
    else
        end_well(drive);
}

void ide_packet_master_started(struct ide_drive *drive)
{
    if (drive->phase == IDE_WAIT_MASTER &&
        ide_bus_master_ready(&drive->channel->master))
        move_to_memory(drive);
}
