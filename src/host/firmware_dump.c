/* firmware_dump.c: walks through firmware volumes, their files and sections. */
#include "host/firmware_dump.h"

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* error_set */

#include <ctype.h>  /* printable names */
#include <lzma.h>   /* compressed sections */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* malloc */
#include <string.h> /* memcmp */

/* Volume header (PI specification 1.7, volume 3, 3.2.1). */
#define VOLUME_SIGNATURE_AT 40
#define VOLUME_LENGTH_AT    32 /* u64 */
#define VOLUME_HEADER_AT    48 /* u16: size of the header */
#define VOLUME_EXTENDED_AT  52 /* u16: offset of the extended header, 0: none */
#define VOLUME_HEADER_MIN   56
#define EXTENDED_SIZE_AT    16 /* u32 in the extended header */

/* File header (3.2.3). */
#define FILE_TYPE_AT       18
#define FILE_ATTRIBUTES_AT 19
#define FILE_SIZE_AT       20 /* u24 */
#define FILE_HEADER        24
#define FILE_LARGE         0x01 /* attribute: u64 size follows, header of 32 bytes */
#define FILE_HEADER_LARGE  32
#define FILE_TYPE_RAW      0x01 /* no sections inside */
#define FILE_TYPE_PAD      0xf0

/* Section header (3.2.4): u24 size, u8 type. */
#define SECTION_HEADER      4
#define SECTION_LARGE       0xffffff
#define SECTION_COMPRESSION 0x01
#define SECTION_GUIDED      0x02
#define SECTION_NAME        0x15
#define SECTION_VOLUME      0x17
#define SECTION_FREEFORM    0x18 /* a GUID, then bytes */

#define DEPTH_MAX 8
#define UNPACKED_MAX                                                \
    (256u << 20) /* in all: a small file must not become a huge one \
                  */

static const uint8_t lzma_guid[16] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
                                       0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf };

/* GUIDs of files; AMI's and Insyde's build files and System76's scripts name them. */
static const struct {
    const char *guid;
    enum firmware_part part;
} known_files[] = {
    { "5BBA83E6-F027-4CA7-BFD0-16358CC9E123", FIRMWARE_GOP },
    { "FF0C8745-3270-4439-B74F-3E45F8C77064", FIRMWARE_GOP },
    { "7755CA7B-CA8F-43C5-889B-E1F59A93D575", FIRMWARE_GOP },
    { "878AC2CC-5343-46F2-B563-51F89DAF56BA", FIRMWARE_VBT },
    { "56752DA9-DE6B-4895-8819-1945B6B76C22", FIRMWARE_VBT },
};

/* "Intel(R) GOP Driver" in UTF-16, as the driver calls itself. */
static const char gop_words[] =
    "I\0n\0t\0e\0l\0(\0R\0)\0 \0G\0O\0P\0 \0D\0r\0i\0v\0e\0r";

struct walking {
    struct firmware_walk *walk;
    size_t unpacked;
};

static int walk_volumes(struct walking *walking, const uint8_t *bytes, size_t size,
                        unsigned depth);

static void guid_text(const uint8_t *guid, char text[FIRMWARE_GUID_SIZE])
{
    snprintf(text, FIRMWARE_GUID_SIZE,
             "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", load32(guid),
             load16(guid + 4), load16(guid + 6), guid[8], guid[9], guid[10], guid[11],
             guid[12], guid[13], guid[14], guid[15]);
}

static uint32_t load24(const uint8_t *at)
{
    return load16(at) | (uint32_t)at[2] << 16;
}

struct span {
    const uint8_t *bytes;
    size_t size;
    uint8_t type;
};

/* The section at *offset, and *offset of the next; false: no more, or damaged. */
static bool next_section(const uint8_t *bytes, size_t size, size_t *offset,
                         struct span *section)
{
    size_t header = SECTION_HEADER;
    if (!range_inside(*offset, SECTION_HEADER, size))
        return false;
    uint64_t length = load24(bytes + *offset);
    if (length == SECTION_LARGE) {
        header += 4;
        if (!range_inside(*offset, header, size))
            return false;
        length = load32(bytes + *offset + SECTION_HEADER);
    }
    if (length < header || !range_inside(*offset, length, size))
        return false;
    *section = (struct span){ bytes + *offset + header, (size_t)length - header,
                              bytes[*offset + 3] };
    *offset = (size_t)round_up(*offset + length, 4);
    return true;
}

static int walk_sections(struct walking *walking, const uint8_t *bytes, size_t size,
                         struct firmware_section *file, unsigned depth);

