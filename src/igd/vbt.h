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

/* The data blocks drivers read. */
enum igd_vbt_block_id {
    IGD_VBT_GENERAL_FEATURES = 1,
    IGD_VBT_GENERAL_DEFINITIONS = 2, /* the child devices: what is wired up */
    IGD_VBT_DRIVER_FEATURES = 12,
    IGD_VBT_EDP = 27,
    IGD_VBT_LFP_OPTIONS = 40, /* LFP: a panel */
    IGD_VBT_LFP_POINTERS = 41,
    IGD_VBT_LFP_DATA = 42,
    IGD_VBT_LFP_BACKLIGHT = 43,
    IGD_VBT_LFP_POWER = 44,
    IGD_VBT_GENERIC_DTD = 58,
    IGD_VBT_SKIP = 254, /* the VBIOS's own */
};

/* Block 2: a header, then the child devices. */
#define IGD_VBT_CHILDREN_SIZE 4 /* u8: bytes of each */
#define IGD_VBT_CHILDREN      5

/* A child device. */
#define IGD_VBT_CHILD_HANDLE   0  /* u16 */
#define IGD_VBT_CHILD_TYPE     2  /* u16; 0: the slot is empty */
#define IGD_VBT_CHILD_PORT     16 /* u8: see igd_vbt_port */
#define IGD_VBT_CHILD_DDC_PIN  19 /* u8 */
#define IGD_VBT_CHILD_SUPPORTS 24 /* u8: bit 0 HDMI, bit 1 DisplayPort, bit 2 TMDS */
#define IGD_VBT_CHILD_AUX      25 /* u8: see igd_vbt_aux_channel */
#define IGD_VBT_CHILD_FLAGS    27 /* u8: bit 5: the encoder is in the GPU */

#define IGD_VBT_TYPE_HDMI 0x60d2
#define IGD_VBT_TYPE_DP   0x68c6
#define IGD_VBT_TYPE_EDP  0x78c6

struct igd_vbt {
    uint32_t size;                 /* bytes */
    uint32_t bdb_offset, bdb_size; /* of the data blocks, header included */
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

/*
 * The data of this block (enum igd_vbt_block_id or any other number) in a table that
 * igd_vbt_parse accepted, *size: its bytes. NULL when there is none inside the table.
 */
const uint8_t *igd_vbt_block(const uint8_t *vbt, const struct igd_vbt *info,
                             unsigned id, uint32_t *size);

/* One output as firmware describes it. */
struct igd_vbt_child {
    uint16_t handle, type;
    uint8_t port, ddc_pin, supports, aux_channel; /* as stored */
};

/*
 * The child device of this index, from 0; false past the last. Empty slots have type 0.
 */
bool igd_vbt_child_at(const uint8_t *vbt, const struct igd_vbt *info, unsigned index,
                      struct igd_vbt_child *child);

/* Bytes of a child device in blocks of this version (i915 intel_bios.c). */
unsigned igd_vbt_child_size(unsigned bdb_version);

/* What IGD_VBT_CHILD_PORT and _AUX say for ports 'a' to 'i'. */
uint8_t igd_vbt_port(char letter, bool displayport);
uint8_t igd_vbt_aux_channel(char letter);

#endif
