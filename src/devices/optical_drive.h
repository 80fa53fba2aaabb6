/* optical_drive.h: an optical drive: its commands (MMC-5, SPC-3), without a transport.
 */
#ifndef DEVICES_OPTICAL_DRIVE_H
#define DEVICES_OPTICAL_DRIVE_H

#include "devices/optical_medium.h" /* the disc */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

#define OPTICAL_PACKET      12   /* bytes of a command */
#define OPTICAL_ANSWER_SIZE 2304 /* at most, of a command's answer */
#define OPTICAL_READ_BLOCKS 32   /* at most, in one read */

/* What an optical command came to. */
enum optical_outcome {
    OPTICAL_GOOD,   /* done; no data */
    OPTICAL_ANSWER, /* done; answer_size bytes of answer go to the host */
    OPTICAL_BLOCKS, /* blocks of the disc go to the host: read_block, read_blocks */
    OPTICAL_FAILED, /* sense says why */
};

/* Sense key, additional sense code and qualifier (SPC-3, 4.5.6). */
struct optical_sense {
    uint8_t key, code, qualifier;
};

/* Owned by the device it is part of; the board's lock is held around every call. */
struct optical_drive {
    struct board *board;
    struct optical_medium *medium; /* NULL: no disc */
    bool tray_open;
    bool locked;         /* the guest prevents removal */
    bool eject_wanted;   /* the guest is asked to let the disc go */
    uint8_t media_event; /* to be told by GET EVENT STATUS NOTIFICATION */
    struct optical_sense sense;
    struct optical_sense attention; /* told before the next command; key 0: none */
    enum disk_engine_choice engine;
    uint8_t answer[OPTICAL_ANSWER_SIZE];
    size_t answer_size;
    uint32_t read_block, read_blocks;
    uint8_t *buffer; /* OPTICAL_READ_BLOCKS blocks, as read last */
};

/* path: the image in it, or NULL for an empty drive. 0 or a negative errno with err. */
int optical_drive_init(struct optical_drive *drive, struct board *board,
                       const char *path, enum disk_engine_choice engine,
                       struct error *err);
void optical_drive_release(struct optical_drive *drive);

/* Power-on or bus reset: not locked, no sense. Disc and tray stay as they are. */
void optical_drive_reset(struct optical_drive *drive);

/* Carry out a command. */
enum optical_outcome optical_drive_command(struct optical_drive *drive,
                                           const uint8_t packet[OPTICAL_PACKET]);

/*
 * Read count (1 to OPTICAL_READ_BLOCKS) blocks into drive->buffer; then done is called,
 * as optical_medium_read says. False, with sense, when they are no longer there.
 */
bool optical_drive_read(struct optical_drive *drive, uint32_t block, unsigned count,
                        optical_read_done *done, void *opaque);

/* Sense for blocks that could not be read, and for data the host did not take. */
void optical_drive_read_failed(struct optical_drive *drive);
void optical_drive_transfer_failed(struct optical_drive *drive);

/*
 * From the host's side: put another disc in, or take it out (NULL). -EBUSY with err
 * when the guest holds the disc fast and not by force: the guest is then asked to let
 * it go. An image that is none leaves the old disc where it is, and its descriptor the
 * caller's.
 */
int optical_drive_change(struct optical_drive *drive, const struct optical_image *disc,
                         bool force, struct error *err);

#endif
