/* opregion_image.h: makes the OpRegion a host's firmware would have left. */
#ifndef MODEL_OPREGION_IMAGE_H
#define MODEL_OPREGION_IMAGE_H

#include <stdint.h> /* bytes */

struct model_chip;

/*
 * Bytes of this chip's OpRegion: 8 KiB, and on those after Gen9 the VBT, which then
 * follows the region (an extended VBT).
 */
uint32_t opregion_image_size(const struct model_chip *chip);

/*
 * Fill opregion_image_size bytes at image: version 2.0 or, with an extended VBT, 2.1;
 * mailboxes ACPI, SWSCI, ASLE and VBT; the VBT describes a HDMI port on B and an
 * embedded panel on A.
 */
void opregion_image_build(const struct model_chip *chip, uint8_t *image);

#endif
