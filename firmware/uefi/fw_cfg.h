/* fw_cfg.h: files that QEMU, or igdvm run, hands to firmware. */
#ifndef UEFI_FW_CFG_H
#define UEFI_FW_CFG_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* sizes */

/* The size of the file, 0: none. What is read after that begins at its start. */
uint32_t fw_cfg_open(const char *name);
void fw_cfg_read(void *to, size_t size);

#endif
