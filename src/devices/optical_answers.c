/* optical_answers.c: an optical drive's commands that tell something (MMC-5, SPC-3). */
#include "base/bytes.h"               /* memset */
#include "devices/optical_internal.h" /* the drive */

#define LEAD_OUT   0xaa /* the track number of what follows the last track */
#define DATA_TRACK 0x14 /* ADR 1, control: a data track */
#define MSF_OFFSET 150  /* blocks before block 0: two seconds */

enum optical_outcome optical_inquiry(struct optical_drive *drive, const uint8_t *packet)
{
    /* A removable CD/DVD device; version and response format as ATAPI has them. */
    static const uint8_t identity[36] = "\x05\x80\x00\x21\x1f\x00\x00\x00"
                                        "IGDVM   DVD-ROM         1.0 ";
    if ((packet[1] & 1) || packet[2])
        return optical_bad_field(drive); /* no pages of vital product data */
    memcpy(drive->answer, identity, sizeof(identity));
    return optical_answer(drive, sizeof(identity), optical_load16(packet + 3));
}

enum optical_outcome optical_read_capacity(struct optical_drive *drive,
                                           const uint8_t *packet)
{
    (void)packet;
    optical_store32(drive->answer, optical_blocks(drive) - 1);
    optical_store32(drive->answer + 4, OPTICAL_BLOCK);
    return optical_answer(drive, 8, 8);
}

/* An address of the table of contents: a block number, or minute, second, frame. */
static void store_address(uint8_t *at, uint32_t block, bool msf)
{
    if (!msf) {
        optical_store32(at, block);
        return;
    }
    uint32_t frames = block + MSF_OFFSET;
    at[0] = 0;
    at[1] = (uint8_t)(frames / (75 * 60));
    at[2] = (uint8_t)(frames / 75 % 60);
    at[3] = (uint8_t)(frames % 75);
}

/* Formatted: track 1 and the lead-out, from the track asked for on. */
static size_t toc_tracks(struct optical_drive *drive, uint8_t first, bool msf)
{
    const struct {
        uint8_t track;
        uint32_t block;
    } tracks[] = { { 1, 0 }, { LEAD_OUT, optical_blocks(drive) } };
    size_t size = 4;

    for (unsigned i = 0; i < ARRAY_SIZE(tracks); i++) {
        if (tracks[i].track < first)
            continue;
        uint8_t *entry = drive->answer + size;
        entry[1] = DATA_TRACK;
        entry[2] = tracks[i].track;
        store_address(entry + 4, tracks[i].block, msf);
        size += 8;
    }
    return size;
}

/* Where the last session, the only one, begins. */
static size_t toc_sessions(struct optical_drive *drive, bool msf)
{
    uint8_t *entry = drive->answer + 4;
    entry[1] = DATA_TRACK;
    entry[2] = 1;
    store_address(entry + 4, 0, msf);
    return 12;
}

/* As in the lead-in: first and last track, the lead-out, track 1. */
static size_t toc_full(struct optical_drive *drive)
{
    static const uint8_t points[] = { 0xa0, 0xa1, 0xa2, 0x01 };
    size_t size = 4;

    for (unsigned i = 0; i < ARRAY_SIZE(points); i++) {
        uint8_t *entry = drive->answer + size;
        entry[0] = 1; /* session */
        entry[1] = DATA_TRACK;
        entry[3] = points[i];
        if (points[i] == 0xa0 || points[i] == 0xa1)
            entry[8] = 1; /* the first track, and the last */
        else
            store_address(entry + 7, points[i] == 1 ? 0 : optical_blocks(drive), true);
        size += 11;
    }
    return size;
}

enum optical_outcome optical_read_toc(struct optical_drive *drive,
                                      const uint8_t *packet)
{
    bool msf = packet[1] & 2;
    /* Before MMC the format was in the two highest bits of byte 9. */
    unsigned format = packet[2] & 0xf ? packet[2] & 0xf : packet[9] >> 6;
    size_t size;

    memset(drive->answer, 0, sizeof(drive->answer));
    if (format == 0 && (packet[6] <= 1 || packet[6] == LEAD_OUT))
        size = toc_tracks(drive, packet[6], msf);
    else if (format == 1)
        size = toc_sessions(drive, msf);
    else if (format == 2)
        size = toc_full(drive);
    else
        return optical_bad_field(drive);
    optical_store16(drive->answer, (uint32_t)size - 2);
    drive->answer[2] = drive->answer[3] = 1; /* first and last track or session */
    return optical_answer(drive, size, optical_load16(packet + 7));
}

