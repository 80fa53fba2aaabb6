/* option_rom.h: the chain of images in a PCI expansion ROM. */
#ifndef PCI_OPTION_ROM_H
#define PCI_OPTION_ROM_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* registers */

struct error;

/* The header of an image (PCI Firmware Specification 3.0, 5.1; UEFI 2.x, 14.4.2). */
#define OPTION_ROM_SIGNATURE     0xaa55
#define OPTION_ROM_SIZE          0x02 /* in units of 512 bytes: u8 (PC-AT), u16 (UEFI) */
#define OPTION_ROM_ENTRY         0x03 /* PC-AT: where the firmware calls */
#define OPTION_ROM_PCIR          0x18 /* u16: offset of the PCI data structure */
#define OPTION_ROM_HEADER        0x1a /* bytes up to and with the PCIR pointer */
#define OPTION_ROM_UNIT          512
#define OPTION_ROM_EFI_SIGNATURE 0x0ef1 /* u32 at offset 4 of a UEFI image */

/* The PCI data structure, from its "PCIR" on. */
#define OPTION_ROM_PCIR_VENDOR    0x04
#define OPTION_ROM_PCIR_DEVICE    0x06
#define OPTION_ROM_PCIR_LENGTH    0x0a /* of the structure itself */
#define OPTION_ROM_PCIR_CLASS     0x0d /* 3 bytes */
#define OPTION_ROM_PCIR_IMAGE     0x10 /* u16: image length in units of 512 bytes */
#define OPTION_ROM_PCIR_CODE_TYPE 0x14
#define OPTION_ROM_PCIR_INDICATOR 0x15 /* bit 7: the last image */
#define OPTION_ROM_PCIR_MINIMUM   0x18 /* bytes of the structure that must be there */
#define OPTION_ROM_LAST           0x80

#define OPTION_ROM_CODE_PC_AT 0
#define OPTION_ROM_CODE_UEFI  3

/* One image; offsets count from the start of the ROM. */
struct option_rom_image {
    uint32_t offset;
    uint32_t length;     /* bytes to the next image */
    uint32_t size;       /* bytes that the header's size field claims; what is summed */
    uint32_t pcir;       /* offset of the PCI data structure */
    uint32_t class_code; /* 23:16 class, 15:8 subclass, 7:0 interface */
    uint16_t vendor, device;
    uint8_t code_type;
    bool last; /* its indicator says that no image follows */
};

/*
 * Read the image at `offset`. Reads nothing outside [rom, rom + size). 0, or -EINVAL
 * with err naming the offset, what it holds and what was expected.
 */
int option_rom_read(const uint8_t *rom, size_t size, uint32_t offset,
                    struct option_rom_image *image, struct error *err);

/*
 * Replace *image by the one after it. 1: done; 0: the chain ends here, because the
 * indicator says so or because nothing with a signature follows (firmware reads it so
 * too); -EINVAL with err: an image follows and is damaged.
 */
int option_rom_next(const uint8_t *rom, size_t size, struct option_rom_image *image,
                    struct error *err);

/*
 * For reading a ROM in steps: with the first `have` of `size` bytes in hand, how many
 * must be there to follow the chain of images further. No more than `have`: that many
 * hold all images. `size`, when the chain is damaged or odd.
 */
size_t option_rom_wanted(const uint8_t *rom, size_t have, size_t size);

#endif
