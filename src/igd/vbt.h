/* vbt.h: the video BIOS table, in which firmware tells drivers what is wired up. */
#ifndef IGD_VBT_H
#define IGD_VBT_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

/* The header (Linux i915 display/intel_vbt_defs.h). */
#define IGD_VBT_VERSION    20 /* u16 */
#define IGD_VBT_SIZE       24 /* u16: bytes of the whole table */
#define IGD_VBT_CHECKSUM   26
#define IGD_VBT_BDB_OFFSET 28 /* u32: of the BIOS data blocks */
#define IGD_VBT_HEADER     48

/* The header of the data blocks. */
#define IGD_BDB_VERSION 16 /* u16 */
#define IGD_BDB_SIZE    20 /* u16: bytes, header included */
#define IGD_BDB_HEADER  22

struct igd_vbt {
    uint32_t size; /* bytes */
    uint16_t version, bdb_version;
    char signature[21]; /* "$VBT SKYLAKE", printable, trimmed */
};

/* Do these four bytes begin a VBT? */
bool igd_vbt_present(const uint8_t *vbt);

/*
 * Check a table that has at most `size` bytes, as strictly as Linux i915
 * (display/intel_bios.c) does; like there, the checksum does not count. 0, or -EINVAL
 * with err naming the field, with offsets from the table's start.
 */
int igd_vbt_parse(const uint8_t *vbt, size_t size, struct igd_vbt *info,
                  struct error *err);

#endif