enum optical_outcome optical_event_status(struct optical_drive *drive,
                                          const uint8_t *packet)
{
    enum { POLLED = 1, MEDIA_CLASS = 4, NO_EVENT_AVAILABLE = 0x80 };
    uint8_t *answer = drive->answer;
    size_t size = 4;

    if (!(packet[1] & POLLED))
        return optical_bad_field(drive); /* it cannot wait for events */
    memset(answer, 0, 8);
    answer[3] = 1 << MEDIA_CLASS;
    if (packet[4] & 1 << MEDIA_CLASS) {
        answer[2] = MEDIA_CLASS;
        answer[4] = drive->eject_wanted ? MEDIA_EJECT_WANTED : drive->media_event;
        answer[5] =
            (uint8_t)((drive->tray_open ? 1 : 0) | (optical_ready(drive) ? 2 : 0));
        size = 8;
        drive->eject_wanted = false;
        drive->media_event = MEDIA_UNCHANGED;
    } else {
        answer[2] = NO_EVENT_AVAILABLE;
    }
    optical_store16(answer, (uint32_t)size - 2);
    return optical_answer(drive, size, optical_load16(packet + 7));
}

enum optical_outcome optical_disc_information(struct optical_drive *drive,
                                              const uint8_t *packet)
{
    enum { SIZE = 34 };
    uint8_t *answer = drive->answer;

    if (packet[1] & 7)
        return optical_bad_field(drive); /* other types of information */
    memset(answer, 0, SIZE);
    optical_store16(answer, SIZE - 2);
    answer[2] = 0x0e;                      /* disc and last session are complete */
    answer[3] = answer[4] = answer[5] = 1; /* first track, sessions, and of the */
    answer[6] = 1;                         /* last session first and last track */
    answer[7] = 0x20;                      /* for unrestricted use */
    memset(answer + 16, 0xff, 8);          /* no next session */
    return optical_answer(drive, SIZE, optical_load16(packet + 7));
}

enum optical_outcome optical_track_information(struct optical_drive *drive,
                                               const uint8_t *packet)
{
    enum { SIZE = 36, BY_BLOCK = 0, BY_TRACK = 1, BY_SESSION = 2 };
    uint32_t which = optical_load32(packet + 2);
    uint8_t *answer = drive->answer;
    bool known = (packet[1] & 3) == BY_BLOCK
                     ? which < optical_blocks(drive)
                     : (packet[1] & 3) <= BY_SESSION && which == 1;
    if (!known)
        return optical_bad_field(drive);
    memset(answer, 0, SIZE);
    optical_store16(answer, SIZE - 2);
    answer[2] = answer[3] = 1; /* track and session */
    answer[5] = 4;             /* a data track */
    answer[6] = 1;             /* data mode 1 */
    optical_store32(answer + 24, optical_blocks(drive));
    return optical_answer(drive, SIZE, optical_load16(packet + 7));
}

enum optical_outcome optical_mechanism_status(struct optical_drive *drive,
                                              const uint8_t *packet)
{
    uint8_t *answer = drive->answer;
    memset(answer, 0, 8);
    answer[1] = drive->tray_open ? 0x10 : 0; /* the door */
    answer[5] = 1;                           /* one slot, without a table of it */
    return optical_answer(drive, 8, optical_load16(packet + 8));
}

/* What the lead-in of a DVD says of it: how large it is, and that nobody guards it. */
enum optical_outcome optical_disc_structure(struct optical_drive *drive,
                                            const uint8_t *packet)
{
    enum { PHYSICAL = 0, COPYRIGHT = 1, DATA_START = 0x30000 };
    uint8_t *answer = drive->answer;
    size_t size;

    if (!optical_is_dvd(drive))
        return optical_fail(drive, 0x5, 0x30, 0x02); /* of another kind of medium */
    memset(answer, 0, sizeof(drive->answer));
    if (packet[7] == PHYSICAL && packet[6] == 0) {
        size = 4 + 2048;
        answer[4] = 0x01; /* DVD-ROM, of part version 1 */
        answer[5] = 0x0f; /* 120 mm, no highest rate */
        answer[6] = 0x01; /* one layer */
        optical_store32(answer + 8, DATA_START);
        optical_store32(answer + 12, DATA_START + optical_blocks(drive) - 1);
    } else if (packet[7] == COPYRIGHT) {
        size = 4 + 4;
    } else {
        return optical_bad_field(drive);
    }
    optical_store16(answer, (uint32_t)size - 2);
    return optical_answer(drive, size, optical_load16(packet + 8));
}
