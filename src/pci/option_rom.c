/* option_rom.c: the chain of images in a PCI expansion ROM. */
#include "pci/option_rom.h"

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* error_set */

/* The offset of the image's PCI data structure, or -EINVAL. */
static int64_t find_pcir(const uint8_t *rom, size_t size, uint32_t offset,
                         struct error *err)
{
    uint16_t pointer = load16(rom + offset + OPTION_ROM_PCIR);
    uint64_t pcir = (uint64_t)offset + pointer;
    if (pointer < OPTION_ROM_HEADER ||
        !range_inside(pcir, OPTION_ROM_PCIR_MINIMUM, size))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ROM image at 0x%x: the pointer to the PCI data structure "
                         "(offset 0x%x) is 0x%x, expected 0x%x or more and inside the "
                         "%zu bytes there are",
                         offset, offset + OPTION_ROM_PCIR, pointer, OPTION_ROM_HEADER,
                         size);
    if (memcmp(rom + pcir, "PCIR", 4) != 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ROM image at 0x%x: no PCI data structure at 0x%x: found "
                         "%02x %02x %02x %02x, expected \"PCIR\"",
                         offset, (unsigned)pcir, rom[pcir], rom[pcir + 1],
                         rom[pcir + 2], rom[pcir + 3]);
    return (int64_t)pcir;
}

int option_rom_read(const uint8_t *rom, size_t size, uint32_t offset,
                    struct option_rom_image *image, struct error *err)
{
    if (!range_inside(offset, OPTION_ROM_HEADER, size))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ROM image at 0x%x: the ROM ends at 0x%zx, before the end of "
                         "the image's header",
                         offset, size);
    uint16_t signature = load16(rom + offset);
    if (signature != OPTION_ROM_SIGNATURE)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ROM image at 0x%x: signature is %02x %02x, expected 55 aa",
                         offset, rom[offset], rom[offset + 1]);
    int64_t found = find_pcir(rom, size, offset, err);
    if (found < 0)
        return (int)found;

    const uint8_t *pcir = rom + found;
    uint8_t code_type = pcir[OPTION_ROM_PCIR_CODE_TYPE];
    uint32_t units = code_type == OPTION_ROM_CODE_UEFI
                         ? load16(rom + offset + OPTION_ROM_SIZE)
                         : rom[offset + OPTION_ROM_SIZE];
    uint32_t length_units = load16(pcir + OPTION_ROM_PCIR_IMAGE);
    /* Old images leave the second length out. */
    if (!length_units)
        length_units = units;
    *image = (struct option_rom_image){
        .offset = offset,
        .length = length_units * OPTION_ROM_UNIT,
        .size = units * OPTION_ROM_UNIT,
        .pcir = (uint32_t)found,
        .class_code = load16(pcir + OPTION_ROM_PCIR_CLASS) |
                      (uint32_t)pcir[OPTION_ROM_PCIR_CLASS + 2] << 16,
        .vendor = load16(pcir + OPTION_ROM_PCIR_VENDOR),
        .device = load16(pcir + OPTION_ROM_PCIR_DEVICE),
        .code_type = code_type,
        .last = pcir[OPTION_ROM_PCIR_INDICATOR] & OPTION_ROM_LAST,
    };
    if (!units)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ROM image at 0x%x: its size (offset 0x%x) is 0", offset,
                         offset + OPTION_ROM_SIZE);
    if (!range_inside(offset, image->size, size))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "ROM image at 0x%x: its size (offset 0x%x) says %u bytes, but "
                         "the ROM ends at 0x%zx: is the file cut off?",
                         offset, offset + OPTION_ROM_SIZE, image->size, size);
    if (!range_inside(image->pcir - offset, OPTION_ROM_PCIR_MINIMUM, image->size))
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "ROM image at 0x%x: the PCI data structure at 0x%x lies beyond "
            "the image, which ends at 0x%x",
            offset, image->pcir, offset + image->size);
    if (!range_inside(offset, image->length, size))
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "ROM image at 0x%x: its length (offset 0x%x) says %u bytes, but "
            "the ROM ends at 0x%zx: is the file cut off?",
            offset, image->pcir + OPTION_ROM_PCIR_IMAGE, image->length, size);
    return 0;
}

int option_rom_next(const uint8_t *rom, size_t size, struct option_rom_image *image,
                    struct error *err)
{
    uint32_t offset = image->offset + image->length;
    if (image->last || !range_inside(offset, 2, size) ||
        load16(rom + offset) != OPTION_ROM_SIGNATURE)
        return 0;
    int ret = option_rom_read(rom, size, offset, image, err);
    return ret < 0 ? ret : 1;
}

/* Whole units up to `end`, and no more than there is. */
static size_t whole_units(uint64_t end, size_t size)
{
    uint64_t units = (end + OPTION_ROM_UNIT - 1) / OPTION_ROM_UNIT;
    return units * OPTION_ROM_UNIT < size ? (size_t)units * OPTION_ROM_UNIT : size;
}

size_t option_rom_wanted(const uint8_t *rom, size_t have, size_t size)
{
    struct option_rom_image image = { 0 };
    uint64_t offset = 0, end = 0;

    while (!image.last && range_inside(offset, OPTION_ROM_HEADER, size)) {
        if (offset + OPTION_ROM_HEADER > have)
            return whole_units(offset + OPTION_ROM_HEADER, size);
        if (offset && load16(rom + offset) != OPTION_ROM_SIGNATURE)
            return end;
        uint64_t pcir = offset + load16(rom + offset + OPTION_ROM_PCIR);
        if (range_inside(pcir, OPTION_ROM_PCIR_MINIMUM, size) &&
            pcir + OPTION_ROM_PCIR_MINIMUM > have)
            return whole_units(pcir + OPTION_ROM_PCIR_MINIMUM, size);
        /* Looks at the header and this structure, both of which are there. */
        if (option_rom_read(rom, size, (uint32_t)offset, &image, NULL) < 0)
            return size;
        uint64_t claimed = image.size > image.length ? image.size : image.length;
        if (offset + claimed > end)
            end = offset + claimed;
        offset += image.length;
    }
    return image.last || offset == size ? (size_t)end : size;
}
