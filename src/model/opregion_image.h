/* opregion_image.h: makes the OpRegion a host's firmware would have left. */
#ifndef MODEL_OPREGION_IMAGE_H
#define MODEL_OPREGION_IMAGE_H

#include <stdint.h> /* bytes */

struct model_chip;

/*
 * Fill IGD_OPREGION_SIZE (8 KiB) bytes at image: version 2.0, mailboxes ACPI, SWSCI,
 * ASLE and VBT; the VBT describes a HDMI port on B and an embedded panel on A.
 */
void opregion_image_build(const struct model_chip *chip, uint8_t *image);

#endif
