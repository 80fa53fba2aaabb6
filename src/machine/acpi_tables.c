/* acpi_tables.c: FACS, FADT, MADT, WAET, RSDT and RSDP (ACPI Specification 6.4, 5.2).
 */
#include "machine/acpi_tables.h"

#include "base/bytes.h"            /* store32 */
#include "machine/acpi_internal.h" /* acpi_begin, acpi_append */

#include <stdlib.h> /* abort */

#define OEM_ID     "IGDVM "
#define CREATOR_ID "IGDV"

#define LOCAL_APIC_ADDRESS 0xfee00000
#define IOAPIC_ADDRESS     0xfec00000

uint8_t *acpi_append(struct acpi_tables *tables, size_t size)
{
    if (size > sizeof(tables->bytes) - tables->size)
        abort(); /* the capacity is not what acpi_tables.h promises */
    uint8_t *at = tables->bytes + tables->size;
    memset(at, 0, size);
    tables->size += size;
    return at;
}

struct acpi_table acpi_begin(struct acpi_tables *tables, const char *signature,
                             uint8_t revision)
{
    acpi_append(tables, round_up(tables->size, 8) - tables->size);
    struct acpi_table table = { .offset = (uint32_t)tables->size };
    uint8_t *header = acpi_append(tables, ACPI_HEADER_SIZE);
    acpi_store_text(header, signature, 4);
    header[8] = revision;
    acpi_store_text(header + 10, OEM_ID, 6);
    acpi_store_text(header + 16, OEM_ID, 6);
    acpi_store_text(header + 22, "PC", 2);
    store32(header + 24, 1); /* OEM revision */
    acpi_store_text(header + 28, CREATOR_ID, 4);
    store32(header + 32, 1); /* creator revision */
    return table;
}

void acpi_end(struct acpi_tables *tables, struct acpi_table *table)
{
    table->size = (uint32_t)tables->size - table->offset;
    store32(tables->bytes + table->offset + 4, table->size);
}

/* The fixed fields of a table: offset, width in bytes, value. */
struct field {
    uint16_t offset;
    uint8_t width;
    uint32_t value;
};

/*
 * The 82371AB's power management block at 0x600 and QEMU's GPE0 block at 0xafe0,
 * which SeaBIOS and Linux expect of this machine. Zero fields are left out.
 */
static const struct field fadt_fields[] = {
    { 44, 1, 1 },       /* interrupts: both PICs, as ACPI 1.0 says it */
    { 45, 1, 1 },       /* profile: desktop */
    { 46, 2, 9 },       /* SCI */
    { 48, 4, 0xb2 },    /* SMI command port */
    { 52, 1, 0xf1 },    /* ACPI enable */
    { 53, 1, 0xf0 },    /* ACPI disable */
    { 56, 4, 0x600 },   /* PM1a event */
    { 64, 4, 0x604 },   /* PM1a control */
    { 76, 4, 0x608 },   /* PM timer */
    { 80, 4, 0xafe0 },  /* GPE0 */
    { 88, 1, 4 },       /* lengths of these: PM1 event */
    { 89, 1, 2 },       /* PM1 control */
    { 91, 1, 4 },       /* PM timer */
    { 92, 1, 4 },       /* GPE0 */
    { 96, 2, 0xfff },   /* no C2 */
    { 98, 2, 0xfff },   /* no C3 */
    { 108, 1, 0x32 },   /* century in CMOS */
    { 109, 2, 0x0003 }, /* legacy devices, keyboard controller */
    { 112, 4, 0x00000425 } /* WBINVD, C1, no sleep button, reset register */,
    { 128, 1, 6 }, /* value that resets */
};

/* Generic addresses in I/O space: where, register width in bits, access size, port. */
static const struct {
    uint16_t offset;
    uint8_t bits, access;
    uint16_t port;
} fadt_addresses[] = {
    { 116, 8, 1, 0xcf9 },   /* reset control register */
    { 148, 32, 2, 0x600 },  /* PM1a event */
    { 172, 16, 2, 0x604 },  /* PM1a control */
    { 208, 32, 3, 0x608 },  /* PM timer */
    { 220, 32, 1, 0xafe0 }, /* GPE0 */
};

#define FADT_SIZE        244 /* revision 3 */
#define SPACE_IO         1
#define FACS_SIZE        64
#define FACS_REVISION    1
#define MADT_PCAT_COMPAT 1

struct acpi_table acpi_add_facs(struct acpi_tables *tables)
{
    tables->size = round_up(tables->size, 64);
    struct acpi_table table = { (uint32_t)tables->size, FACS_SIZE };
    uint8_t *facs = acpi_append(tables, FACS_SIZE);
    acpi_store_text(facs, "FACS", 4);
    store32(facs + 4, FACS_SIZE);
    facs[32] = FACS_REVISION;
    return table;
}

