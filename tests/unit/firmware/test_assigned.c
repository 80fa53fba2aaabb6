/* test_assigned.c: the UEFI option ROM of an assigned GPU, on a pretended UEFI. */
#include "../../../firmware/uefi/fw_cfg.h" /* what is pretended */
#include "../../../firmware/uefi/uefi.h"   /* likewise */

#include "base/bytes.h"           /* MIB */
#include "igd/rom_check.h"        /* what `igdvm rom check` finds */
#include "machine/assigned_rom.h" /* the ROM as it is built */

#include <stdlib.h>   /* calloc */
#include <string.h>   /* memcmp */
#include <sys/mman.h> /* memory below 4 GiB */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

#define OPREGION_SIZE 0x2400u
#define FILES         2
#define BLOCKS        2

/* What fw_cfg has, what the firmware gave away, and what was written to the device. */
static struct {
    struct {
        const char *name;
        const uint8_t *data;
        uint32_t size;
    } files[FILES], *opened;
    size_t at;
    struct {
        uint8_t *at;
        size_t size;
        int type;
        uint64_t freed; /* bytes given back at either end */
    } blocks[BLOCKS];
    unsigned block_count;
    bool refuses_memory;
    uint32_t config[64];
    struct efi_boot_services boot;
    struct efi_pci_io pci;
    struct efi_loaded_image loaded;
    struct efi_system_table table;
} uefi;

uint32_t fw_cfg_open(const char *name)
{
    for (unsigned i = 0; i < FILES; i++) {
        if (uefi.files[i].name && !strcmp(uefi.files[i].name, name)) {
            uefi.opened = &uefi.files[i];
            uefi.at = 0;
            return uefi.files[i].size;
        }
    }
    return 0;
}

void fw_cfg_read(void *to, size_t size)
{
    assert_true(uefi.at + size <= uefi.opened->size);
    memcpy(to, uefi.opened->data + uefi.at, size);
    uefi.at += size;
}

static efi_status EFIAPI allocate_pages(int how, int type, size_t pages,
                                        uint64_t *address)
{
    size_t size = pages * EFI_PAGE_SIZE;
    assert_int_equal(how, EFI_ALLOCATE_MAX_ADDRESS);
    assert_int_equal(*address, UINT32_MAX);
    if (uefi.refuses_memory)
        return EFI_OUT_OF_RESOURCES;
    uint8_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_32BIT, -1, 0);
    assert_ptr_not_equal(at, MAP_FAILED);
    assert_true(uefi.block_count < BLOCKS);
    uefi.blocks[uefi.block_count].at = at;
    uefi.blocks[uefi.block_count].size = size;
    uefi.blocks[uefi.block_count++].type = type;
    *address = (uintptr_t)at;
    return EFI_SUCCESS;
}

static efi_status EFIAPI free_pages(uint64_t address, size_t pages)
{
    uint64_t size = pages * EFI_PAGE_SIZE;
    for (unsigned i = 0; i < uefi.block_count; i++) {
        uint64_t start = (uintptr_t)uefi.blocks[i].at;
        if (address >= start && address + size <= start + uefi.blocks[i].size) {
            assert_true(address == start ||
                        address + size == start + uefi.blocks[i].size);
            uefi.blocks[i].freed += size;
            return EFI_SUCCESS;
        }
    }
    fail_msg("what was not allocated is freed");
    return EFI_INVALID_PARAMETER;
}

static efi_status EFIAPI open_protocol(efi_handle handle, const struct efi_guid *guid,
                                       void **interface, efi_handle agent,
                                       efi_handle controller, uint32_t attributes)
{
    static const struct efi_guid loaded = EFI_LOADED_IMAGE_GUID;
    static const struct efi_guid pci = EFI_PCI_IO_GUID;
    assert_ptr_equal(agent, &uefi); /* the image */
    assert_null(controller);
    assert_int_equal(attributes, EFI_OPEN_GET); /* the device is left to drivers */
    if (handle == &uefi && !memcmp(guid, &loaded, sizeof(loaded)))
        *interface = &uefi.loaded;
    else if (handle && handle == uefi.loaded.device && !memcmp(guid, &pci, sizeof(pci)))
        *interface = &uefi.pci;
    else
        return EFI_UNSUPPORTED;
    return EFI_SUCCESS;
}

