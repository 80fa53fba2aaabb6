/* firmware_dump.h: the files in a dump of a PC's UEFI firmware. */
#ifndef HOST_FIRMWARE_DUMP_H
#define HOST_FIRMWARE_DUMP_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

#define FIRMWARE_DUMP_MAX  (64u << 20) /* bytes: the largest flash chips */
#define FIRMWARE_GUID_SIZE 37          /* with NUL */

/* One section of a file; the bytes live as long as the walk. */
struct firmware_section {
    char file_guid[FIRMWARE_GUID_SIZE]; /* upper case, with dashes */
    char name[64]; /* of the file's user interface section, or "" */
    uint8_t type;  /* 0x10 PE32, 0x19 raw */
    const uint8_t *bytes;
    size_t size;
};

#define FIRMWARE_SECTION_PE32 0x10
#define FIRMWARE_SECTION_RAW  0x19

struct firmware_walk {
    /* Called for each PE32 and raw section; a negative errno ends the walk. */
    int (*section)(void *opaque, const struct firmware_section *section);
    void *opaque;
    unsigned volumes, files;
    unsigned unreadable; /* sections compressed or signed in ways that are not known */
};

/*
 * Walk through all firmware volumes of `dump`, also those compressed by LZMA. (UEFI
 * Platform Initialization Specification, volume 3.) 0, the callback's negative errno,
 * or -EINVAL with err when there is no firmware volume in it.
 */
int firmware_dump_walk(const uint8_t *dump, size_t size, struct firmware_walk *walk,
                       struct error *err);

/* What a section is to a GPU. */
enum firmware_part {
    FIRMWARE_OTHER,
    FIRMWARE_GOP, /* Intel's driver for a display before the operating system */
    FIRMWARE_VBT, /* a VBT */
};
enum firmware_part firmware_section_part(const struct firmware_section *section);

#endif
