/* ide_channel.h: one channel of an IDE controller, with optical drives on it. */
#ifndef DEVICES_IDE_CHANNEL_H
#define DEVICES_IDE_CHANNEL_H

#include "devices/byte_ports.h"     /* the control port */
#include "devices/ide_bus_master.h" /* transfers to memory */
#include "devices/irq_line.h"       /* the interrupt */
#include "devices/optical_drive.h"  /* what hangs on it */
#include "pci/space.h"              /* struct range */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* registers */

#define IDE_DRIVES_A_CHANNEL 2

/* What a drive is about to do with its data. */
enum ide_phase {
    IDE_IDLE,
    IDE_PACKET,     /* takes the bytes of a command */
    IDE_DATA,       /* the host reads the data register */
    IDE_READING,    /* blocks come from the disc */
    IDE_WAIT_MASTER /* data waits for the bus master to be started */
};

/* A drive with its task file; ide_channel.c and its parts only. */
struct ide_drive {
    struct ide_channel *channel; /* NULL: no drive */
    unsigned number; /* of the machine's optical drives, for its serial number */
    struct optical_drive optical;
    uint8_t features, count, low, mid, high; /* as the host or the drive wrote them */
    uint8_t error, status;
    uint8_t transfer_mode; /* as SET FEATURES has it */
    bool interrupt;        /* asked for */
    enum ide_phase phase;

    /* The command in work. */
    bool is_packet;
    bool dma;       /* its data goes by the bus master */
    unsigned limit; /* bytes at most in one go of the data register */
    uint8_t packet[OPTICAL_PACKET];
    size_t packet_taken;
    const uint8_t *data; /* for the host */
    size_t data_size, data_taken, go_end;
    uint32_t next_block, blocks_left; /* to be read from the disc */
    unsigned reading;                 /* blocks that are being read */
    bool in_read_more, read_again;    /* what was read may be there at once */
    uint8_t identity[512];
};

struct ide_channel {
    struct board *board;
    struct range task_file;
    struct byte_ports control;
    struct irq_line line;
    uint8_t select, device_control;
    struct ide_bus_master master;
    struct ide_drive drives[IDE_DRIVES_A_CHANNEL];
};

/*
 * The channel, which answers nowhere yet. Drives are attached with
 * ide_channel_attach before the guest runs. Its memory is the caller's, and may not
 * move.
 */
void ide_channel_init(struct ide_channel *channel, struct board *board, unsigned gsi);

/*
 * An optical drive as drive 0 or 1; number: of the machine's optical drives; path: its
 * disc, or NULL. 0 or a negative errno with err.
 */
int ide_channel_attach(struct ide_channel *channel, unsigned index, unsigned number,
                       const char *path, enum disk_engine_choice engine,
                       struct error *err);

/* Let it answer at its legacy ports (the eight of the task file, and the control port),
 * or no longer. */
void ide_channel_place(struct ide_channel *channel, uint16_t task_file,
                       uint16_t control);
void ide_channel_unplace(struct ide_channel *channel);

/* Power-on. */
void ide_channel_reset(struct ide_channel *channel);
void ide_channel_release(struct ide_channel *channel);

/* The guest wrote a register of channel->master. */
void ide_channel_master_changed(struct ide_channel *channel);

#endif
