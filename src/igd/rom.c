/* rom.c: checks the video BIOS, and patches it for a guest. */
#include "igd/rom.h"

#include "base/bytes.h"     /* loads, byte_sum */
#include "base/error.h"     /* error_set */
#include "pci/option_rom.h" /* the chain of images */
#include "pci/regs.h"       /* PCI_VENDOR_INTEL */

/* The byte that makes the sum zero, after the entry jump: free for that. */
#define CHECKSUM_BYTE 0x06

int igd_rom_parse(const uint8_t *rom, size_t size, struct igd_rom *info,
                  struct error *err)
{
    struct option_rom_image image;
    int ret = option_rom_read(rom, size, 0, &image, err);
    if (ret < 0)
        return ret;
    *info = (struct igd_rom){
        .image_size = image.size,
        .vendor = image.vendor,
        .device = image.device,
        .code_type = image.code_type,
        .checksum = byte_sum(rom, image.size),
    };
    do {
        info->images++;
        info->has_uefi |= image.code_type == OPTION_ROM_CODE_UEFI;
        /* The two fields may differ; what either claims is kept. */
        uint32_t claimed = image.size > image.length ? image.size : image.length;
        if (image.offset + claimed > info->chain_size)
            info->chain_size = image.offset + claimed;
        ret = option_rom_next(rom, size, &image, err);
    } while (ret > 0);
    if (ret < 0)
        return ret;
    if (info->chain_size > IGD_ROM_MAX)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "the ROM's images take %u bytes, expected at most %u",
                         info->chain_size, IGD_ROM_MAX);
    return 0;
}

/*
 * How a Gen6 to Gen9 VBIOS gets at BDSM: if its saved copy is not zero it takes that,
 * else it asks the PCI BIOS for register 5Eh of 00:02.0. In words: cmp dword cs:[d], 0;
 * jz or jnz; mov eax, cs:[d]; jmp; mov ax, 105Eh. A shadowed ROM is the one that ran on
 * the host, so the saved copy holds the host's BDSM. Described with QEMU hw/vfio/igd.c.
 */
static const struct {
    uint8_t value, mask;
} bdsm_load[] = {
    { 0x00, 0x00 }, { 0x00, 0x00 }, { 0x83, 0xff }, { 0x3e, 0xff }, /* cmp dword cs: */
    { 0x00, 0x00 }, { 0x00, 0x00 }, { 0x00, 0xff },                 /* [d], 0 */
    { 0x74, 0xfe }, { 0x00, 0x00 },                                 /* jz or jnz */
    { 0x00, 0x00 }, { 0x00, 0x00 }, { 0xa1, 0xff },                 /* mov eax, cs: */
    { 0x00, 0x00 }, { 0x00, 0x00 },                                 /* [d] */
    { 0xeb, 0xff }, { 0x00, 0x00 },                                 /* jmp */
    { 0xb8, 0xff }, { 0x5e, 0xff }, { 0x10, 0xff },                 /* mov ax, 105Eh */
};

#define BDSM_LOAD_FIRST_D         4
#define BDSM_LOAD_SECOND_D        12
#define BDSM_LOAD_FIRST_PREFIXES  0
#define BDSM_LOAD_SECOND_PREFIXES 9

/* 32-bit operand and CS override: assemblers differ in the order. */
static bool prefixes(const uint8_t *at)
{
    return (at[0] == 0x66 && at[1] == 0x2e) || (at[0] == 0x2e && at[1] == 0x66);
}

static bool matches(const uint8_t *at)
{
    if (!prefixes(at + BDSM_LOAD_FIRST_PREFIXES) ||
        !prefixes(at + BDSM_LOAD_SECOND_PREFIXES))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(bdsm_load); i++) {
        if ((at[i] & bdsm_load[i].mask) != bdsm_load[i].value)
            return false;
    }
    return load16(at + BDSM_LOAD_FIRST_D) == load16(at + BDSM_LOAD_SECOND_D);
}

/*
 * The offset of the saved BDSM in an image, or 0: not found, found more than once, or
 * not at a place where data can be.
 */
static uint32_t find_saved_bdsm(const uint8_t *image, uint32_t size, uint32_t pcir)
{
    uint32_t code = 0;
    for (uint32_t i = 0; i + ARRAY_SIZE(bdsm_load) <= size; i++) {
        if (!matches(image + i))
            continue;
        if (code)
            return 0;
        code = i;
    }
    if (!code)
        return 0;
    uint16_t saved = load16(image + code + BDSM_LOAD_FIRST_D);
    if (saved < OPTION_ROM_HEADER || !range_inside(saved, 4, size) ||
        ranges_overlap(saved, 4, code, ARRAY_SIZE(bdsm_load)) ||
        ranges_overlap(saved, 4, pcir, OPTION_ROM_PCIR_MINIMUM))
        return 0;
    return saved;
}

int igd_rom_prepare(uint8_t *rom, size_t size, uint16_t device_id,
                    struct igd_rom_changes *changes, struct error *err)
{
    struct option_rom_image image;
    *changes = (struct igd_rom_changes){ 0 };
    int ret = option_rom_read(rom, size, 0, &image, err);
    if (ret < 0)
        return ret;
    if (image.code_type != OPTION_ROM_CODE_PC_AT)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "the first ROM image has code type %u, expected 0, a PC-AT VBIOS",
            image.code_type);
    if (image.vendor == PCI_VENDOR_INTEL && image.device != device_id) {
        store16(rom + image.pcir + OPTION_ROM_PCIR_DEVICE, device_id);
        changes->device_id = true;
    }
    uint32_t saved = find_saved_bdsm(rom, image.size, image.pcir);
    if (saved && load32(rom + saved)) {
        store32(rom + saved, 0);
        changes->saved_bdsm = true;
        changes->saved_bdsm_offset = saved;
    }
    uint8_t sum = byte_sum(rom, image.size);
    if (sum) {
        rom[CHECKSUM_BYTE] = (uint8_t)(rom[CHECKSUM_BYTE] - sum);
        changes->checksum = true;
    }
    return 0;
}
