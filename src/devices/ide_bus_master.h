/* ide_bus_master.h: an IDE channel's way to memory (Intel 290550, PIIX3, section 2.5).
 */
#ifndef DEVICES_IDE_BUS_MASTER_H
#define DEVICES_IDE_BUS_MASTER_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* registers */

struct guest_memory;

#define IDE_BUS_MASTER_PORTS 8

/* Of one channel; its owner's, who uses the functions below only. */
struct ide_bus_master {
    uint8_t command, status;
    uint32_t table;         /* guest address of the descriptors */
    uint32_t next;          /* of the next descriptor */
    uint32_t address, left; /* the rest of the one in work */
    bool last;              /* it is the last */
    bool table_ended;       /* it is at the end of the 64 KiB a table may lie in */
};

/* How far a transfer came. */
enum ide_bus_master_end {
    IDE_MOVED,     /* all bytes went through */
    IDE_NO_ROOM,   /* the descriptors ended before */
    IDE_BAD_TABLE, /* a descriptor, or what it names, is not in memory, or none is last
                    */
};

void ide_bus_master_reset(struct ide_bus_master *master);

/* offset: 0 to IDE_BUS_MASTER_PORTS - 1. A write may start or stop the engine. */
uint8_t ide_bus_master_read(const struct ide_bus_master *master, unsigned offset);
void ide_bus_master_write(struct ide_bus_master *master, unsigned offset,
                          uint8_t value);

/* The guest started it and wants it to write to memory. */
bool ide_bus_master_ready(const struct ide_bus_master *master);

/* Bytes from the drive into memory, going on where the last call ended. */
enum ide_bus_master_end ide_bus_master_move(struct ide_bus_master *master,
                                            const struct guest_memory *ram,
                                            const uint8_t *bytes, size_t size);

/* The transfer is at its end, a good or a bad one. */
void ide_bus_master_finish(struct ide_bus_master *master, bool failed);

/* The drive's interrupt came. */
void ide_bus_master_interrupt(struct ide_bus_master *master);

#endif