static efi_status EFIAPI write_config(struct efi_pci_io *pci, int width,
                                      uint32_t offset, size_t count, void *buffer)
{
    assert_ptr_equal(pci, &uefi.pci);
    assert_int_equal(width, EFI_WIDTH_32);
    assert_int_equal(count, 1);
    assert_true(offset < 0x100 && offset % 4 == 0);
    memcpy(&uefi.config[offset / 4], buffer, 4);
    return EFI_SUCCESS;
}

static int setup(void **state)
{
    (void)state;
    memset(&uefi, 0, sizeof(uefi));
    uefi.boot.allocate_pages = allocate_pages;
    uefi.boot.free_pages = free_pages;
    uefi.boot.open_protocol = open_protocol;
    uefi.pci.write_config = write_config;
    uefi.loaded.device = &uefi.pci;
    uefi.table.boot = &uefi.boot;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < uefi.block_count; i++)
        munmap(uefi.blocks[i].at, uefi.blocks[i].size);
    return 0;
}

static void give(unsigned number, const char *name, const void *data, uint32_t size)
{
    uefi.files[number].name = name;
    uefi.files[number].data = data;
    uefi.files[number].size = size;
}

static void run(void)
{
    assert_int_equal(image_entry(&uefi, &uefi.table), EFI_SUCCESS);
}

#define ASLS uefi.config[0xfc / 4]
#define BDSM uefi.config[0x5c / 4]

static void test_places_both(void **state)
{
    (void)state;
    uint8_t opregion[OPREGION_SIZE];
    uint64_t size = 64 * MIB;
    for (unsigned i = 0; i < sizeof(opregion); i++)
        opregion[i] = (uint8_t)(i * 7);
    give(0, "etc/igd-opregion", opregion, sizeof(opregion));
    give(1, "etc/igd-bdsm-size", &size, sizeof(size));
    run();
    assert_int_equal(uefi.block_count, 2);
    assert_int_equal(ASLS, (uintptr_t)uefi.blocks[0].at);
    assert_int_equal(uefi.blocks[0].type, EFI_ACPI_MEMORY_NVS);
    assert_int_equal(uefi.blocks[0].size, 0x3000);
    assert_memory_equal(uefi.blocks[0].at, opregion, sizeof(opregion));
    assert_int_equal(BDSM % MIB, 0);
    assert_in_range(BDSM, (uintptr_t)uefi.blocks[1].at,
                    (uintptr_t)uefi.blocks[1].at + MIB);
    assert_int_equal(uefi.blocks[1].type, EFI_RESERVED_MEMORY);
    assert_int_equal(uefi.blocks[1].size - uefi.blocks[1].freed, size);
}

static void test_places_nothing(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 0, MIB - 1, 4096 * MIB, UINT64_MAX };
    uint8_t opregion[OPREGION_SIZE] = { 0 };
    run(); /* no files */
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        give(1, "etc/igd-bdsm-size", &sizes[i], 8);
        run();
    }
    give(1, "etc/igd-bdsm-size", "\0\0\1", 4);
    run();
    give(0, "etc/igd-opregion", opregion, 0x10001);
    run();
    give(0, "etc/igd-opregion", opregion, sizeof(opregion));
    uefi.refuses_memory = true;
    run();
    assert_int_equal(uefi.block_count, 0);
    assert_int_equal(ASLS, 0);
    assert_int_equal(BDSM, 0);
    /* Run by hand, from a disk: there is no device. */
    uefi.loaded.device = NULL;
    assert_int_equal(image_entry(&uefi, &uefi.table), EFI_UNSUPPORTED);
}

static void test_rom(void **state)
{
    (void)state;
    struct igd_rom_report report;
    igd_rom_check(assigned_rom, assigned_rom_size, 0x1912, &report);
    assert_int_equal(report.image_count, 1);
    assert_true(report.uefi);
    assert_int_equal(report.images[0].size, assigned_rom_size);
    assert_true(assigned_rom_size <= 8 * KIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_places_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_nothing, setup, teardown),
        cmocka_unit_test(test_rom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
