/* firmware_image.h: finding and reading the guest's firmware (SeaBIOS, OVMF, VGA BIOS,
 * iPXE).
 */
#ifndef MACHINE_FIRMWARE_IMAGE_H
#define MACHINE_FIRMWARE_IMAGE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

/* What an image is for: its usual name, and which sizes it may have. */
enum firmware_image_kind {
    FIRMWARE_IMAGE_PC,   /* SeaBIOS: a multiple of 64 KiB, at most 8 MiB; or OVMF */
    FIRMWARE_IMAGE_UEFI, /* OVMF: a multiple of 4 KiB, from 128 KiB to 8 MiB */
    FIRMWARE_IMAGE_VGA, /* the emulated VGA's BIOS: a multiple of 512, at most 64 KiB */
    FIRMWARE_IMAGE_NET, /* a NIC's iPXE: a multiple of 512, at most 1 MiB */
};

/* Made by firmware_image_load, freed by firmware_image_free. */
struct firmware_image {
    char *path;    /* where it was found */
    uint8_t *data; /* page aligned */
    size_t size;   /* bytes, as its kind says */
    bool uefi;     /* of the kinds PC and UEFI: it is UEFI firmware */
};

/*
 * Read a firmware image. file: a path when it holds a slash, otherwise a name looked
 * for in each directory of search_path (separated by colons); NULL means the kind's
 * usual name, and "uefi" instead of a PC's that of UEFI firmware. 0, or a negative
 * errno with err: -ENOENT names the places looked at and what to install, -EINVAL a
 * size no such firmware has.
 */
int firmware_image_load(struct firmware_image *image, enum firmware_image_kind kind,
                        const char *file, const char *search_path, struct error *err);
void firmware_image_free(struct firmware_image *image);

#endif
