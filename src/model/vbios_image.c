/* vbios_image.c: fits a copy of the built-in VBIOS to a board. */
#include "model/vbios_image.h"

#include "base/bytes.h"      /* loads, stores, byte_sum */
#include "model/vbios_rom.h" /* the image */

/* Places in the image, as firmware/vbios/header.S lays it out. */
#define CHECKSUM     0x06
#define PCIR_POINTER 0x18
#define PCIR_DEVICE  0x06 /* in the PCI data structure */
#define LPC_ID       0x28
#define SAVED_BDSM   0x2c

size_t vbios_image_size(void)
{
    return vbios_rom_size;
}

size_t vbios_image_build(const struct vbios_image_options *options, uint8_t *rom,
                         size_t capacity)
{
    size_t size = vbios_rom_size;
    if (size > capacity)
        return 0;
    memcpy(rom, vbios_rom, size);
    store16(rom + load16(rom + PCIR_POINTER) + PCIR_DEVICE, options->device_id);
    store32(rom + LPC_ID, options->lpc_id);
    store32(rom + SAVED_BDSM, options->saved_bdsm);
    rom[CHECKSUM] = 0;
    rom[CHECKSUM] = (uint8_t)-byte_sum(rom, size);
    return size;
}
