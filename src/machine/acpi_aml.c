/* acpi_aml.c: the AML tables: the DSDT with its bounds filled in, the CPUs' SSDT. */
#include "base/bytes.h"            /* store32 */
#include "dsdt.hex"                /* dsdt_aml_code, made of dsdt.asl by the build */
#include "machine/acpi_internal.h" /* acpi_begin, acpi_append */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* abort */

/* AML opcodes (ACPI Specification 6.4, 20.3). */
enum {
    AML_NAME = 0x08,
    AML_DWORD = 0x0c,
    AML_SCOPE = 0x10,
    AML_EXTENDED = 0x5b,
    AML_PROCESSOR = 0x83, /* after AML_EXTENDED */
};

/* A Name (name, placeholder) of the DSDT, and the value it is to have. */
struct bound {
    char name[5];
    uint32_t value;
};

/*
 * Write the values over the placeholders in [aml, aml + size). The build makes AML of
 * an ASL we wrote, so a name that is not there once is our own fault.
 */
static void set_bounds(uint8_t *aml, size_t size, const struct bound *bounds,
                       unsigned count)
{
    const size_t length = 6 + sizeof(uint32_t); /* opcode, name, opcode, value */
    unsigned found = 0;

    for (size_t i = 0; i + length <= size; i++) {
        const uint8_t *next = memchr(aml + i, AML_NAME, size - length - i + 1);
        if (!next)
            break;
        i = (size_t)(next - aml);
        if (aml[i + 5] != AML_DWORD)
            continue;
        for (unsigned b = 0; b < count; b++) {
            if (memcmp(aml + i + 1, bounds[b].name, 4) != 0)
                continue;
            if (found & 1u << b)
                abort();
            found |= 1u << b;
            store32(aml + i + 6, bounds[b].value);
        }
    }
    if (found != (1u << count) - 1)
        abort();
}

struct acpi_table acpi_add_dsdt(struct acpi_tables *tables,
                                const struct acpi_config *config)
{
    const size_t size = sizeof(dsdt_aml_code);
    uint64_t high_start = config->pci_hole64_start;
    uint64_t high_last = config->pci_hole64_end ? config->pci_hole64_end - 1 : 0;
    tables->size = round_up(tables->size, 8);
    struct acpi_table table = { (uint32_t)tables->size, (uint32_t)size };
    uint8_t *dsdt = acpi_append(tables, size);
    memcpy(dsdt, dsdt_aml_code, size);
    dsdt[ACPI_HEADER_CHECKSUM] = 0;
    const struct bound bounds[] = {
        { "HSTA", config->pci_hole_start },
        { "HEND", config->pci_hole_end - 1 },
        { "XSTL", (uint32_t)high_start },
        { "XSTH", (uint32_t)(high_start >> 32) },
        { "SERS", config->serial_ports },
        { "XENL", (uint32_t)high_last },
        { "XENH", (uint32_t)(high_last >> 32) },
    };
    set_bounds(dsdt, size, bounds, ARRAY_SIZE(bounds));
    return table;
}

/*
 * A PkgLength of 2 bytes (up to 4095; a longer form than needed is allowed). length
 * counts these 2 bytes.
 */
static void store_package_length(uint8_t *at, size_t length)
{
    if (length > 0xfff)
        abort();
    at[0] = (uint8_t)(1 << 6 | (length & 0xf));
    at[1] = (uint8_t)(length >> 4);
}

#define PROCESSOR_LENGTH                                         \
    14 /* opcode 2, length 2, name 4, id 1, P_BLK 4 and length 1 \
        */

/* Processor (Cxxx, id, 0, 0) {}: no P_BLK, for there is no C2. */
static void add_processor(struct acpi_tables *tables, unsigned id)
{
    char name[5];
    snprintf(name, sizeof(name), "C%03X", id & 0xfff);
    uint8_t *at = acpi_append(tables, PROCESSOR_LENGTH);
    at[0] = AML_EXTENDED;
    at[1] = AML_PROCESSOR;
    store_package_length(at + 2, PROCESSOR_LENGTH - 2);
    acpi_store_text(at + 4, name, 4);
    at[8] = (uint8_t)id;
}

struct acpi_table acpi_add_cpu_ssdt(struct acpi_tables *tables, unsigned cpus)
{
    struct acpi_table table = acpi_begin(tables, "SSDT", 2);
    uint8_t *scope = acpi_append(tables, 8);
    scope[0] = AML_SCOPE;
    store_package_length(scope + 1, 7 + (size_t)cpus * PROCESSOR_LENGTH);
    acpi_store_text(scope + 3, "\\_SB_", 5);
    for (unsigned i = 0; i < cpus; i++)
        add_processor(tables, i);
    acpi_end(tables, &table);
    return table;
}
