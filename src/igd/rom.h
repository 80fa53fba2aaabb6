/* rom.h: the video BIOS of the GPU: check it and make it run in a guest. */
#ifndef IGD_ROM_H
#define IGD_ROM_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

struct igd_rom {
    uint32_t image_size; /* bytes of the first image (size byte times 512) */
    uint16_t vendor, device;
    uint8_t code_type; /* 0 PC-AT (VBIOS), 3 UEFI */
    uint8_t checksum;  /* sum over image_size bytes; 0 is right */
    bool has_uefi;     /* a UEFI image is in the chain */
    uint32_t images;
    uint32_t chain_size; /* bytes of all images together */
};

#define IGD_ROM_MAX 0x40000 /* largest ROM accepted, bytes */

/* Check the chain of images. 0 or -EINVAL with err; reads only [rom, rom + size). */
int igd_rom_parse(const uint8_t *rom, size_t size, struct igd_rom *info,
                  struct error *err);

struct igd_rom_changes {
    bool device_id;  /* the generic identifier was replaced by the device's */
    bool saved_bdsm; /* the VBIOS's saved copy of the host BDSM was cleared */
    uint32_t saved_bdsm_offset;
    bool checksum;
};

/*
 * Prepare a PC-AT image in place: SeaBIOS wants the exact device identifier and a zero
 * sum; a shadow copy may hold the host's BDSM. 0 or -EINVAL with err.
 */
int igd_rom_prepare(uint8_t *rom, size_t size, uint16_t device_id,
                    struct igd_rom_changes *changes, struct error *err);

#endif
