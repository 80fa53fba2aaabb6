/*
 * assigned.c: the UEFI option ROM of an assigned GPU. It places the OpRegion and stolen
 * memory, as SeaBIOS does for guests that boot by BIOS (src/fw/pciinit.c), and is done:
 * it takes no device, which is left to drivers, of a ROM behind this one, too.
 */
#include "../uefi/fw_cfg.h"    /* how much stolen memory */
#include "../uefi/placement.h" /* memory */

#define BDSM       0x5c /* of Gen6 to Gen9; the VMM takes it there for later ones, too */
#define ASLS       0xfc /* Intel's OpRegion specification, 0.7 */
#define MIB        0x100000u
#define STOLEN_MAX 0x80000000u /* more does not fit below 4 GiB */

static const struct efi_guid loaded_guid = EFI_LOADED_IMAGE_GUID;
static const struct efi_guid pci_guid = EFI_PCI_IO_GUID;

/* Bytes to set aside, of etc/igd-bdsm-size; 0: none. */
static uint32_t stolen_size(void)
{
    uint64_t size = 0;
    if (fw_cfg_open("etc/igd-bdsm-size") != sizeof(size))
        return 0;
    fw_cfg_read(&size, sizeof(size));
    return size <= STOLEN_MAX && size % MIB == 0 ? (uint32_t)size : 0;
}

static void place_stolen(const struct efi_boot_services *boot, struct efi_pci_io *pci)
{
    uint64_t base;
    uint32_t size = stolen_size();
    if (size && placement_stolen(boot, size, &base) == EFI_SUCCESS)
        pci->write_config(pci, EFI_WIDTH_32, BDSM, 1, &base);
}

efi_status EFIAPI image_entry(efi_handle image, struct efi_system_table *table)
{
    const struct efi_boot_services *boot = table->boot;
    struct efi_loaded_image *loaded;
    struct efi_pci_io *pci;
    efi_status status = boot->open_protocol(image, &loaded_guid, (void **)&loaded,
                                            image, NULL, EFI_OPEN_GET);
    if (status == EFI_SUCCESS)
        status = boot->open_protocol(loaded->device, &pci_guid, (void **)&pci, image,
                                     NULL, EFI_OPEN_GET);
    if (status != EFI_SUCCESS)
        return status;
    uint32_t opregion = placement_opregion(boot);
    if (opregion)
        pci->write_config(pci, EFI_WIDTH_32, ASLS, 1, &opregion);
    place_stolen(boot, pci);
    return EFI_SUCCESS;
}
