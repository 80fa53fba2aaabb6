/* rom_fuzz.c: any bytes as an option ROM. */
#include "fuzz.h" /* must */

#include "igd/rom.h" /* the target */

#include "base/bytes.h"     /* byte_sum */
#include "base/error.h"     /* struct error */
#include "pci/option_rom.h" /* code types, reading in steps */

/* How much of a ROM is read in steps; each sees no more than was read before. */
static size_t read_in_steps(const uint8_t *data, size_t size)
{
    size_t have = 0, wanted;
    for (;;) {
        uint8_t *copy = malloc(have);
        memcpy(copy, data, have);
        wanted = option_rom_wanted(copy, have, size);
        free(copy);
        must(wanted <= size);
        if (wanted <= have)
            return wanted;
        have = wanted;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct igd_rom info = { 0 };
    struct igd_rom again = { 0 };
    struct igd_rom_changes changes;
    struct error err = { 0 };

    size_t used = read_in_steps(data, size);
    if (igd_rom_parse(data, size, &info, &err) < 0) {
        must(used == size || igd_rom_parse(data, used, &again, NULL) < 0);
        must(err.kind == ERROR_INPUT && err.text[0] && !strchr(err.text, '\n'));
        return 0;
    }
    must(info.images >= 1 && info.image_size && info.image_size <= info.chain_size);
    must(info.chain_size <= size && info.chain_size <= IGD_ROM_MAX);
    must(igd_rom_parse(data, used, &again, NULL) == 0);
    must(memcmp(&again, &info, sizeof(info)) == 0);

    /* The chain alone is all that is needed. */
    uint8_t *copy = malloc(info.chain_size);
    memcpy(copy, data, info.chain_size);
    int ret = igd_rom_prepare(copy, info.chain_size, 0x1912, &changes, &err);
    must((ret == 0) == (info.code_type == OPTION_ROM_CODE_PC_AT));
    if (ret == 0) {
        must(byte_sum(copy, info.image_size) == 0);
        must(igd_rom_parse(copy, info.chain_size, &again, NULL) == 0);
        must(again.image_size == info.image_size && again.checksum == 0);
        must(info.vendor != 0x8086 || again.device == 0x1912);
        must(!changes.saved_bdsm || changes.saved_bdsm_offset + 4 <= info.image_size);
    } else {
        must(memcmp(copy, data, info.chain_size) == 0);
    }
    free(copy);
    return 0;
}
