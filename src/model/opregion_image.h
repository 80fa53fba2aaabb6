/* opregion_image.h: makes the OpRegion a host's firmware would have left. */
#ifndef MODEL_OPREGION_IMAGE_H
#define MODEL_OPREGION_IMAGE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bytes */

struct model_chip;
struct model_monitors;

struct opregion_image_options {
    const struct model_chip *chip;
    const struct model_monitors *monitors; /* the board's connectors: the VBT's */
    /*
     * As on a host, where firmware answers software SCIs; without it mailbox 2 is not
     * announced, for in a guest nobody does, and the lid is open.
     */
    bool host;
};

/*
 * Bytes of this chip's OpRegion: 8 KiB, and on those after Gen9 the VBT, which then
 * follows the region (an extended VBT).
 */
uint32_t opregion_image_size(const struct model_chip *chip);

/*
 * Fill opregion_image_size bytes at image: version 2.0 or, with an extended VBT, 2.1;
 * mailboxes ACPI, ASLE, VBT and, on a host, SWSCI; the VBT describes the connectors.
 */
void opregion_image_build(const struct opregion_image_options *options, uint8_t *image);

#endif
