/* ide_bus_master.c: an IDE channel's way to memory (Intel 290550, PIIX3, section 2.5).
 */
#include "devices/ide_bus_master.h"

#include "base/bytes.h"           /* load32 */
#include "devices/guest_memory.h" /* the guest's RAM */

enum { COMMAND = 0, STATUS = 2, TABLE = 4 }; /* offsets of the registers */

#define COMMAND_START     0x01
#define COMMAND_TO_MEMORY 0x08

#define STATUS_ACTIVE    0x01
#define STATUS_ERROR     0x02
#define STATUS_INTERRUPT 0x04
#define STATUS_CAPABLE   0x60 /* written by firmware, for drivers to read */

/* A descriptor: address, size in 16 bits (0: 64 KiB), in bit 31 whether it is the last.
 */
#define DESCRIPTOR_SIZE 8
#define DESCRIPTOR_LAST 0x80000000u
#define TABLE_SIZE      0x10000u /* a table lies in one 64 KiB block */

void ide_bus_master_reset(struct ide_bus_master *master)
{
    *master = (struct ide_bus_master){ 0 };
}

uint8_t ide_bus_master_read(const struct ide_bus_master *master, unsigned offset)
{
    switch (offset) {
    case COMMAND:
        return master->command;
    case STATUS:
        return master->status;
    case TABLE:
    case TABLE + 1:
    case TABLE + 2:
    case TABLE + 3:
        return (uint8_t)(master->table >> 8 * (offset - TABLE));
    default:
        return 0;
    }
}

static void write_command(struct ide_bus_master *master, uint8_t value)
{
    bool started = !(master->command & COMMAND_START) && (value & COMMAND_START);

    master->command = value & (COMMAND_START | COMMAND_TO_MEMORY);
    if (!(value & COMMAND_START))
        master->status &= (uint8_t)~STATUS_ACTIVE;
    if (started) {
        master->status |= STATUS_ACTIVE;
        master->next = master->table;
        master->left = 0;
        master->last = master->table_ended = false;
    }
}

void ide_bus_master_write(struct ide_bus_master *master, unsigned offset, uint8_t value)
{
    unsigned shift = 8 * (offset - TABLE);

    switch (offset) {
    case COMMAND:
        write_command(master, value);
        break;
    case STATUS:
        master->status =
            (uint8_t)((value & STATUS_CAPABLE) | (master->status & STATUS_ACTIVE) |
                      (master->status & ~value & (STATUS_ERROR | STATUS_INTERRUPT)));
        break;
    case TABLE:
    case TABLE + 1:
    case TABLE + 2:
    case TABLE + 3:
        master->table =
            ((master->table & ~(0xffu << shift)) | (uint32_t)value << shift) & ~3u;
        break;
    default:
        break;
    }
}

bool ide_bus_master_ready(const struct ide_bus_master *master)
{
    return (master->status & STATUS_ACTIVE) && (master->command & COMMAND_TO_MEMORY);
}

/* Take up the next descriptor. */
static enum ide_bus_master_end take(struct ide_bus_master *master,
                                    const struct guest_memory *ram)
{
    uint8_t descriptor[DESCRIPTOR_SIZE];

    if (master->last)
        return IDE_NO_ROOM;
    if (master->table_ended ||
        guest_memory_read(ram, master->next, descriptor, sizeof(descriptor)) < 0)
        return IDE_BAD_TABLE;
    uint32_t size = load32(descriptor + 4);
    master->address = load32(descriptor) & ~1u;
    master->left = size & 0xfffe ? size & 0xfffe : 0x10000;
    master->last = size & DESCRIPTOR_LAST;
    master->next += DESCRIPTOR_SIZE;
    master->table_ended = master->next % TABLE_SIZE < DESCRIPTOR_SIZE;
    return IDE_MOVED;
}

enum ide_bus_master_end ide_bus_master_move(struct ide_bus_master *master,
                                            const struct guest_memory *ram,
                                            const uint8_t *bytes, size_t size)
{
    while (size) {
        if (!master->left) {
            enum ide_bus_master_end end = take(master, ram);
            if (end != IDE_MOVED)
                return end;
        }
        uint32_t step = size < master->left ? (uint32_t)size : master->left;
        if (guest_memory_write(ram, master->address, bytes, step) < 0)
            return IDE_BAD_TABLE;
        bytes += step;
        size -= step;
        master->address += step;
        master->left -= step;
    }
    return IDE_MOVED;
}

/*
 * A drive that ends before the descriptors do leaves the engine active, which tells the
 * driver so.
 */
void ide_bus_master_finish(struct ide_bus_master *master, bool failed)
{
    if (failed)
        master->status |= STATUS_ERROR;
    if (failed || (master->last && !master->left))
        master->status &= (uint8_t)~STATUS_ACTIVE;
}

void ide_bus_master_interrupt(struct ide_bus_master *master)
{
    master->status |= STATUS_INTERRUPT;
}
