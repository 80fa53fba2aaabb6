/* acpi.h: the ACPI tables of the virtual PC, handed to the firmware by fw_cfg. */
#ifndef MACHINE_ACPI_H
#define MACHINE_ACPI_H

#include "machine/cpu_model.h" /* how processors are arranged */

#include <stdint.h> /* addresses */

struct error;
struct fw_cfg;

#define ACPI_MAX_ID \
    254 /* local APIC ids are 8 bits in the MADT, of which 255 means all */

struct acpi_config {
    struct cpu_topology topology;              /* ids up to ACPI_MAX_ID */
    uint32_t pci_hole_start, pci_hole_end;     /* end: first address behind the hole */
    unsigned serial_ports;                     /* COM1 up to this one, at most 4 */
    uint64_t pci_hole64_start, pci_hole64_end; /* above 4 GiB; 0 and 0: none */
};

/*
 * Add etc/acpi/rsdp, etc/acpi/tables and the script etc/table-loader with which
 * SeaBIOS and OVMF place and link them. The tables describe the PIIX4 power
 * management block at I/O 0x600 and GPE0 at 0xafe0. 0, -EINVAL for a config that
 * makes no sense, or a negative errno, with err.
 */
int acpi_build(struct fw_cfg *fw_cfg, const struct acpi_config *config,
               struct error *err);

#endif
