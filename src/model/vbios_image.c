/* vbios_image.c: fits a copy of the built-in VBIOS to a board. */
#include "model/vbios_image.h"

#include "base/bytes.h"      /* loads, stores, byte_sum */
#include "igd/platform.h"    /* how the chip is laid out */
#include "model/chips.h"     /* the chip */
#include "model/traits.h"    /* which planes it has */
#include "model/vbios_rom.h" /* the image */

/* Places in the image, as firmware/vbios/header.S lays it out. */
#define CHECKSUM     0x06
#define PCIR_POINTER 0x18
#define PCIR_DEVICE  0x06 /* in the PCI data structure */
#define LPC_ID       0x28
#define SAVED_BDSM   0x2c
#define GMS_SHIFT    0x30
#define GMS_MASK     0x31
#define PTE_SIZE     0x32
#define FONT_SIZE    4096u
#define FONT         0x34 /* u16: where it is */
#define GMS_CODES    0x33 /* which codes have small steps: 0 none, 1 F0 on, 2 11 on */
#define PLANE_FORM   0x36 /* of the planes' registers: 0 up to Gen8, 1 Gen9 */

size_t vbios_image_size(void)
{
    return vbios_rom_size;
}

const uint8_t *vbios_image_font(void)
{
    uint16_t at = load16(vbios_rom + FONT);
    return range_inside(at, FONT_SIZE, vbios_rom_size) ? vbios_rom + at : NULL;
}

size_t vbios_image_build(const struct vbios_image_options *options, uint8_t *rom,
                         size_t capacity)
{
    size_t size = vbios_rom_size;
    const struct igd_platform *platform = igd_platform_find(options->chip->name);
    if (size > capacity || !platform)
        return 0;
    bool narrow = platform->ggc == IGD_GGC_GEN6 || platform->ggc == IGD_GGC_CHV;
    memcpy(rom, vbios_rom, size);
    store16(rom + load16(rom + PCIR_POINTER) + PCIR_DEVICE, options->chip->device_id);
    store32(rom + LPC_ID, options->lpc_id);
    store32(rom + SAVED_BDSM, options->saved_bdsm);
    rom[GMS_SHIFT] = narrow ? 3 : 8;
    rom[GMS_MASK] = narrow ? 0x1f : 0xff;
    rom[PTE_SIZE] = platform->pte_size;
    rom[GMS_CODES] = platform->ggc == IGD_GGC_GEN9  ? 1
                     : platform->ggc == IGD_GGC_CHV ? 2
                                                    : 0;
    rom[PLANE_FORM] = options->chip->traits & ON_GEN9_UP ? 1 : 0;
    rom[CHECKSUM] = 0;
    rom[CHECKSUM] = (uint8_t)-byte_sum(rom, size);
    return size;
}
