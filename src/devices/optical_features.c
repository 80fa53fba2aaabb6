/* optical_features.c: profiles, features and mode pages of an optical drive (MMC-5). */
#include "base/bytes.h"               /* ARRAY_SIZE */
#include "devices/optical_internal.h" /* the drive */

enum { PROFILE_NONE = 0x00, PROFILE_CD_ROM = 0x08, PROFILE_DVD_ROM = 0x10 };

static uint16_t current_profile(const struct optical_drive *drive)
{
    if (!optical_ready(drive))
        return PROFILE_NONE;
    return optical_is_dvd(drive) ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

/* When a feature is current; 0: always. */
enum { ANY_DISC = 1, A_CD = 2, A_DVD = 3 };

/*
 * Features (MMC-5, 5.3), in the order of their numbers. flags: the version from bit 2
 * on, bit 1 for one that stays; bit 0, for one that is current, comes to them.
 */
static const struct feature {
    uint16_t number;
    uint8_t when, flags, size;
    uint8_t data[8];
} features[] = {
    { 0x0000, 0, 0x02, 8, { 0x00, 0x10, 0, 0, 0x00, 0x08, 0, 0 } }, /* profiles */
    { 0x0001, 0, 0x0a, 8, { 0, 0, 0, 2, 0x01 } }, /* core: ATAPI, with block events */
    { 0x0003, 0, 0x02, 4, { 0x29 } },             /* removable: a tray, locks, ejects */
    { 0x0010, ANY_DISC, 0x00, 8, { 0, 0, 8, 0, 0, 16 } }, /* random reads, 2048 bytes */
    { 0x001d, A_CD, 0x00, 0, { 0 } },                     /* reads CDs of every kind */
    { 0x001e, A_CD, 0x08, 4, { 0 } },                     /* reads CDs */
    { 0x001f, A_DVD, 0x00, 4, { 0 } },                    /* reads DVDs */
    { 0x0100, 0, 0x02, 0, { 0 } },                        /* power management */
    { 0x0105, 0, 0x02, 4, { 0 } },                        /* times out */
};

static bool is_current(const struct optical_drive *drive, const struct feature *feature)
{
    uint16_t profile = current_profile(drive);
    switch (feature->when) {
    case ANY_DISC:
        return profile != PROFILE_NONE;
    case A_CD:
        return profile == PROFILE_CD_ROM;
    case A_DVD:
        return profile == PROFILE_DVD_ROM;
    default:
        return true;
    }
}

enum optical_outcome optical_get_configuration(struct optical_drive *drive,
                                               const uint8_t *packet)
{
    enum { ALL = 0, CURRENT = 1, ONE = 2 };
    unsigned which = packet[1] & 3, first = optical_load16(packet + 2);
    uint8_t *answer = drive->answer;
    size_t size = 8;

    if (which > ONE)
        return optical_bad_field(drive);
    memset(answer, 0, sizeof(drive->answer));
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        const struct feature *feature = &features[i];
        bool current = is_current(drive, feature);
        if (feature->number < first || (which == ONE && feature->number != first) ||
            (which == CURRENT && !current))
            continue;
        uint8_t *at = answer + size;
        optical_store16(at, feature->number);
        at[2] = feature->flags | (current ? 1 : 0);
        at[3] = feature->size;
        memcpy(at + 4, feature->data, feature->size);
        if (feature->number == 0) { /* which of its profiles is current */
            at[4 + 2] = current_profile(drive) == PROFILE_DVD_ROM;
            at[8 + 2] = current_profile(drive) == PROFILE_CD_ROM;
        }
        size += 4u + feature->size;
    }
    optical_store32(answer, (uint32_t)size - 4);
    optical_store16(answer + 6, current_profile(drive));
    return optical_answer(drive, size, optical_load16(packet + 7));
}

/* Mode pages: number, length, then the page. */
static const uint8_t error_recovery[] = { 0x01, 0x06, 0x00, 0x05, 0, 0, 0, 0 };
static const uint8_t audio_control[] = { 0x0e, 0x0e, 0x04, 0,    0, 0, 0, 75,
                                         0x01, 0xff, 0x02, 0xff, 0, 0, 0, 0 };
static const uint8_t capabilities[] = {
    0x2a, 0x14,             /* reads: */
    0x3b, 0x00,             /* CD-R, CD-RW, method 2, DVD-ROM, DVD-R; writes nothing */
    0x70, 0x00,             /* mode 2 forms 1 and 2, multisession */
    0x29, 0x00,             /* locks, ejects, a tray */
    0x1b, 0x90, 0x00, 0x02, /* 40 times 176400 bytes a second; volume levels */
    0x00, 0x80, 0x1b, 0x90, /* 128 KiB of buffer; speed now */
    0,    0,    0,    0,    0, 0,
};

#define LOCKED_BYTE 6 /* of the capabilities */
#define LOCKED      0x02

static const struct {
    const uint8_t *bytes;
    size_t size;
} pages[] = {
    { error_recovery, sizeof(error_recovery) },
    { audio_control, sizeof(audio_control) },
    { capabilities, sizeof(capabilities) },
};

/* What is in the drive, as the mode parameter header says it (ATAPI, SFF-8020i). */
static uint8_t medium_type(const struct optical_drive *drive)
{
    enum { DOOR_OPEN = 0x71, NO_DISC = 0x70, DATA_CD = 0x01, UNKNOWN = 0x00 };
    if (drive->tray_open)
        return DOOR_OPEN;
    if (!optical_ready(drive))
        return NO_DISC;
    return optical_is_dvd(drive) ? UNKNOWN : DATA_CD;
}

enum optical_outcome optical_mode_sense(struct optical_drive *drive,
                                        const uint8_t *packet)
{
    enum { CHANGEABLE = 1, SAVED = 3, ALL_PAGES = 0x3f, HEADER = 8 };
    unsigned control = packet[2] >> 6, wanted = packet[2] & 0x3f;
    uint8_t *answer = drive->answer;
    size_t size = HEADER;

    if (control == SAVED)
        return optical_fail(drive, 0x5, 0x39, 0x00);
    memset(answer, 0, HEADER);
    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++) {
        if (wanted != ALL_PAGES && wanted != pages[i].bytes[0])
            continue;
        uint8_t *page = answer + size;
        memcpy(page, pages[i].bytes, pages[i].size);
        if (page[0] == 0x2a && drive->locked)
            page[LOCKED_BYTE] |= LOCKED;
        if (control == CHANGEABLE) /* nothing is */
            memset(page + 2, 0, pages[i].size - 2);
        size += pages[i].size;
    }
    if (size == HEADER)
        return optical_bad_field(drive);
    optical_store16(answer, (uint32_t)size - 2);
    answer[2] = medium_type(drive);
    return optical_answer(drive, size, optical_load16(packet + 7));
}