struct acpi_table acpi_add_fadt(struct acpi_tables *tables)
{
    struct acpi_table table = acpi_begin(tables, "FACP", 3);
    acpi_append(tables, FADT_SIZE - ACPI_HEADER_SIZE);
    uint8_t *fadt = tables->bytes + table.offset;
    for (unsigned i = 0; i < ARRAY_SIZE(fadt_fields); i++) {
        const struct field *field = &fadt_fields[i];
        store_sized(fadt + field->offset, field->value, field->width);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(fadt_addresses); i++) {
        uint8_t *at = fadt + fadt_addresses[i].offset;
        at[0] = SPACE_IO;
        at[1] = fadt_addresses[i].bits;
        at[3] = fadt_addresses[i].access;
        store64(at + 4, fadt_addresses[i].port);
    }
    acpi_end(tables, &table);
    return table;
}

/* MADT entries of our machine: type, length, then the entry's own fields. */
static void add_local_apic(struct acpi_tables *tables, uint8_t index, uint8_t id)
{
    uint8_t *entry = acpi_append(tables, 8);
    entry[0] = 0;
    entry[1] = 8;
    entry[2] = index;      /* of the processor object */
    entry[3] = id;         /* of the APIC */
    store32(entry + 4, 1); /* enabled */
}

static void add_ioapic(struct acpi_tables *tables)
{
    uint8_t *entry = acpi_append(tables, 12);
    entry[0] = 1;
    entry[1] = 12;
    store32(entry + 4, IOAPIC_ADDRESS);
    store32(entry + 8, 0); /* first GSI */
}

static void add_override(struct acpi_tables *tables, uint8_t irq, uint32_t gsi,
                         uint16_t flags)
{
    uint8_t *entry = acpi_append(tables, 10);
    entry[0] = 2;
    entry[1] = 10;
    entry[3] = irq;
    store32(entry + 4, gsi);
    store16(entry + 8, flags);
}

/* NMI is wired to LINT1 of every local APIC. */
static void add_local_nmi(struct acpi_tables *tables)
{
    uint8_t *entry = acpi_append(tables, 6);
    entry[0] = 4;
    entry[1] = 6;
    entry[2] = 0xff;
    entry[5] = 1;
}

struct acpi_table acpi_add_madt(struct acpi_tables *tables,
                                const struct cpu_topology *topology)
{
    /* The timer is on pin 2; SCI and the PCI links are level, active high (0xd). */
    static const struct {
        uint8_t irq, gsi, flags;
    } overrides[] = {
        { 0, 2, 0 }, { 5, 5, 0xd }, { 9, 9, 0xd }, { 10, 10, 0xd }, { 11, 11, 0xd }
    };

    struct acpi_table table = acpi_begin(tables, "APIC", 1);
    uint8_t *head = acpi_append(tables, 8);
    store32(head, LOCAL_APIC_ADDRESS);
    store32(head + 4, MADT_PCAT_COMPAT);
    unsigned cpus = cpu_topology_count(topology);
    for (unsigned i = 0; i < cpus; i++)
        add_local_apic(tables, (uint8_t)i, (uint8_t)cpu_topology_apic_id(topology, i));
    add_ioapic(tables);
    for (unsigned i = 0; i < ARRAY_SIZE(overrides); i++)
        add_override(tables, overrides[i].irq, overrides[i].gsi, overrides[i].flags);
    add_local_nmi(tables);
    acpi_end(tables, &table);
    return table;
}

struct acpi_table acpi_add_waet(struct acpi_tables *tables)
{
    struct acpi_table table = acpi_begin(tables, "WAET", 1);
    store32(acpi_append(tables, 4), ACPI_PM_TIMER_RELIABLE);
    acpi_end(tables, &table);
    return table;
}

struct acpi_table acpi_add_rsdt(struct acpi_tables *tables,
                                const struct acpi_table *entries, unsigned count)
{
    struct acpi_table table = acpi_begin(tables, "RSDT", 1);
    for (unsigned i = 0; i < count; i++)
        store32(acpi_append(tables, 4), entries[i].offset);
    acpi_end(tables, &table);
    return table;
}

void acpi_fill_rsdp(uint8_t rsdp[ACPI_RSDP_SIZE], const struct acpi_table *rsdt)
{
    memset(rsdp, 0, ACPI_RSDP_SIZE);
    acpi_store_text(rsdp, "RSD PTR ", 8);
    acpi_store_text(rsdp + 9, OEM_ID, 6);
    rsdp[15] = 0; /* revision: only the RSDT */
    store32(rsdp + ACPI_RSDP_RSDT, rsdt->offset);
}
