/* rom.c: the video BIOS at C0000, and the stolen-memory address it may have saved. */
#include <string.h> /* memcmp */

#include "probe.h"

#define ROM_ADDRESS 0xc0000
#define ROM_MAX     0x10000

/*
 * The saved dword of generation 6 to 9 images is found by the code that uses it:
 * compare it with 0, jump, load it, jump, or load AX with 105Eh (00:02.0, register 5E).
 * Returns the offset of the dword, 0 when the code is not there.
 */
static uint16_t saved_bdsm_offset(const uint8_t *rom, size_t size)
{
    for (size_t at = 0; at + 19 <= size; at++) {
        const uint8_t *code = rom + at;
        uint16_t compared, loaded;

        memcpy(&compared, code + 4, 2);
        memcpy(&loaded, code + 12, 2);
        if (code[2] == 0x83 && code[3] == 0x3e && code[6] == 0 && code[11] == 0xa1 &&
            code[14] == 0xeb && code[16] == 0xb8 && code[17] == 0x5e &&
            code[18] == 0x10 && compared == loaded)
            return compared;
    }
    return 0;
}

void probe_rom(void)
{
    static uint8_t rom[ROM_MAX];
    size_t size;
    uint16_t pcir, saved;
    uint32_t value;
    uint8_t sum = 0;

    json_open("rom", '{');
    if (!copy_physical(ROM_ADDRESS, rom, sizeof(rom)) || rom[0] != 0x55 ||
        rom[1] != 0xaa) {
        json_bool("present", false);
        json_close('}');
        return;
    }
    size = rom[2] * 512U;
    if (size > sizeof(rom))
        size = sizeof(rom);
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + rom[i]);
    memcpy(&pcir, rom + 0x18, 2);
    json_bool("present", true);
    json_number("size", (double)size);
    json_number("checksum", sum);
    json_hex("header", rom, 64);
    if (pcir + 24U <= size && !memcmp(rom + pcir, "PCIR", 4)) {
        json_format("vendor", "%02x%02x", rom[pcir + 5], rom[pcir + 4]);
        json_format("device", "%02x%02x", rom[pcir + 7], rom[pcir + 6]);
    }
    saved = saved_bdsm_offset(rom, size);
    if (saved && saved + 4U <= size) {
        memcpy(&value, rom + saved, 4);
        json_format("saved_bdsm_offset", "%#x", saved);
        json_format("saved_bdsm", "%#x", value);
    }
    json_close('}');
}
