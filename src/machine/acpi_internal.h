/* acpi_internal.h: what the files that write ACPI tables share. */
#ifndef MACHINE_ACPI_INTERNAL_H
#define MACHINE_ACPI_INTERNAL_H

#include "machine/acpi_tables.h" /* struct acpi_tables */

/* Zeroed room for size more bytes. */
uint8_t *acpi_append(struct acpi_tables *tables, size_t size);

/* Store a text in a field of exactly `size` bytes, without a terminating zero. */
static inline void acpi_store_text(uint8_t *at, const char *text, size_t size)
{
    for (size_t i = 0; i < size && text[i]; i++)
        at[i] = (uint8_t)text[i];
}

/* Append a header (8-byte aligned); acpi_end, after the body, sets its length. */
struct acpi_table acpi_begin(struct acpi_tables *tables, const char *signature,
                             uint8_t revision);
void acpi_end(struct acpi_tables *tables, struct acpi_table *table);

#endif
