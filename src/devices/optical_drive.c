/* optical_drive.c: an optical drive: the table of its commands, the disc and the tray.
 */
#include "devices/optical_drive.h"

#include "base/bytes.h"               /* ARRAY_SIZE */
#include "base/error.h"               /* error_set */
#include "devices/optical_internal.h" /* the commands */

#include <stdlib.h> /* malloc */

/* Sense keys (SPC-3, table 27). */
enum {
    NOT_READY = 0x2,
    MEDIUM_ERROR = 0x3,
    ILLEGAL_REQUEST = 0x5,
    UNIT_ATTENTION = 0x6,
    ABORTED_COMMAND = 0xb,
};

#define FIXED_SENSE      0x70 /* current errors, fixed format */
#define FIXED_SENSE_SIZE 18

enum optical_outcome optical_fail(struct optical_drive *drive, uint8_t key,
                                  uint8_t code, uint8_t qualifier)
{
    drive->sense = (struct optical_sense){ key, code, qualifier };
    return OPTICAL_FAILED;
}

enum optical_outcome optical_bad_field(struct optical_drive *drive)
{
    return optical_fail(drive, ILLEGAL_REQUEST, 0x24, 0x00);
}

enum optical_outcome optical_answer(struct optical_drive *drive, size_t size,
                                    size_t room)
{
    drive->answer_size = size < room ? size : room;
    return drive->answer_size ? OPTICAL_ANSWER : OPTICAL_GOOD;
}

static enum optical_outcome no_medium(struct optical_drive *drive)
{
    return optical_fail(drive, NOT_READY, 0x3a, drive->tray_open ? 0x02 : 0x01);
}

/* Commands whose only answer is whether they could be carried out. */
static enum optical_outcome nothing_to_do(struct optical_drive *drive,
                                          const uint8_t *packet)
{
    (void)drive;
    (void)packet;
    return OPTICAL_GOOD;
}

static enum optical_outcome request_sense(struct optical_drive *drive,
                                          const uint8_t *packet)
{
    uint8_t *answer = drive->answer;

    if (!drive->sense.key && drive->attention.key) {
        drive->sense = drive->attention;
        drive->attention.key = 0;
    }
    memset(answer, 0, FIXED_SENSE_SIZE);
    answer[0] = FIXED_SENSE;
    answer[2] = drive->sense.key;
    answer[7] = FIXED_SENSE_SIZE - 8;
    answer[12] = drive->sense.code;
    answer[13] = drive->sense.qualifier;
    drive->sense = (struct optical_sense){ 0 };
    return optical_answer(drive, FIXED_SENSE_SIZE, packet[4]);
}

/* Bits of START STOP UNIT's byte 4 (MMC-5, 6.42). */
enum { START = 1, LOAD_EJECT = 2 };

static enum optical_outcome start_stop(struct optical_drive *drive,
                                       const uint8_t *packet)
{
    if (packet[4] >> 4 || !(packet[4] & LOAD_EJECT))
        return OPTICAL_GOOD; /* power states, and spinning up and down */
    bool open = !(packet[4] & START);
    if (open && drive->locked)
        return optical_fail(drive, ILLEGAL_REQUEST, 0x53, 0x02);
    if (open != drive->tray_open && drive->medium)
        drive->media_event = open ? MEDIA_REMOVED : MEDIA_NEW;
    drive->tray_open = open;
    drive->eject_wanted = false;
    return OPTICAL_GOOD;
}

static enum optical_outcome prevent_allow(struct optical_drive *drive,
                                          const uint8_t *packet)
{
    drive->locked = packet[4] & 1;
    return OPTICAL_GOOD;
}

static enum optical_outcome read_blocks(struct optical_drive *drive, uint32_t block,
                                        uint32_t count)
{
    if (!range_inside(block, count, optical_blocks(drive)))
        return optical_fail(drive, ILLEGAL_REQUEST, 0x21, 0x00);
    drive->read_block = block;
    drive->read_blocks = count;
    return count ? OPTICAL_BLOCKS : OPTICAL_GOOD;
}

static enum optical_outcome read_10(struct optical_drive *drive, const uint8_t *packet)
{
    return read_blocks(drive, optical_load32(packet + 2), optical_load16(packet + 7));
}

static enum optical_outcome read_12(struct optical_drive *drive, const uint8_t *packet)
{
    return read_blocks(drive, optical_load32(packet + 2), optical_load32(packet + 6));
}

/* Only user data can be had of an image, not the raw sectors around it. */
static enum optical_outcome read_cd(struct optical_drive *drive, const uint8_t *packet)
{
    enum { USER_DATA = 0x10 };
    uint32_t count = (uint32_t)packet[6] << 16 | optical_load16(packet + 7);

    if (packet[9] == 0)
        count = 0;
    else if (packet[9] != USER_DATA || packet[10])
        return optical_bad_field(drive);
    return read_blocks(drive, optical_load32(packet + 2), count);
}

static enum optical_outcome seek(struct optical_drive *drive, const uint8_t *packet)
{
    if (optical_load32(packet + 2) >= optical_blocks(drive))
        return optical_fail(drive, ILLEGAL_REQUEST, 0x21, 0x00);
    return OPTICAL_GOOD;
}

