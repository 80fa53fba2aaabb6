/* rom_image.h: the option ROM of the model: the VBIOS, then the UEFI (GOP) driver. */
#ifndef MODEL_ROM_IMAGE_H
#define MODEL_ROM_IMAGE_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

struct vbios_image_options;

/*
 * The images that exist for the chip, one behind the other, the last one marked so: a
 * VBIOS for Gen6 to Gen9, a GOP driver for all whose display the model has and that
 * have stolen memory behind BAR2. Returns their size, a multiple of 512; 0 when there
 * is none for this chip, or when they do not fit in capacity bytes.
 */
size_t rom_image_build(const struct vbios_image_options *options, uint8_t *rom,
                       size_t capacity);

/* Bytes of the largest. */
size_t rom_image_size(void);

#endif
