/* rom_check.h: whether a ROM will show a picture in a guest, and what is in its way. */
#ifndef IGD_ROM_CHECK_H
#define IGD_ROM_CHECK_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

#define IGD_ROM_IMAGES_MAX   16
#define IGD_ROM_FINDINGS_MAX 24

/* One image as it is told. */
struct igd_rom_image_facts {
    uint32_t offset, size;
    uint8_t code_type;
    uint16_t vendor, device;
    uint8_t checksum; /* sum of its bytes; PC-AT only, 0 is right */
    /* UEFI images (UEFI specification 2.x, 14.4.2). */
    uint16_t subsystem; /* 11 boot-service driver, 12 runtime driver */
    uint16_t machine;   /* 8664 x64, 014c ia32, 0ebc EBC */
    bool compressed;    /* by UEFI's own method */
    bool gop;           /* Intel's GOP driver by its words; false when compressed */
};

enum igd_rom_severity {
    IGD_ROM_GOOD,
    IGD_ROM_NOTE,    /* to know */
    IGD_ROM_FIXABLE, /* igd_rom_prepare puts it right, as igdvm run does by itself */
    IGD_ROM_BAD,     /* no firmware will run it */
};

struct igd_rom_finding {
    const char *id; /* stable: "signature", "device", "checksum"... */
    enum igd_rom_severity severity;
    char text[256]; /* what was found and what it means */
};

struct igd_rom_report {
    unsigned image_count;
    struct igd_rom_image_facts images[IGD_ROM_IMAGES_MAX];
    unsigned finding_count;
    struct igd_rom_finding findings[IGD_ROM_FINDINGS_MAX];
    bool
        legacy; /* can serve legacy mode under SeaBIOS, when what is fixable is fixed */
    bool uefi;  /* can serve a UEFI guest */
};

/*
 * Examine a ROM for the GPU `device_id`, 0 when it is not known. Reads only
 * [rom, rom + size). Rules: PCI Firmware Specification 3.0; SeaBIOS src/optionroms.c
 * (both identifiers must match); EDK2 PciOptionRomSupport.c (identifiers are not
 * compared).
 */
void igd_rom_check(const uint8_t *rom, size_t size, uint16_t device_id,
                   struct igd_rom_report *report);

#endif
