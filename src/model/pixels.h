/* pixels.h: pixel formats of planes, turned into colours. */
#ifndef MODEL_PIXELS_H
#define MODEL_PIXELS_H

#include "model/scanout.h" /* formats */

#include <stdint.h> /* bytes */

/* Bytes of a pixel; 0: the format is not modelled. */
unsigned pixels_size(enum scanout_format format);

/*
 * Turn count pixels into ARGB8888, alpha 255 where the format has none. palette: 256
 * colours, for C8 (NULL: shades of grey).
 */
void pixels_convert(const struct scanout_plane *plane, const uint8_t *from,
                    unsigned count, const uint32_t *palette, uint32_t *to);

/* Put count pixels over those at `to` (XRGB8888), by the plane's rules of alpha. */
void pixels_blend(const struct scanout_plane *plane, const uint32_t *from,
                  unsigned count, uint32_t *to);

#endif
