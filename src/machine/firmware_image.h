/* firmware_image.h: finding and reading the guest's firmware (SeaBIOS, OVMF). */
#ifndef MACHINE_FIRMWARE_IMAGE_H
#define MACHINE_FIRMWARE_IMAGE_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

struct error;

#define FIRMWARE_IMAGE_DEFAULT "bios-256k.bin" /* SeaBIOS */

/* Made by firmware_image_load, freed by firmware_image_free. */
struct firmware_image {
    char *path;    /* where it was found */
    uint8_t *data; /* page aligned */
    size_t size;   /* bytes: a multiple of 64 KiB, at most 8 MiB */
};

/*
 * Read a firmware image. file: a path when it holds a slash, otherwise a name looked
 * for in each directory of search_path (separated by colons); NULL means
 * FIRMWARE_IMAGE_DEFAULT. 0, or a negative errno with err: -ENOENT names the places
 * looked at and what to install, -EINVAL a size no firmware has.
 */
int firmware_image_load(struct firmware_image *image, const char *file,
                        const char *search_path, struct error *err);
void firmware_image_free(struct firmware_image *image);

#endif
