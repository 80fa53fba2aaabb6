/* fw_cfg.h: the firmware configuration device: named files for the guest's firmware. */
#ifndef DEVICES_FW_CFG_H
#define DEVICES_FW_CFG_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* keys */

struct board;
struct device;
struct error;
struct fw_cfg;

/* The ports it answers, as \_SB.FWCF's _CRS names them. */
#define FW_CFG_PORT_BASE  0x510
#define FW_CFG_PORT_COUNT 12

/* Well-known keys (QEMU docs/specs/fw_cfg; linux uapi qemu_fw_cfg.h). */
enum {
    FW_CFG_KEY_SIGNATURE = 0x00,
    FW_CFG_KEY_ID = 0x01,
    FW_CFG_KEY_NB_CPUS = 0x05,
    FW_CFG_KEY_KERNEL_ADDR = 0x07,
    FW_CFG_KEY_KERNEL_SIZE = 0x08,
    FW_CFG_KEY_INITRD_ADDR = 0x0a,
    FW_CFG_KEY_INITRD_SIZE = 0x0b,
    FW_CFG_KEY_BOOT_MENU = 0x0e,
    FW_CFG_KEY_MAX_CPUS = 0x0f,
    FW_CFG_KEY_KERNEL_DATA = 0x11,
    FW_CFG_KEY_INITRD_DATA = 0x12,
    FW_CFG_KEY_CMDLINE_ADDR = 0x13,
    FW_CFG_KEY_CMDLINE_SIZE = 0x14,
    FW_CFG_KEY_CMDLINE_DATA = 0x15,
    FW_CFG_KEY_SETUP_ADDR = 0x16,
    FW_CFG_KEY_SETUP_SIZE = 0x17,
    FW_CFG_KEY_SETUP_DATA = 0x18,
    FW_CFG_KEY_FILE_DIR = 0x19,
    FW_CFG_KEY_FILE_FIRST = 0x20,
};

#define FW_CFG_FILE_SLOTS 64 /* files at most */
#define FW_CFG_NAME_SIZE  56 /* a file's name, with its terminating zero */

/*
 * Ports 0x510, 0x511 and DMA at 0x514. NULL with err on failure. DMA reaches
 * board->ram as it is at the time of the access. fw_cfg_free and the device's free
 * are the same: call one of them, once.
 */
struct fw_cfg *fw_cfg_new(struct board *board, struct error *err);
void fw_cfg_free(struct fw_cfg *fw_cfg);

/* The device as the machine's list holds it; lives as long as fw_cfg. */
struct device *fw_cfg_device(struct fw_cfg *fw_cfg);

/*
 * Add an item under a key or a name; data is copied. Before the guest runs: files are
 * numbered from key 0x20 in the order of their names, so each new file renumbers.
 * 0, -EEXIST, -ENOSPC (no slot left, or not an item's key), -ENAMETOOLONG, -EFBIG
 * (over 4 GiB) or -ENOMEM.
 */
int fw_cfg_add_key(struct fw_cfg *fw_cfg, uint16_t key, const void *data, size_t size);
int fw_cfg_add_file(struct fw_cfg *fw_cfg, const char *name, const void *data,
                    size_t size);
/* A file the guest may write through DMA; reset brings back what was added. */
int fw_cfg_add_writable_file(struct fw_cfg *fw_cfg, const char *name, const void *data,
                             size_t size);

/*
 * An item whose bytes stay in a file, where the guest may read them at each boot:
 * `size` bytes from `offset` on. What the file lost meanwhile reads as zeros, and is
 * told of once, by its name. 0, and fd is fw_cfg's, or an error as above.
 */
int fw_cfg_add_key_in_file(struct fw_cfg *fw_cfg, uint16_t key, int fd,
                           const char *name, uint64_t offset, size_t size);

/* Power-on state: selector and offset 0, writable files as they were added. */
void fw_cfg_reset(struct fw_cfg *fw_cfg);

#endif
