/* test_acpi.c: the ACPI tables after a loader script is carried out as firmware does.
 */
#include "base/bytes.h"    /* load32, byte_sum */
#include "base/error.h"    /* struct error */
#include "fw_cfg_reader.h" /* the guest's view */
#include "machine/acpi.h"  /* what is tested */
#include "pci/bus.h"       /* pci_bus_pirq */

#include <stdio.h>  /* the table written for iasl */
#include <stdlib.h> /* free */
#include <unistd.h> /* unlink */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

/* Where this firmware puts things: the RSDP in the F segment, tables high. */
#define FSEG_ADDRESS 0x000f5b20u
#define HIGH_ADDRESS 0x07fe0040u

struct loaded_file {
    char name[56];
    uint32_t address;
    uint8_t *data;
    size_t size;
};

struct firmware {
    struct fw_cfg_fixture *fixture;
    struct loaded_file files[2];
    unsigned count;
};

static struct loaded_file *find(struct firmware *firmware, const uint8_t *name)
{
    for (unsigned i = 0; i < firmware->count; i++) {
        if (strncmp(firmware->files[i].name, (const char *)name, 56) == 0)
            return &firmware->files[i];
    }
    fail_msg("%s was not allocated before it is used", (const char *)name);
    return NULL;
}

static void allocate(struct firmware *firmware, const uint8_t *command)
{
    assert_in_range(firmware->count, 0, 1);
    struct loaded_file *file = &firmware->files[firmware->count++];
    memcpy(file->name, command + 4, 56);
    file->data = fw_cfg_read_file(firmware->fixture, file->name, &file->size);
    assert_non_null(file->data);
    unsigned zone = command[64];
    assert_in_range(zone, 1, 2);
    file->address = zone == 1 ? HIGH_ADDRESS : FSEG_ADDRESS;
    assert_int_equal(file->address % load32(command + 60), 0);
}

static void add_pointer(struct firmware *firmware, const uint8_t *command)
{
    struct loaded_file *file = find(firmware, command + 4);
    struct loaded_file *source = find(firmware, command + 60);
    uint32_t offset = load32(command + 116);
    assert_int_equal(command[120], 4);
    assert_true(range_inside(offset, 4, file->size));
    uint32_t value = load32(file->data + offset);
    assert_true(value < source->size);
    store32(file->data + offset, value + source->address);
}

static void add_checksum(struct firmware *firmware, const uint8_t *command)
{
    struct loaded_file *file = find(firmware, command + 4);
    uint32_t offset = load32(command + 60);
    uint32_t start = load32(command + 64);
    uint32_t length = load32(command + 68);
    assert_true(range_inside(start, length, file->size));
    assert_in_range(offset, start, start + length - 1);
    /* Some firmware assigns the sum, so the byte must have been 0. */
    assert_int_equal(file->data[offset], 0);
    file->data[offset] = (uint8_t)-byte_sum(file->data + start, length);
}

/* Carry out etc/table-loader. */
static void load(struct firmware *firmware, struct fw_cfg_fixture *fixture)
{
    size_t size;
    uint8_t *script = fw_cfg_read_file(fixture, "etc/table-loader", &size);
    assert_non_null(script);
    assert_true(size > 0);
    assert_int_equal(size % 128, 0);
    firmware->fixture = fixture;
    for (const uint8_t *command = script; command < script + size; command += 128) {
        switch (load32(command)) {
        case 1:
            allocate(firmware, command);
            break;
        case 2:
            add_pointer(firmware, command);
            break;
        case 3:
            add_checksum(firmware, command);
            break;
        default:
            fail_msg("unknown loader command %u", load32(command));
        }
    }
    free(script);
}

static void unload(struct firmware *firmware)
{
    for (unsigned i = 0; i < firmware->count; i++)
        free(firmware->files[i].data);
}

/* The table at a guest address; its signature, length and checksum are checked. */
static const uint8_t *table_at(struct firmware *firmware, uint32_t address,
                               const char *signature)
{
    struct loaded_file *file = find(firmware, (const uint8_t *)"etc/acpi/tables");
    assert_in_range(address, file->address, file->address + file->size - 36);
    const uint8_t *table = file->data + (address - file->address);
    assert_memory_equal(table, signature, 4);
    uint32_t length = load32(table + 4);
    assert_true(range_inside(address - file->address, length, file->size));
    if (strcmp(signature, "FACS") != 0)
        assert_int_equal(byte_sum(table, length), 0);
    return table;
}

