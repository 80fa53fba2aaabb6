/*
 * placement.h: stolen memory and the OpRegion, for which a PC's firmware sets memory
 * aside before it runs a graphics driver. In a virtual machine SeaBIOS does; OVMF does
 * not.
 */
#ifndef UEFI_PLACEMENT_H
#define UEFI_PLACEMENT_H

#include "uefi.h" /* interfaces */

/* So many bytes, whole MiB, from the top of memory below 4 GiB, on a whole MiB. */
efi_status placement_stolen(const struct efi_boot_services *boot, uint32_t size,
                            uint64_t *base);

/* The OpRegion of etc/igd-opregion, for ASLS; 0: none was handed over, or no room. */
uint32_t placement_opregion(const struct efi_boot_services *boot);

#endif
