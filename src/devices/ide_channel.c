/* ide_channel.c: one channel of an IDE controller: its registers and their two drives.
 */
#include "devices/ide_channel.h"

#include "base/bytes.h"           /* ARRAY_SIZE */
#include "base/error.h"           /* errors of discs */
#include "devices/board.h"        /* ports */
#include "devices/ide_internal.h" /* drives */

/* Ports of the task file (ATA/ATAPI-6, 7). */
enum {
    PORT_DATA = 0,
    PORT_ERROR = 1, /* written: features */
    PORT_COUNT = 2,
    PORT_LOW = 3,
    PORT_MID = 4,
    PORT_HIGH = 5,
    PORT_SELECT = 6,
    PORT_STATUS = 7, /* written: command */
    TASK_FILE_PORTS = 8,
};

#define SELECT_DRIVE_1 0x10
#define SELECT_ONES    0xa0 /* bits that were fixed in the first ATA */

#define CONTROL_NO_INTERRUPT 0x02
#define CONTROL_RESET        0x04

#define DIAGNOSTIC        0x90 /* EXECUTE DEVICE DIAGNOSTIC, the one command of both */
#define DIAGNOSTIC_PASSED 0x01

/* The selected drive, or NULL. */
static struct ide_drive *selected(struct ide_channel *channel)
{
    struct ide_drive *drive =
        &channel->drives[channel->select & SELECT_DRIVE_1 ? 1 : 0];
    return drive->channel ? drive : NULL;
}

static void update_line(struct ide_channel *channel)
{
    const struct ide_drive *drive = selected(channel);
    bool level =
        drive && drive->interrupt && !(channel->device_control & CONTROL_NO_INTERRUPT);
    irq_line_set(&channel->line, level);
}

void ide_interrupt(struct ide_drive *drive)
{
    drive->interrupt = true;
    ide_bus_master_interrupt(&drive->channel->master);
    update_line(drive->channel);
}

void ide_no_interrupt(struct ide_drive *drive)
{
    drive->interrupt = false;
    update_line(drive->channel);
}

void ide_end(struct ide_drive *drive, uint8_t error)
{
    drive->phase = IDE_IDLE;
    drive->blocks_left = 0;
    drive->error = error;
    drive->status = ATA_READY | ATA_DSC | (error ? ATA_ERROR : 0);
    ide_interrupt(drive);
}

void ide_signature(struct ide_drive *drive)
{
    drive->count = drive->low = 0x01;
    drive->mid = 0x14;
    drive->high = 0xeb;
}

void ide_drive_reset(struct ide_drive *drive)
{
    optical_drive_reset(&drive->optical);
    drive->phase = IDE_IDLE;
    drive->is_packet = drive->dma = drive->interrupt = false;
    drive->blocks_left = 0;
    drive->features = 0;
    drive->error = DIAGNOSTIC_PASSED;
    drive->status = 0; /* a packet drive is ready only when a command came */
    ide_signature(drive);
}

static void reset_drives(struct ide_channel *channel)
{
    for (unsigned i = 0; i < IDE_DRIVES_A_CHANNEL; i++) {
        if (channel->drives[i].channel)
            ide_drive_reset(&channel->drives[i]);
    }
    channel->select = 0;
    update_line(channel);
}

static void diagnose(struct ide_channel *channel)
{
    reset_drives(channel);
    if (channel->drives[0].channel)
        ide_interrupt(&channel->drives[0]);
}

/* The data register: what the drive has for the host in this go. */
static uint32_t read_data(struct ide_drive *drive, unsigned size)
{
    uint32_t value = 0;

    if (drive->phase != IDE_DATA)
        return 0;
    for (unsigned i = 0; i < size && drive->data_taken < drive->go_end; i++)
        value |= (uint32_t)drive->data[drive->data_taken++] << 8 * i;
    if (drive->data_taken < drive->go_end)
        return value;
    if (drive->is_packet) {
        ide_packet_went(drive);
    } else {
        drive->phase = IDE_IDLE;
        drive->status = ATA_READY | ATA_DSC;
    }
    return value;
}

static void write_data(struct ide_drive *drive, uint32_t value, unsigned size)
{
    if (drive->phase != IDE_PACKET)
        return;
    for (unsigned i = 0; i < size && drive->packet_taken < OPTICAL_PACKET; i++)
        drive->packet[drive->packet_taken++] = (uint8_t)(value >> 8 * i);
    if (drive->packet_taken == OPTICAL_PACKET)
        ide_packet_run(drive);
}

/* Without a drive that is selected the registers read 0: nobody is busy there. */
static uint8_t read_register(struct ide_channel *channel, unsigned port)
{
    struct ide_drive *drive = selected(channel);

    if (port == PORT_SELECT)
        return channel->select | SELECT_ONES;
    if (!drive)
        return 0;
    switch (port) {
    case PORT_ERROR:
        return drive->error;
    case PORT_COUNT:
        return drive->count;
    case PORT_LOW:
        return drive->low;
    case PORT_MID:
        return drive->mid;
    case PORT_HIGH:
        return drive->high;
    case PORT_STATUS:
        ide_no_interrupt(drive);
        return channel->device_control & CONTROL_RESET ? ATA_BUSY : drive->status;
    default:
        return 0;
    }
}

