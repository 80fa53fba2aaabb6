/* opregion.h: the OpRegion, the firmware table of the Intel GPU: check and prepare. */
#ifndef IGD_OPREGION_H
#define IGD_OPREGION_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

/* Offsets (Linux i915 display/intel_opregion.c; EDK2 IgdOpRegion.h). */
#define IGD_OPREGION_SIGNATURE  "IntelGraphicsMem"
#define IGD_OPREGION_SIZE       0x2000 /* the classic region, bytes */
#define IGD_OPREGION_KIB        0x010  /* u32: size in KiB */
#define IGD_OPREGION_VERSION    0x014 /* u32: 31:24 major, 23:16 minor, 15:8 revision */
#define IGD_OPREGION_MBOX       0x058 /* u32: mailboxes present */
#define IGD_OPREGION_MBOX_ACPI  0x01
#define IGD_OPREGION_MBOX_SWSCI 0x02
#define IGD_OPREGION_MBOX_ASLE  0x04
#define IGD_OPREGION_MBOX_VBT   0x08
#define IGD_OPREGION_CLID       0x1ac  /* u32: lid state */
#define IGD_OPREGION_RVDA       0x3ba  /* u64, unaligned: extended VBT */
#define IGD_OPREGION_RVDS       0x3c2  /* u32 */
#define IGD_OPREGION_VBT        0x400  /* mailbox 4 */
#define IGD_OPREGION_BDDC       0x1c04 /* 256 bytes: the panel's EDID, mailbox 5 */
#define IGD_OPREGION_BDDC_SIZE  0x100

/* Largest image accepted: the classic region and a VBT of 64 KiB, rounded up. */
#define IGD_OPREGION_MAX (0x2000 + 0x10000)

struct igd_opregion {
    uint32_t size; /* bytes the header claims */
    uint8_t major, minor;
    uint32_t mailboxes;
    bool extended_vbt;
    uint64_t vbt_offset;    /* in the image; 0: none found */
    uint32_t vbt_size;      /* bytes */
    char vbt_signature[21]; /* "$VBT SKYLAKE", printable, trimmed */
};

/*
 * Check an image as VFIO gives it (the region's bytes, an extended VBT appended) and
 * say what it holds. Reads nothing outside [image, image + size). 0, or -EINVAL with
 * err naming the field, what it holds and what was expected.
 */
int igd_opregion_parse(const uint8_t *image, size_t size, struct igd_opregion *info,
                       struct error *err);

/* One change made to the guest's copy; for the log, doctor and the tests. */
struct igd_opregion_change {
    uint32_t offset;
    uint32_t size; /* bytes */
    const char *reason;
};

#define IGD_OPREGION_MAX_CHANGES 8

/*
 * Turn a valid image into what the guest gets, in place: nobody answers software SCIs
 * there, the lid is open. Writes what it changed to changes (IGD_OPREGION_MAX_CHANGES),
 * returns how many.
 */
unsigned igd_opregion_prepare(uint8_t *image, size_t size,
                              struct igd_opregion_change *changes);

#endif
