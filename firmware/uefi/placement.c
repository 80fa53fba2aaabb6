/* placement.c: memory set aside as stolen memory, and an OpRegion put up. */
#include "placement.h"

#include "fw_cfg.h" /* the OpRegion's bytes */

#define MIB          0x100000u
#define BELOW_4G     0xffffffffu
#define OPREGION_MAX 0x10000u

efi_status placement_stolen(const struct efi_boot_services *boot, uint32_t size,
                            uint64_t *base)
{
    uint64_t start = BELOW_4G;
    size_t pages = ((size_t)size + MIB) / EFI_PAGE_SIZE;
    efi_status status = boot->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS,
                                             EFI_RESERVED_MEMORY, pages, &start);
    if (status != EFI_SUCCESS)
        return status;
    *base = (start + MIB - 1) & ~(uint64_t)(MIB - 1);
    /* Give back what lies around it. */
    size_t before = (size_t)(*base - start) / EFI_PAGE_SIZE;
    if (before)
        boot->free_pages(start, before);
    boot->free_pages(*base + size, MIB / EFI_PAGE_SIZE - before);
    return EFI_SUCCESS;
}

uint32_t placement_opregion(const struct efi_boot_services *boot)
{
    uint64_t base = BELOW_4G;
    uint32_t size = fw_cfg_open("etc/igd-opregion");
    if (!size || size > OPREGION_MAX)
        return 0;
    size_t pages = (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
    if (boot->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_ACPI_MEMORY_NVS, pages,
                             &base) != EFI_SUCCESS)
        return 0;
    fw_cfg_read((void *)(uintptr_t)base, size);
    return (uint32_t)base;
}