/* EDK2's LZMA: the classic header of 13 bytes, then the stream. */
static int walk_lzma(struct walking *walking, const uint8_t *bytes, size_t size,
                     struct firmware_section *file, unsigned depth)
{
    if (size < 13)
        return 0;
    uint64_t whole = load64(bytes + 5);
    if (whole == 0 || whole > UNPACKED_MAX - walking->unpacked) {
        walking->walk->unreadable++;
        return 0;
    }
    uint8_t *unpacked = malloc((size_t)whole);
    if (!unpacked)
        return -ENOMEM;
    walking->unpacked += (size_t)whole;
    lzma_stream stream = LZMA_STREAM_INIT;
    int result = 0;
    if (lzma_alone_decoder(&stream, 256u << 20) == LZMA_OK) {
        stream.next_in = bytes;
        stream.avail_in = size;
        stream.next_out = unpacked;
        stream.avail_out = (size_t)whole;
        /* What came out is counted; damage shows in that. */
        (void)!lzma_code(&stream, LZMA_FINISH);
    }
    size_t got = (size_t)whole - stream.avail_out;
    lzma_end(&stream);
    if (got == whole)
        result = walk_sections(walking, unpacked, got, file, depth + 1);
    else
        walking->walk->unreadable++;
    free(unpacked);
    return result;
}

/* A section that holds others: u16 offset of its data behind a GUID. */
static int walk_guided(struct walking *walking, const struct span *section,
                       struct firmware_section *file, unsigned depth)
{
    if (section->size < 20)
        return 0;
    /* Counted from the section's header, which is before `bytes`. */
    size_t header = SECTION_HEADER;
    uint16_t data = load16(section->bytes + 16);
    if (data < header || data - header > section->size)
        return 0;
    const uint8_t *inner = section->bytes + (data - header);
    size_t size = section->size - (data - header);
    if (memcmp(section->bytes, lzma_guid, sizeof(lzma_guid)) == 0)
        return walk_lzma(walking, inner, size, file, depth);
    /* A checksum or a signature before plain sections, or something unknown. */
    size_t offset = 0;
    struct span first;
    if (!next_section(inner, size, &offset, &first)) {
        walking->walk->unreadable++;
        return 0;
    }
    return walk_sections(walking, inner, size, file, depth + 1);
}

static int walk_compressed(struct walking *walking, const struct span *section,
                           struct firmware_section *file, unsigned depth)
{
    if (section->size < 5)
        return 0;
    if (section->bytes[4] == 0) /* not compressed */
        return walk_sections(walking, section->bytes + 5, section->size - 5, file,
                             depth + 1);
    walking->walk->unreadable++;
    return 0;
}

/* The file's name stands in a section of its own, often the last. */
static void find_name(const uint8_t *bytes, size_t size, struct firmware_section *file)
{
    size_t offset = 0;
    struct span section;
    while (next_section(bytes, size, &offset, &section)) {
        if (section.type != SECTION_NAME)
            continue;
        size_t length = 0;
        for (size_t i = 0; i + 1 < section.size && length + 1 < sizeof(file->name);
             i += 2) {
            uint16_t letter = load16(section.bytes + i);
            if (!letter)
                break;
            file->name[length++] =
                letter < 0x80 && isprint(letter) ? (char)letter : '?';
        }
        file->name[length] = '\0';
    }
}

static int walk_section(struct walking *walking, const struct span *section,
                        struct firmware_section *file, unsigned depth)
{
    struct span inner = *section;
    switch (section->type) {
    case SECTION_GUIDED:
        return walk_guided(walking, section, file, depth);
    case SECTION_COMPRESSION:
        return walk_compressed(walking, section, file, depth);
    case SECTION_VOLUME:
        return walk_volumes(walking, section->bytes, section->size, depth + 1);
    case SECTION_FREEFORM:
        if (section->size < 16)
            return 0;
        inner = (struct span){ section->bytes + 16, section->size - 16,
                               FIRMWARE_SECTION_RAW };
        break;
    case FIRMWARE_SECTION_PE32:
    case FIRMWARE_SECTION_RAW:
        break;
    default:
        return 0;
    }
    file->type = inner.type;
    file->bytes = inner.bytes;
    file->size = inner.size;
    return walking->walk->section(walking->walk->opaque, file);
}

static int walk_sections(struct walking *walking, const uint8_t *bytes, size_t size,
                         struct firmware_section *file, unsigned depth)
{
    size_t offset = 0;
    struct span section;
    int result = 0;
    if (depth > DEPTH_MAX)
        return 0;
    struct firmware_section own = *file;
    find_name(bytes, size, &own);
    while (result == 0 && next_section(bytes, size, &offset, &section))
        result = walk_section(walking, &section, &own, depth);
    return result;
}

