/* ide_commands.c: the commands of a packet drive but PACKET itself (ATA/ATAPI-6, 8). */
#include "base/bytes.h"           /* ARRAY_SIZE */
#include "devices/ide_internal.h" /* drive and channel */

#include <stdio.h> /* snprintf */

/* Words of IDENTIFY PACKET DEVICE (8.16); those left out are 0. */
static const struct {
    uint8_t word;
    uint16_t value;
} identity_words[] = {
    { 0, 0x85c0 },  /* a removable CD/DVD drive, packets of 12 bytes, taken at once */
    { 48, 0x0001 }, /* the data register is 32 bits wide too */
    { 49, 0x0b00 }, /* DMA, LBA, IORDY */
    { 53, 0x0002 }, /* words 64 to 70 hold */
    { 63, 0x0007 }, /* multiword DMA 0 to 2 */
    { 64, 0x0003 }, /* PIO 3 and 4 */
    { 65, 120 }, /* their cycle times in ns: multiword DMA at least, as recommended, */
    { 66, 120 },    { 67, 120 },    /* PIO without and with IORDY */
    { 68, 120 },    { 80, 0x0070 }, /* ATA/ATAPI-4 to -6 */
    { 82, 0x4210 },                 /* NOP, DEVICE RESET and PACKET can be had, */
    { 83, 0x4000 }, { 84, 0x4000 }, { 85, 0x4210 }, /* and are on */
    { 87, 0x4000 },
};

/* Texts lie in words whose high byte comes first, filled up with spaces. */
static void store_text(uint8_t *identity, unsigned word, unsigned words,
                       const char *text)
{
    uint8_t *at = identity + 2 * word;
    for (unsigned i = 0; i < 2 * words; i++)
        at[i ^ 1] = *text ? (uint8_t)*text++ : ' ';
}

/* The transfer modes of SET FEATURES: PIO (default, flow control), multiword DMA. */
static bool mode_known(uint8_t mode)
{
    return mode <= 0x01 || (mode >= 0x08 && mode <= 0x0c) ||
           (mode >= 0x20 && mode <= 0x22);
}

static void identify_packet_device(struct ide_drive *drive)
{
    uint8_t *identity = drive->identity;
    char serial[21];

    memset(identity, 0, sizeof(drive->identity));
    for (unsigned i = 0; i < ARRAY_SIZE(identity_words); i++)
        store16(identity + 2 * identity_words[i].word, identity_words[i].value);
    if (drive->transfer_mode >= 0x20) /* the mode that is on */
        identity[2 * 63 + 1] = (uint8_t)(1 << (drive->transfer_mode & 3));
    snprintf(serial, sizeof(serial), "igdvm-cd-%u", drive->number);
    store_text(identity, 10, 10, serial);
    store_text(identity, 23, 4, "1.0");
    store_text(identity, 27, 20, "IGDVM DVD-ROM");

    drive->data = identity;
    drive->data_size = drive->go_end = sizeof(drive->identity);
    drive->data_taken = 0;
    drive->phase = IDE_DATA;
    drive->status = ATA_READY | ATA_DSC | ATA_DRQ;
    ide_interrupt(drive);
}

/* Commands of disks: aborted, with the signature that says what this is (9.12). */
static void not_a_disk(struct ide_drive *drive)
{
    ide_signature(drive);
    ide_end(drive, ATA_ABORTED);
}

static void set_features(struct ide_drive *drive)
{
    enum { SET_TRANSFER_MODE = 0x03 };
    bool good = drive->features == SET_TRANSFER_MODE && mode_known(drive->count);
    if (good)
        drive->transfer_mode = drive->count;
    ide_end(drive, good ? 0 : ATA_ABORTED);
}

static void check_power_mode(struct ide_drive *drive)
{
    drive->count = 0xff; /* active or idle */
    ide_end(drive, 0);
}

static void power_mode(struct ide_drive *drive)
{
    ide_end(drive, 0); /* it needs no power */
}

static void abort_command(struct ide_drive *drive)
{
    ide_end(drive, ATA_ABORTED);
}

enum { DEVICE_RESET = 0x08 };

static const struct {
    uint8_t code;
    void (*run)(struct ide_drive *drive);
} commands[] = {
    { 0x00, abort_command },           /* NOP, which ends so */
    { DEVICE_RESET, ide_drive_reset }, /* heard while the drive is busy */
    { 0x20, not_a_disk },              /* READ SECTORS */
    { 0xa0, ide_packet_start },        /* PACKET */
    { 0xa1, identify_packet_device },  /* IDENTIFY PACKET DEVICE */
    { 0xe0, power_mode },              /* STANDBY IMMEDIATE */
    { 0xe1, power_mode },              /* IDLE IMMEDIATE */
    { 0xe5, check_power_mode },        /* CHECK POWER MODE */
    { 0xe6, power_mode },              /* SLEEP */
    { 0xec, not_a_disk },              /* IDENTIFY DEVICE */
    { 0xef, set_features },            /* SET FEATURES */
};

void ide_command(struct ide_drive *drive, uint8_t code)
{
    void (*run)(struct ide_drive * drive) = abort_command;

    if ((drive->status & (ATA_BUSY | ATA_DRQ)) && code != DEVICE_RESET)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].code == code)
            run = commands[i].run;
    }
    ide_no_interrupt(drive);
    drive->error = 0;
    drive->is_packet = drive->dma = false;
    drive->blocks_left = 0;
    run(drive);
}