/* Both drives listen to what is written, unless they are at work. */
static void write_parameter(struct ide_drive *drive, unsigned port, uint8_t value)
{
    if (!drive->channel || (drive->status & (ATA_BUSY | ATA_DRQ)))
        return;
    switch (port) {
    case PORT_ERROR:
        drive->features = value;
        break;
    case PORT_COUNT:
        drive->count = value;
        break;
    case PORT_LOW:
        drive->low = value;
        break;
    case PORT_MID:
        drive->mid = value;
        break;
    default:
        drive->high = value;
        break;
    }
}

static void write_register(struct ide_channel *channel, unsigned port, uint8_t value)
{
    struct ide_drive *drive = selected(channel);

    if (channel->device_control & CONTROL_RESET)
        return;
    if (port == PORT_SELECT) {
        channel->select = value;
        update_line(channel);
    } else if (port != PORT_STATUS) {
        for (unsigned i = 0; i < IDE_DRIVES_A_CHANNEL; i++)
            write_parameter(&channel->drives[i], port, value);
    } else if (value == DIAGNOSTIC) {
        diagnose(channel);
    } else if (drive) {
        ide_command(drive, value);
    }
}

static uint64_t task_file_read(void *opaque, uint64_t offset, unsigned size)
{
    struct ide_channel *channel = opaque;
    struct ide_drive *drive = selected(channel);
    uint64_t value = 0;

    if (offset == PORT_DATA)
        return drive ? read_data(drive, size) : 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)read_register(channel, (unsigned)offset + i) << 8 * i;
    return value;
}

static void task_file_write(void *opaque, uint64_t offset, uint64_t value,
                            unsigned size)
{
    struct ide_channel *channel = opaque;
    struct ide_drive *drive = selected(channel);

    if (offset == PORT_DATA) {
        if (drive)
            write_data(drive, (uint32_t)value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        write_register(channel, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
}

static const struct range_ops task_file_ops = { task_file_read, task_file_write, NULL };

/* The control port reads as the status, without an effect. */
static uint8_t control_read(void *opaque, unsigned offset)
{
    struct ide_channel *channel = opaque;
    const struct ide_drive *drive = selected(channel);
    (void)offset;
    if (!drive)
        return 0;
    return channel->device_control & CONTROL_RESET ? ATA_BUSY : drive->status;
}

static void control_write(void *opaque, unsigned offset, uint8_t value)
{
    struct ide_channel *channel = opaque;
    bool was_reset = channel->device_control & CONTROL_RESET;
    (void)offset;

    channel->device_control = value & (CONTROL_NO_INTERRUPT | CONTROL_RESET);
    if ((value & CONTROL_RESET) && !was_reset)
        reset_drives(channel);
    update_line(channel);
}

void ide_channel_init(struct ide_channel *channel, struct board *board, unsigned gsi)
{
    *channel = (struct ide_channel){
        .board = board,
        .task_file = { .name = "IDE", .ops = &task_file_ops, .opaque = channel },
        .control = { .read = control_read, .write = control_write, .opaque = channel },
        .line = { .board = board, .gsi = gsi },
    };
    byte_ports_init(&channel->control, "IDE control");
}

int ide_channel_attach(struct ide_channel *channel, unsigned index, unsigned number,
                       const char *path, enum disk_engine_choice engine,
                       struct error *err)
{
    struct ide_drive *drive = &channel->drives[index];
    int result = optical_drive_init(&drive->optical, channel->board, path, engine, err);
    if (result < 0) {
        optical_drive_release(&drive->optical);
        return result;
    }
    drive->channel = channel;
    drive->number = number;
    ide_drive_reset(drive);
    return 0;
}

void ide_channel_place(struct ide_channel *channel, uint16_t task_file,
                       uint16_t control)
{
    /* Where others answer already, the channel does not. */
    if (!channel->task_file.space)
        space_add(channel->board->ports, &channel->task_file, task_file,
                  TASK_FILE_PORTS);
    if (!channel->control.range.space)
        space_add(channel->board->ports, &channel->control.range, control, 1);
}

void ide_channel_unplace(struct ide_channel *channel)
{
    space_remove(&channel->task_file);
    space_remove(&channel->control.range);
}

void ide_channel_reset(struct ide_channel *channel)
{
    channel->device_control = 0;
    ide_bus_master_reset(&channel->master);
    reset_drives(channel);
}

void ide_channel_release(struct ide_channel *channel)
{
    ide_channel_unplace(channel);
    for (unsigned i = 0; i < IDE_DRIVES_A_CHANNEL; i++) {
        if (channel->drives[i].channel)
            optical_drive_release(&channel->drives[i].optical);
    }
}

void ide_channel_master_changed(struct ide_channel *channel)
{
    struct ide_drive *drive = selected(channel);
    if (drive)
        ide_packet_master_started(drive);
}
