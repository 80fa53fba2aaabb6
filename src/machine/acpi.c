/* acpi.c: puts the ACPI tables and the script that links them into fw_cfg. */
#include "machine/acpi.h"

#include "base/bytes.h"          /* ARRAY_SIZE, GIB */
#include "base/error.h"          /* error_set */
#include "devices/fw_cfg.h"      /* fw_cfg_add_file */
#include "machine/acpi_loader.h" /* the script */
#include "machine/acpi_tables.h" /* the tables */

#include <stdlib.h> /* malloc */

#define TABLES_FILE "etc/acpi/tables"
#define RSDP_FILE   "etc/acpi/rsdp"
#define LOADER_FILE "etc/table-loader"

/* Everything in the making; large, so not on the stack. */
struct build {
    struct acpi_tables tables;
    struct acpi_loader loader;
    uint8_t rsdp[ACPI_RSDP_SIZE];
};

static void checksum(struct build *build, const struct acpi_table *table)
{
    acpi_loader_add_checksum(&build->loader, TABLES_FILE,
                             table->offset + ACPI_HEADER_CHECKSUM, table->offset,
                             table->size);
}

/* The address of a table, whose offset is stored, into the field at `at`. */
static void link_table(struct build *build, uint32_t at, const struct acpi_table *to)
{
    store32(build->tables.bytes + at, to->offset);
    acpi_loader_add_pointer(&build->loader, TABLES_FILE, TABLES_FILE, at, 4);
}

static void build_all(struct build *build, const struct acpi_config *config)
{
    struct acpi_tables *tables = &build->tables;
    struct acpi_loader *loader = &build->loader;
    acpi_loader_allocate(loader, RSDP_FILE, 16, ACPI_LOADER_FSEG);
    acpi_loader_allocate(loader, TABLES_FILE, 64, ACPI_LOADER_HIGH);

    struct acpi_table facs = acpi_add_facs(tables);
    struct acpi_table dsdt = acpi_add_dsdt(tables, config);
    checksum(build, &dsdt);
    /* What the RSDT names, the FADT first. */
    struct acpi_table entries[] = {
        acpi_add_fadt(tables),
        acpi_add_cpu_ssdt(tables, cpu_topology_count(&config->topology)),
        acpi_add_madt(tables, &config->topology),
        acpi_add_waet(tables),
    };
    struct acpi_table rsdt = acpi_add_rsdt(tables, entries, ARRAY_SIZE(entries));

    link_table(build, entries[0].offset + ACPI_FADT_FACS, &facs);
    link_table(build, entries[0].offset + ACPI_FADT_DSDT, &dsdt);
    for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
        checksum(build, &entries[i]);
        link_table(build, rsdt.offset + ACPI_RSDT_ENTRIES + 4 * i, &entries[i]);
    }
    checksum(build, &rsdt);

    acpi_fill_rsdp(build->rsdp, &rsdt);
    acpi_loader_add_pointer(loader, RSDP_FILE, TABLES_FILE, ACPI_RSDP_RSDT, 4);
    acpi_loader_add_checksum(loader, RSDP_FILE, ACPI_RSDP_CHECKSUM, 0, ACPI_RSDP_SIZE);
}

static int check(const struct acpi_config *config, struct error *err)
{
    const struct cpu_topology *topology = &config->topology;
    unsigned cpus = cpu_topology_count(topology);
    if (cpus < 1 || cpus > ACPI_MAX_ID + 1 ||
        cpu_topology_apic_id(topology, cpus - 1) > ACPI_MAX_ID)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%u processors in %u sockets of %u cores of %u threads: the "
                         "last would have an APIC id above %u",
                         cpus, topology->sockets, topology->cores, topology->threads,
                         ACPI_MAX_ID);
    if (config->pci_hole_start >= config->pci_hole_end)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ACPI tables: PCI window 0x%x to 0x%x is empty",
                         config->pci_hole_start, config->pci_hole_end);
    bool none = !config->pci_hole64_start && !config->pci_hole64_end;
    if (!none && (config->pci_hole64_start >= config->pci_hole64_end ||
                  config->pci_hole64_start < 4 * GIB))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ACPI tables: 64-bit PCI window 0x%llx to 0x%llx is empty or "
                         "below 4 GiB",
                         (unsigned long long)config->pci_hole64_start,
                         (unsigned long long)config->pci_hole64_end);
    return 0;
}

int acpi_build(struct fw_cfg *fw_cfg, const struct acpi_config *config,
               struct error *err)
{
    int error = check(config, err);
    if (error)
        return error;
    /* Not zeroed: it is large, and each part is when it is added. */
    struct build *build = malloc(sizeof(*build));
    if (!build)
        return error_system(err, -ENOMEM, "ACPI tables");
    build->tables.size = 0;
    build->loader.count = 0;
    build_all(build, config);
    error =
        fw_cfg_add_file(fw_cfg, TABLES_FILE, build->tables.bytes, build->tables.size);
    if (!error)
        error = fw_cfg_add_file(fw_cfg, RSDP_FILE, build->rsdp, sizeof(build->rsdp));
    if (!error)
        error = fw_cfg_add_file(fw_cfg, LOADER_FILE, build->loader.commands,
                                acpi_loader_size(&build->loader));
    free(build);
    if (error)
        return error_system(err, error, "ACPI tables");
    return 0;
}