static const uint8_t *rsdt_of(struct firmware *firmware)
{
    struct loaded_file *rsdp = find(firmware, (const uint8_t *)"etc/acpi/rsdp");
    assert_int_equal(rsdp->size, 20);
    assert_int_equal(rsdp->address, FSEG_ADDRESS);
    assert_memory_equal(rsdp->data, "RSD PTR ", 8);
    assert_int_equal(byte_sum(rsdp->data, 20), 0);
    return table_at(firmware, load32(rsdp->data + 16), "RSDT");
}

static const uint8_t *table_in(struct firmware *firmware, const char *signature)
{
    const uint8_t *rsdt = rsdt_of(firmware);
    struct loaded_file *file = find(firmware, (const uint8_t *)"etc/acpi/tables");
    for (uint32_t at = 36; at < load32(rsdt + 4); at += 4) {
        uint32_t address = load32(rsdt + at);
        assert_in_range(address, file->address, file->address + file->size - 36);
        if (memcmp(file->data + (address - file->address), signature, 4) == 0)
            return table_at(firmware, address, signature);
    }
    fail_msg("no %s in the RSDT", signature);
    return NULL;
}

static const struct acpi_config plain = { .topology = { 1, 2, 1 },
                                          .serial_ports = 1,
                                          .pci_hole_start = 0xc0000000,
                                          .pci_hole_end = 0xfec00000 };

static void build(void **state, struct firmware *firmware,
                  const struct acpi_config *config)
{
    struct fw_cfg_fixture *fixture = *state;
    struct error err = { 0 };
    assert_int_equal(acpi_build(fixture->fw_cfg, config, &err), 0);
    load(firmware, fixture);
}

static void test_tables_are_linked(void **state)
{
    struct firmware firmware = { 0 };
    build(state, &firmware, &plain);
    static const char *const signatures[] = { "FACP", "SSDT", "APIC", "WAET" };
    assert_int_equal(load32(rsdt_of(&firmware) + 4), 36 + 4 * 4);
    for (unsigned i = 0; i < 4; i++)
        table_in(&firmware, signatures[i]);

    const uint8_t *fadt = table_in(&firmware, "FACP");
    table_at(&firmware, load32(fadt + 40), "DSDT");
    const uint8_t *facs = table_at(&firmware, load32(fadt + 36), "FACS");
    assert_int_equal(load32(facs + 4), 64);
    assert_int_equal(load32(fadt + 36) % 64, 0);
    unload(&firmware);
}

static void test_fadt(void **state)
{
    struct firmware firmware = { 0 };
    build(state, &firmware, &plain);
    const uint8_t *fadt = table_in(&firmware, "FACP");
    assert_int_equal(load32(fadt + 4), 244);
    assert_int_equal(load16(fadt + 46), 9);
    assert_int_equal(load32(fadt + 48), 0xb2);
    assert_int_equal(load32(fadt + 56), 0x600);
    assert_int_equal(load32(fadt + 64), 0x604);
    assert_int_equal(load32(fadt + 76), 0x608);
    assert_int_equal(load32(fadt + 80), 0xafe0);
    assert_true(load32(fadt + 112) & 1u << 10); /* the reset register counts */
    assert_false(load32(fadt + 112) & 1u << 4); /* power button: fixed feature */
    assert_int_equal(fadt[116], 1);
    assert_int_equal(load64(fadt + 120), 0xcf9);
    assert_int_equal(fadt[128], 6);
    /* The two forms of each block's address agree. */
    static const uint16_t pairs[][2] = {
        { 56, 148 }, { 64, 172 }, { 76, 208 }, { 80, 220 }
    };
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
        assert_int_equal(load32(fadt + pairs[i][0]), load64(fadt + pairs[i][1] + 4));
    unload(&firmware);
}

static void count_madt(struct firmware *firmware, unsigned counts[5])
{
    const uint8_t *madt = table_in(firmware, "APIC");
    uint32_t length = load32(madt + 4);
    assert_int_equal(load32(madt + 36), 0xfee00000);
    uint32_t at = 44;
    while (at < length) {
        assert_true(madt[at] < 5);
        assert_true(madt[at + 1] >= 6 && at + madt[at + 1] <= length);
        if (madt[at] == 0) {
            assert_int_equal(madt[at + 2], counts[0]);
            assert_int_equal(madt[at + 3], counts[0]);
        } else if (madt[at] == 1) {
            assert_int_equal(load32(madt + at + 4), 0xfec00000);
            assert_int_equal(load32(madt + at + 8), 0);
        } else if (madt[at] == 2 && madt[at + 3] == 0) {
            assert_int_equal(load32(madt + at + 4), 2);
        } else if (madt[at] == 2) {
            assert_int_equal(load32(madt + at + 4), madt[at + 3]);
            assert_int_equal(load16(madt + at + 8), 0xd);
        }
        counts[madt[at]]++;
        at += madt[at + 1];
    }
    assert_int_equal(at, length);
}

