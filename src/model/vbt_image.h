/* vbt_image.h: makes the video BIOS table of a board. */
#ifndef MODEL_VBT_IMAGE_H
#define MODEL_VBT_IMAGE_H

#include <stdint.h> /* bytes */

struct model_chip;
struct model_monitors;

/* No table is larger: what mailbox 4 of an OpRegion holds, bytes. */
#define VBT_IMAGE_MAX 0x1800

/*
 * Write the table to `to`, which holds zeros: VBT_IMAGE_MAX bytes, or `least` if that
 * is more; it is padded to `least` bytes (0: not at all). Returns its size.
 */
uint32_t vbt_image_build(const struct model_chip *chip,
                         const struct model_monitors *monitors, uint16_t least,
                         uint8_t *to);

#endif