static int walk_file(struct walking *walking, const uint8_t *bytes, size_t header,
                     size_t size, unsigned depth)
{
    struct firmware_section file = { 0 };
    uint8_t type = bytes[FILE_TYPE_AT];
    if (type == FILE_TYPE_PAD)
        return 0;
    walking->walk->files++;
    guid_text(bytes, file.file_guid);
    if (type != FILE_TYPE_RAW)
        return walk_sections(walking, bytes + header, size - header, &file, depth);
    file.type = FIRMWARE_SECTION_RAW;
    file.bytes = bytes + header;
    file.size = size - header;
    return walking->walk->section(walking->walk->opaque, &file);
}

/* Where the first file of a volume is. */
static size_t first_file(const uint8_t *volume, size_t size)
{
    size_t offset = load16(volume + VOLUME_HEADER_AT);
    uint16_t extended = load16(volume + VOLUME_EXTENDED_AT);
    if (extended && range_inside(extended, EXTENDED_SIZE_AT + 4, size))
        offset = extended + (size_t)load32(volume + extended + EXTENDED_SIZE_AT);
    return (size_t)round_up(offset, 8);
}

static int walk_volume(struct walking *walking, const uint8_t *volume, size_t size,
                       unsigned depth)
{
    int result = 0;
    walking->walk->volumes++;
    for (size_t offset = first_file(volume, size);
         result == 0 && range_inside(offset, FILE_HEADER, size);) {
        const uint8_t *file = volume + offset;
        size_t header = FILE_HEADER;
        uint64_t length = load24(file + FILE_SIZE_AT);
        if (file[FILE_ATTRIBUTES_AT] & FILE_LARGE) {
            header = FILE_HEADER_LARGE;
            if (!range_inside(offset, header, size))
                break;
            length = load64(file + FILE_HEADER);
        }
        /* Erased flash: no more files. */
        if (length < header || !range_inside(offset, length, size))
            break;
        result = walk_file(walking, file, header, (size_t)length, depth);
        offset = (size_t)round_up(offset + length, 8);
    }
    return result;
}

static int walk_volumes(struct walking *walking, const uint8_t *bytes, size_t size,
                        unsigned depth)
{
    int result = 0;
    size_t at = 0;
    if (depth > DEPTH_MAX)
        return 0;
    while (result == 0 && range_inside(at, VOLUME_HEADER_MIN, size)) {
        const uint8_t *volume = bytes + at;
        if (memcmp(volume + VOLUME_SIGNATURE_AT, "_FVH", 4) != 0) {
            at += 8;
            continue;
        }
        uint64_t length = load64(volume + VOLUME_LENGTH_AT);
        if (length < VOLUME_HEADER_MIN || !range_inside(at, length, size)) {
            at += 8;
            continue;
        }
        result = walk_volume(walking, volume, (size_t)length, depth);
        at += (size_t)round_up(length, 8);
    }
    return result;
}

int firmware_dump_walk(const uint8_t *dump, size_t size, struct firmware_walk *walk,
                       struct error *err)
{
    struct walking walking = { .walk = walk };
    walk->volumes = walk->files = walk->unreadable = 0;
    int result = walk_volumes(&walking, dump, size, 0);
    if (result == 0 && !walk->volumes)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "no UEFI firmware volume in its %zu bytes: expected a dump of "
                         "the flash chip or an update file that is not packed",
                         size);
    return result;
}

static bool contains(const uint8_t *bytes, size_t size, const char *words,
                     size_t length)
{
    return memmem(bytes, size, words, length) != NULL;
}

enum firmware_part firmware_section_part(const struct firmware_section *section)
{
    enum firmware_part part = FIRMWARE_OTHER;
    for (unsigned i = 0; i < ARRAY_SIZE(known_files); i++) {
        if (strcmp(section->file_guid, known_files[i].guid) == 0)
            part = known_files[i].part;
    }
    bool program = section->size > 2 && memcmp(section->bytes, "MZ", 2) == 0;
    if (program && (part == FIRMWARE_GOP || contains(section->bytes, section->size,
                                                     gop_words, sizeof(gop_words))))
        return FIRMWARE_GOP;
    if (section->size > 48 && memcmp(section->bytes, "$VBT", 4) == 0)
        return FIRMWARE_VBT;
    return FIRMWARE_OTHER;
}
