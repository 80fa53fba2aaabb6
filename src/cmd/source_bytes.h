/* source_bytes.h: the bytes a command works on: a file's, or a device's. */
#ifndef CMD_SOURCE_BYTES_H
#define CMD_SOURCE_BYTES_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

struct error;

enum source_kind { SOURCE_ROM, SOURCE_OPREGION, SOURCE_VBT };

struct source_bytes {
    uint8_t *bytes; /* free with source_bytes_free */
    size_t size;
    char name[256]; /* for messages: the file, or the device and what of it */
};

/*
 * `where`: a file's path, or "00:02.0", a device that vfio-pci has, whose ROM or
 * OpRegion (for a VBT, too) is read through VFIO; OpRegion and VBT also of one that
 * i915 or xe has, by root. At most `most` bytes of a file. 0, or a negative errno with
 * err set.
 */
int source_bytes_read(struct source_bytes *source, const char *where,
                      enum source_kind kind, size_t most, struct error *err);
void source_bytes_free(struct source_bytes *source);

#endif