static void check_cpus(void **state, unsigned cpus)
{
    struct firmware firmware = { 0 };
    struct acpi_config config = plain;
    config.topology = (struct cpu_topology){ 1, cpus, 1 };
    build(state, &firmware, &config);
    unsigned counts[5] = { 0 };
    count_madt(&firmware, counts);
    assert_int_equal(counts[0], cpus);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], 5);
    assert_int_equal(counts[4], 1);

    /* Scope (\_SB) with one Processor each, no byte more. */
    const uint8_t *ssdt = table_in(&firmware, "SSDT");
    uint32_t length = load32(ssdt + 4);
    assert_int_equal(ssdt[36], 0x10);
    assert_int_equal((ssdt[37] & 0xf) | ssdt[38] << 4, length - 37);
    assert_int_equal(length, 36 + 8 + cpus * 14);
    for (unsigned i = 0; i < cpus; i++) {
        const uint8_t *processor = ssdt + 44 + i * 14;
        char name[16];
        snprintf(name, sizeof(name), "C%03X", i);
        assert_memory_equal(processor, "\x5b\x83", 2);
        assert_memory_equal(processor + 4, name, 4);
        assert_int_equal(processor[8], i);
    }
    unload(&firmware);
}

static void test_one_cpu(void **state)
{
    check_cpus(state, 1);
}

static void test_most_cpus(void **state)
{
    check_cpus(state, ACPI_MAX_ID + 1);
}

/* The value of Name (name, ...) in the DSDT. */
static uint32_t name_value(const uint8_t *dsdt, const char *name)
{
    for (uint32_t i = 36; i + 10 < load32(dsdt + 4); i++) {
        if (dsdt[i] == 0x08 && memcmp(dsdt + i + 1, name, 4) == 0 &&
            dsdt[i + 5] == 0x0c)
            return load32(dsdt + i + 6);
    }
    fail_msg("no %s in the DSDT", name);
    return 0;
}

static void test_windows(void **state)
{
    struct firmware firmware = { 0 };
    struct acpi_config config = plain;
    config.pci_hole64_start = 0x4000000000;
    config.pci_hole64_end = 0x8000000000;
    build(state, &firmware, &config);
    const uint8_t *fadt = table_in(&firmware, "FACP");
    const uint8_t *dsdt = table_at(&firmware, load32(fadt + 40), "DSDT");
    assert_int_equal(name_value(dsdt, "HSTA"), 0xc0000000);
    assert_int_equal(name_value(dsdt, "HEND"), 0xfebfffff);
    assert_int_equal(name_value(dsdt, "XSTL"), 0);
    assert_int_equal(name_value(dsdt, "XSTH"), 0x40);
    assert_int_equal(name_value(dsdt, "XENL"), 0xffffffff);
    assert_int_equal(name_value(dsdt, "XENH"), 0x7f);
    unload(&firmware);
}

/* An AML integer of up to 32 bits at *at, which moves behind it. */
static uint32_t aml_integer(const uint8_t **at)
{
    static const unsigned widths[] = { [0x0a] = 1, [0x0b] = 2, [0x0c] = 4 };
    uint8_t opcode = *(*at)++;
    if (opcode <= 1)
        return opcode;
    assert_in_range(opcode, 0x0a, 0x0c);
    uint32_t value = (uint32_t)load_sized(*at, widths[opcode]);
    *at += widths[opcode];
    return value;
}