enum {
    WITH_DISC = 1,   /* fails where no disc is ready */
    EVEN_BEFORE = 2, /* carried out though attention is wanted, which stays */
};

static const struct command {
    uint8_t code;
    uint8_t flags;
    optical_command *run;
} commands[] = {
    { 0x00, WITH_DISC, nothing_to_do }, /* TEST UNIT READY */
    { 0x03, EVEN_BEFORE, request_sense },
    { 0x12, EVEN_BEFORE, optical_inquiry },
    { 0x1b, 0, start_stop },
    { 0x1e, 0, prevent_allow },
    { 0x25, WITH_DISC, optical_read_capacity },
    { 0x28, WITH_DISC, read_10 },
    { 0x2b, WITH_DISC, seek },
    { 0x35, 0, nothing_to_do }, /* SYNCHRONIZE CACHE */
    { 0x43, WITH_DISC, optical_read_toc },
    { 0x46, EVEN_BEFORE, optical_get_configuration },
    { 0x4a, EVEN_BEFORE, optical_event_status },
    { 0x51, WITH_DISC, optical_disc_information },
    { 0x52, WITH_DISC, optical_track_information },
    { 0x5a, 0, optical_mode_sense },
    { 0xa8, WITH_DISC, read_12 },
    { 0xad, WITH_DISC, optical_disc_structure },
    { 0xbb, 0, nothing_to_do }, /* SET CD SPEED */
    { 0xbd, 0, optical_mechanism_status },
    { 0xbe, WITH_DISC, read_cd },
};

static const struct command *find_command(uint8_t code)
{
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].code == code)
            return &commands[i];
    }
    return NULL;
}

enum optical_outcome optical_drive_command(struct optical_drive *drive,
                                           const uint8_t packet[OPTICAL_PACKET])
{
    const struct command *command = find_command(packet[0]);

    drive->answer_size = 0;
    if (!command)
        return optical_fail(drive, ILLEGAL_REQUEST, 0x20, 0x00);
    if (drive->attention.key && !(command->flags & EVEN_BEFORE)) {
        drive->sense = drive->attention;
        drive->attention.key = 0;
        return OPTICAL_FAILED;
    }
    if ((command->flags & WITH_DISC) && !optical_ready(drive))
        return no_medium(drive);
    /* Sense is of the last command only, and of that until it is asked for. */
    if (!(command->flags & EVEN_BEFORE))
        drive->sense = (struct optical_sense){ 0 };
    return command->run(drive, packet);
}

void optical_drive_read_failed(struct optical_drive *drive)
{
    optical_fail(drive, MEDIUM_ERROR, 0x11, 0x00);
}

void optical_drive_transfer_failed(struct optical_drive *drive)
{
    optical_fail(drive, ABORTED_COMMAND, 0x4b, 0x00);
}

bool optical_drive_read(struct optical_drive *drive, uint32_t block, unsigned count,
                        optical_read_done *done, void *opaque)
{
    if (!drive->medium || !range_inside(block, count, optical_blocks(drive))) {
        optical_drive_read_failed(drive); /* another disc has come between */
        return false;
    }
    optical_medium_read(drive->medium, block, count, drive->buffer, done, opaque);
    return true;
}

void optical_drive_reset(struct optical_drive *drive)
{
    if (drive->medium)
        optical_medium_abandon(drive->medium);
    drive->locked = false;
    drive->sense = drive->attention = (struct optical_sense){ 0 };
}

int optical_drive_change(struct optical_drive *drive, const struct optical_image *disc,
                         bool force, struct error *err)
{
    struct optical_medium *medium = NULL;

    if (drive->locked && optical_ready(drive) && !force) {
        drive->eject_wanted = true;
        return error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                         "the guest holds the disc fast; it was asked to let it go: "
                         "try again, or by force");
    }
    /* Opened first, so that a bad image changes nothing. */
    if (disc) {
        medium = optical_medium_new(drive->board, disc, drive->engine, err);
        if (!medium)
            return -EIO;
    }
    bool was_there = optical_ready(drive);
    optical_medium_free(drive->medium);
    drive->medium = medium;
    drive->tray_open = !disc;
    drive->eject_wanted = false;
    drive->media_event = disc ? MEDIA_NEW : was_there ? MEDIA_REMOVED : MEDIA_UNCHANGED;
    drive->attention = (struct optical_sense){ UNIT_ATTENTION, 0x28, 0x00 };
    return 0;
}

int optical_drive_init(struct optical_drive *drive, struct board *board,
                       const char *path, enum disk_engine_choice engine,
                       struct error *err)
{
    *drive = (struct optical_drive){ .board = board, .engine = engine };
    drive->buffer = malloc((size_t)OPTICAL_READ_BLOCKS * OPTICAL_BLOCK);
    if (!drive->buffer)
        return error_system(err, -ENOMEM, "optical drive");
    if (!path)
        return 0;
    const struct optical_image disc = { .name = path, .fd = -1 };
    drive->medium = optical_medium_new(board, &disc, engine, err);
    return drive->medium ? 0 : -EIO;
}

void optical_drive_release(struct optical_drive *drive)
{
    if (drive->medium)
        optical_medium_abandon(drive->medium);
    optical_medium_free(drive->medium);
    drive->medium = NULL;
    free(drive->buffer);
    drive->buffer = NULL;
}
