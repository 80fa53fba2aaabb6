/* pack_rom.c: a build step: makes an option ROM, and a C array of it, of raw code. */
#include <stdint.h> /* bytes */
#include <stdio.h>  /* files */
#include <string.h> /* memcmp */

#define ROM_MAX     65024 /* 127 blocks */
#define BLOCK       512
#define SIZE_AT     2
#define PNP_POINTER 0x1a
#define PNP_SUM_AT  9

static uint8_t sum(const uint8_t *bytes, size_t size)
{
    uint8_t total = 0;
    for (size_t i = 0; i < size; i++)
        total = (uint8_t)(total + bytes[i]);
    return total;
}

/* Set lengths and checksums. The ROM's new size, or 0 if it is none. */
static size_t finish(uint8_t *rom, size_t size)
{
    size_t padded = (size + 1 + BLOCK - 1) / BLOCK * BLOCK; /* 1: the checksum */
    if (size < PNP_POINTER + 2 || padded > ROM_MAX)
        return 0;
    size_t pnp = rom[PNP_POINTER] | (size_t)rom[PNP_POINTER + 1] << 8;
    if (pnp + 32 > size || memcmp(rom + pnp, "$PnP", 4) != 0)
        return 0;
    rom[SIZE_AT] = (uint8_t)(padded / BLOCK);
    rom[pnp + PNP_SUM_AT] = 0;
    rom[pnp + PNP_SUM_AT] = (uint8_t)-sum(rom + pnp, 32);
    rom[padded - 1] = 0;
    rom[padded - 1] = (uint8_t)-sum(rom, padded);
    return padded;
}

static int write_array(const char *path, const uint8_t *rom, size_t size)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return -1;
    fputs("/* Made by pack_rom of firmware/linuxboot. */\n", file);
    fputs("static const unsigned char linuxboot_rom[] = {", file);
    for (size_t i = 0; i < size; i++)
        fprintf(file, "%s0x%02x,", i % 12 ? " " : "\n    ", rom[i]);
    fputs("\n};\n", file);
    return fclose(file);
}

static int write_rom(const char *path, const uint8_t *rom, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return -1;
    size_t written = fwrite(rom, 1, size, file);
    return fclose(file) || written != size ? -1 : 0;
}

int main(int argc, char **argv)
{
    static uint8_t rom[ROM_MAX + 1];
    if (argc != 4) {
        fputs("usage: pack_rom RAW ROM HEADER\n", stderr);
        return 2;
    }
    FILE *file = fopen(argv[1], "rb");
    if (!file) {
        perror(argv[1]);
        return 1;
    }
    size_t size = fread(rom, 1, sizeof(rom), file);
    fclose(file);
    size = finish(rom, size);
    if (!size) {
        fprintf(stderr, "%s: no option ROM with a PnP header, or too large\n", argv[1]);
        return 1;
    }
    if (write_rom(argv[2], rom, size) || write_array(argv[3], rom, size)) {
        perror("pack_rom");
        return 1;
    }
    return 0;
}
