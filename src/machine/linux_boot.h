/* linux_boot.h: starting a Linux kernel from files, without a disk. */
#ifndef MACHINE_LINUX_BOOT_H
#define MACHINE_LINUX_BOOT_H

#include <stdint.h> /* addresses */

struct error;
struct fw_cfg;
struct guest_memory;

/* The file of the option ROM that starts the kernel. */
#define LINUX_BOOT_ROM "genroms/igdvm-linuxboot.bin"

struct linux_boot_config {
    const char *kernel;       /* path of a bzImage */
    const char *initrd;       /* path, or NULL: none */
    const char *command_line; /* or NULL: empty */
    uint64_t initrd_limit;    /* the initrd ends at or below this; 0: see below */
};

/*
 * Give fw_cfg what the kernel, its setup code, the initrd and the command line are
 * and where they belong (keys 0x07 to 0x18, for our option ROM and for OVMF), the
 * option ROM, which the boot order has to name.
 *
 * The initrd ends below the top of the RAM that holds 1 MiB, what the kernel allows
 * and initrd_limit. With initrd_limit 0, and no second run of RAM below 4 GiB for
 * the firmware's tables, the last 16 MiB of that RAM are left to the firmware.
 *
 * The files stay open until fw_cfg is freed, and are read at each boot of the guest. 0,
 * or a negative errno with err: kind ERROR_INPUT where a file is missing or damaged or
 * the command line is too long, ERROR_IMPOSSIBLE where the RAM is too small.
 */
int linux_boot_prepare(struct fw_cfg *fw_cfg, const struct guest_memory *memory,
                       const struct linux_boot_config *config, struct error *err);

#endif
