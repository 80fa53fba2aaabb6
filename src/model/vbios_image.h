/* vbios_image.h: the model's VBIOS, built in, with what a copy of it is told. */
#ifndef MODEL_VBIOS_IMAGE_H
#define MODEL_VBIOS_IMAGE_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

struct model_chip;

struct vbios_image_options {
    const struct model_chip *chip; /* one of those that have a VBIOS */
    uint32_t lpc_id;     /* device << 16 | vendor the VBIOS insists on at 00:1f.0 */
    uint32_t saved_bdsm; /* as a shadow copy carries it; 0: as in the flash */
};

/*
 * Copy the image to rom and set those fields and the checksum. Returns its size, a
 * multiple of 512, or 0 when it does not fit in capacity bytes.
 */
size_t vbios_image_build(const struct vbios_image_options *options, uint8_t *rom,
                         size_t capacity);

/* Size of the image, bytes. */
size_t vbios_image_size(void);

/* The text font in it: 256 characters of 16 rows, 8 pixels each, bit 7 leftmost.
 * NULL: the image has none. */
const uint8_t *vbios_image_font(void);

#endif