/* The interrupt links of the _PRT are those the board wires the pins to. */
static void test_interrupt_routes(void **state)
{
    struct firmware firmware = { 0 };
    build(state, &firmware, &plain);
    const uint8_t *fadt = table_in(&firmware, "FACP");
    const uint8_t *dsdt = table_at(&firmware, load32(fadt + 40), "DSDT");
    const uint8_t *at = dsdt + 36, *end = dsdt + load32(dsdt + 4);
    while (at < end - 8 && memcmp(at, "\x08_PRT\x12", 6) != 0)
        at++;
    at += 6;
    assert_int_equal(at[0] >> 6, 1); /* a package whose length takes two bytes */
    assert_true(at + ((at[0] & 0xf) | at[1] << 4) <= end);
    at += 2;
    assert_int_equal(*at++, 128);
    for (unsigned i = 0; i < 128; i++) {
        unsigned slot = i / 4, pin = i % 4;
        assert_int_equal(*at, 0x12);
        const uint8_t *next = at + 1 + at[1];
        at += 2;
        assert_int_equal(*at++, 4);
        assert_int_equal(aml_integer(&at), slot << 16 | 0xffff);
        assert_int_equal(aml_integer(&at), pin);
        while (*at == '\\' || *at == '^' || memcmp(at, "_SB_", 4) == 0)
            at += *at == '_' ? 4 : 1;
        /* Pin A of slot 1 is the power management function's, wired to SCI. */
        char link = (char)('A' + pci_bus_pirq((uint8_t)(slot << 3), pin + 1));
        char name[5] = { 'L', 'N', 'K', slot == 1 && pin == 0 ? 'S' : link, 0 };
        assert_memory_equal(at, name, 4);
        assert_int_equal(at[4], 0);
        assert_ptr_equal(at + 5, next);
        at = next;
    }
    unload(&firmware);
}

static int write_table(const char *path, const uint8_t *table)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return -1;
    size_t written = fwrite(table, 1, load32(table + 4), file);
    return fclose(file) || written != load32(table + 4) ? -1 : 0;
}

/* What a disassembler thinks of every table as the guest has it. */
static void test_disassembles(void **state)
{
    if (system("iasl -v >/dev/null 2>&1") != 0)
        skip();
    struct firmware firmware = { 0 };
    build(state, &firmware, &plain);
    const uint8_t *fadt = table_in(&firmware, "FACP");
    const uint8_t *tables[] = { fadt, table_at(&firmware, load32(fadt + 40), "DSDT"),
                                table_in(&firmware, "SSDT"),
                                table_in(&firmware, "APIC"),
                                table_in(&firmware, "WAET") };
    char directory[] = "/tmp/igdvm-acpi-XXXXXX";
    assert_non_null(mkdtemp(directory));
    for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
        char path[64], command[256];
        snprintf(path, sizeof(path), "%s/table.dat", directory);
        assert_int_equal(write_table(path, tables[i]), 0);
        snprintf(command, sizeof(command),
                 "cd %s && iasl -d table.dat >log 2>&1 && ! grep -E -i "
                 "'error|warning|invalid|incorrect' log table.dsl",
                 directory);
        assert_int_equal(system(command), 0);
    }
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", directory);
    assert_int_equal(system(command), 0);
    unload(&firmware);
}

static void test_refusals(void **state)
{
    struct fw_cfg_fixture *fixture = *state;
    struct error err = { 0 };
    struct acpi_config config = plain;
    config.topology.cores = 0;
    assert_int_equal(acpi_build(fixture->fw_cfg, &config, &err), -EINVAL);
    config.topology = (struct cpu_topology){ 1, ACPI_MAX_ID + 2, 1 };
    assert_int_equal(acpi_build(fixture->fw_cfg, &config, &err), -EINVAL);
    assert_non_null(strstr(err.text, "256 processors in 1 sockets of 256 cores"));
    config = plain;
    config.pci_hole_end = config.pci_hole_start;
    assert_int_equal(acpi_build(fixture->fw_cfg, &config, &err), -EINVAL);
    config = plain;
    config.pci_hole64_end = 0x100;
    assert_int_equal(acpi_build(fixture->fw_cfg, &config, &err), -EINVAL);
    config.pci_hole64_start = 5 * GIB;
    assert_int_equal(acpi_build(fixture->fw_cfg, &config, &err), -EINVAL);
    /* Nothing was left behind; and there is only one set of tables. */
    assert_int_equal(acpi_build(fixture->fw_cfg, &plain, &err), 0);
    assert_int_equal(acpi_build(fixture->fw_cfg, &plain, &err), -EEXIST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define ACPI_TEST(name) \
    cmocka_unit_test_setup_teardown(name, fw_cfg_fixture_setup, fw_cfg_fixture_teardown)
        ACPI_TEST(test_tables_are_linked), ACPI_TEST(test_fadt),
        ACPI_TEST(test_one_cpu),           ACPI_TEST(test_most_cpus),
        ACPI_TEST(test_interrupt_routes),  ACPI_TEST(test_windows),
        ACPI_TEST(test_disassembles),      ACPI_TEST(test_refusals),
    };
    return cmocka_run_group_tests_name("acpi", tests, NULL, NULL);
}
