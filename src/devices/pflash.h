/* pflash.h: a parallel flash chip: what UEFI firmware keeps its variables in. */
#ifndef DEVICES_PFLASH_H
#define DEVICES_PFLASH_H

#include <stdint.h> /* addresses */

struct board;
struct device;
struct error;

#define PFLASH_BLOCK 4096u /* bytes that are erased at once */

struct pflash_config {
    uint64_t address; /* a multiple of PFLASH_BLOCK, as is the size */
    uint32_t size;    /* bytes */
    uint8_t *bytes;   /* page aligned; the caller's, which outlives the device */
    /* The guest has written to these bytes. Called with the board's lock held. */
    void (*written)(void *opaque, uint32_t offset, uint32_t size);
    void *opaque;
};

/*
 * The commands of Intel's set (CFI 0001) that OVMF uses (OvmfPkg's QemuFlash.c): read
 * array, read and clear status, program a byte, erase a block; answered as QEMU's
 * hw/block/pflash_cfi01.c does. While the array is read the guest reads it without
 * exits. NULL with err on failure.
 */
struct device *pflash_new(struct board *board, const struct pflash_config *config,
                          struct error *err);

#endif
