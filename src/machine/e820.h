/* e820.h: the memory map the firmware is told, as the fw_cfg file etc/e820. */
#ifndef MACHINE_E820_H
#define MACHINE_E820_H

#include <stdint.h> /* addresses */

struct error;
struct fw_cfg;
struct guest_memory;

/* ACPI address range types. */
enum { E820_RAM = 1, E820_RESERVED = 2 };

struct e820_range {
    uint64_t address, size; /* bytes */
    uint32_t type;          /* E820_* */
};

/*
 * Add etc/e820: every block of memory as RAM (blocks that touch become one entry),
 * then the `count` further ranges. Empty ranges are left out. The layout is what
 * SeaBIOS (src/fw/paravirt.c) and OVMF read: packed address, length, type. 0 or a
 * negative errno with err.
 */
int e820_build(struct fw_cfg *fw_cfg, const struct guest_memory *memory,
               const struct e820_range *reserved, unsigned count, struct error *err);

#endif
