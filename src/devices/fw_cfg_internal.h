/* fw_cfg_internal.h: what the parts of the firmware configuration device share. */
#ifndef DEVICES_FW_CFG_INTERNAL_H
#define DEVICES_FW_CFG_INTERNAL_H

#include "devices/fw_cfg.h" /* keys, sizes */

#include "devices/device.h" /* struct device */
#include "pci/space.h"      /* struct range */

#include <stdbool.h> /* bool */

/* A selector: bit 15 picks the bank, bit 14 is ignored (it once asked for writing). */
#define KEY_BANK_LOCAL 0x8000
#define KEY_INDEX_MASK 0x3fff

#define PLAIN_KEYS FW_CFG_KEY_FILE_FIRST
#define LOCAL_KEYS 8 /* 0x8000 up: x86's own */

/* One entry of the file directory (key 0x19); integers big-endian. */
struct directory_entry {
    uint32_t size;
    uint16_t key;
    uint16_t reserved;
    char name[FW_CFG_NAME_SIZE];
};

struct directory {
    uint32_t count;
    struct directory_entry entries[FW_CFG_FILE_SLOTS];
};

_Static_assert(sizeof(struct directory_entry) == 64, "as the interface lays it out");
_Static_assert(offsetof(struct directory, entries) == 4, "no padding");

/* Where an item's bytes are that stay in a file. */
struct item_file {
    int fd;
    uint64_t offset;
    bool told; /* that some are missing */
    char name[];
};

struct item {
    bool present;
    const uint8_t *data;
    size_t size;
    uint8_t *owned;         /* freed with the device; NULL: data is a part of it */
    uint8_t *original;      /* a writable file's contents at reset; NULL: read-only */
    struct item_file *file; /* data is there; NULL: it is in memory */
};

struct file {
    char name[FW_CFG_NAME_SIZE];
    struct item item;
};

struct fw_cfg {
    struct device device;
    struct board *board;
    struct range selector; /* 0x510, 0x511 */
    struct range dma;      /* 0x514 to 0x51b */
    struct item keys[PLAIN_KEYS];
    struct item local[LOCAL_KEYS];
    struct file files[FW_CFG_FILE_SLOTS]; /* in the order of their names */
    unsigned file_count;
    struct directory directory;
    /* What the guest set. */
    uint16_t selected;
    size_t offset;        /* into the selected item, at most its size */
    uint32_t dma_address; /* high half, as written to 0x514, in host order */
};

/* The item behind a selector, or NULL when there is none. */
struct item *fw_cfg_find_item(struct fw_cfg *fw_cfg, uint16_t key);

/* Bytes of an item's file; zeros for what is missing, which is told of once. */
void fw_cfg_read_item_file(struct item_file *file, uint64_t offset, uint8_t *to,
                           size_t size);

/* Write the directory anew from the files. */
void fw_cfg_fill_directory(struct fw_cfg *fw_cfg);

/* Writable files as they were added. */
void fw_cfg_items_reset(struct fw_cfg *fw_cfg);

/* Free what items own. */
void fw_cfg_items_free(struct fw_cfg *fw_cfg);

#endif
