/* optical_internal.h: what the files of the optical drive share. */
#ifndef DEVICES_OPTICAL_INTERNAL_H
#define DEVICES_OPTICAL_INTERNAL_H

#include "devices/optical_drive.h" /* struct optical_drive */

/* Multi-byte fields of commands and answers are big-endian. */
static inline uint32_t optical_load16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t optical_load32(const uint8_t *at)
{
    return optical_load16(at) << 16 | optical_load16(at + 2);
}

static inline void optical_store16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void optical_store32(uint8_t *at, uint32_t value)
{
    optical_store16(at, value >> 16);
    optical_store16(at + 2, value);
}

/* Codes of GET EVENT STATUS NOTIFICATION's media class (MMC-5, 6.7.2.4). */
enum { MEDIA_UNCHANGED = 0, MEDIA_EJECT_WANTED = 1, MEDIA_NEW = 2, MEDIA_REMOVED = 3 };

/* A disc is in the drive and the tray is closed. */
static inline bool optical_ready(const struct optical_drive *drive)
{
    return drive->medium && !drive->tray_open;
}

/* More than a CD of 80 minutes holds is a DVD. */
static inline bool optical_is_dvd(const struct optical_drive *drive)
{
    return drive->medium && optical_medium_blocks(drive->medium) > 80 * 60 * 75;
}

/* How many blocks there are to read; the disc is there. */
static inline uint32_t optical_blocks(const struct optical_drive *drive)
{
    return (uint32_t)optical_medium_blocks(drive->medium);
}

/* Set sense; always OPTICAL_FAILED. */
enum optical_outcome optical_fail(struct optical_drive *drive, uint8_t key,
                                  uint8_t code, uint8_t qualifier);
enum optical_outcome optical_bad_field(struct optical_drive *drive);

/* `size` bytes of drive->answer, cut to what the host has room for. */
enum optical_outcome optical_answer(struct optical_drive *drive, size_t size,
                                    size_t room);

/* optical_answers.c: commands that tell something. */
typedef enum optical_outcome optical_command(struct optical_drive *drive,
                                             const uint8_t *packet);
optical_command optical_inquiry, optical_read_capacity, optical_read_toc,
    optical_event_status, optical_disc_information, optical_track_information,
    optical_mechanism_status, optical_disc_structure;

/* optical_features.c: profiles, features and mode pages. */
optical_command optical_get_configuration, optical_mode_sense;

#endif
