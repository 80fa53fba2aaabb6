/* acpi_tables.h: the ACPI tables themselves, one function each, into one buffer. */
#ifndef MACHINE_ACPI_TABLES_H
#define MACHINE_ACPI_TABLES_H

#include "machine/acpi.h" /* struct acpi_config */

#include <stddef.h> /* size_t */

#define ACPI_TABLES_CAPACITY 16384
#define ACPI_MAX_TABLES      8

/* Offsets of fields others need. */
#define ACPI_HEADER_CHECKSUM   9
#define ACPI_HEADER_SIZE       36
#define ACPI_FADT_FACS         36
#define ACPI_FADT_DSDT         40
#define ACPI_RSDT_ENTRIES      ACPI_HEADER_SIZE
#define ACPI_RSDP_SIZE         20
#define ACPI_RSDP_CHECKSUM     8
#define ACPI_RSDP_RSDT         16
#define ACPI_PM_TIMER_RELIABLE 2 /* WAET's flag: one read is enough */

/* A table in the buffer. */
struct acpi_table {
    uint32_t offset, size;
};

/* The tables in the making; size is 0 first. */
struct acpi_tables {
    size_t size;
    uint8_t bytes[ACPI_TABLES_CAPACITY];
};

/*
 * Each appends a table and says where it is. Checksums and addresses of other tables
 * are 0. They are sized for ACPI_MAX_ID + 1 processors and cannot run out of room.
 */
struct acpi_table
acpi_add_facs(struct acpi_tables *tables); /* first: 64-byte aligned */
struct acpi_table acpi_add_dsdt(struct acpi_tables *tables,
                                const struct acpi_config *config);
struct acpi_table acpi_add_fadt(struct acpi_tables *tables);
struct acpi_table acpi_add_madt(struct acpi_tables *tables,
                                const struct cpu_topology *topology);
struct acpi_table acpi_add_waet(struct acpi_tables *tables);
/* The processor objects \_SB.C000 and up. */
struct acpi_table acpi_add_cpu_ssdt(struct acpi_tables *tables, unsigned cpus);
/* With these `count` tables' offsets as entries. */
struct acpi_table acpi_add_rsdt(struct acpi_tables *tables,
                                const struct acpi_table *entries, unsigned count);

/* The root pointer, a buffer of its own; rsdt's offset as its address. */
void acpi_fill_rsdp(uint8_t rsdp[ACPI_RSDP_SIZE], const struct acpi_table *rsdt);

#endif
