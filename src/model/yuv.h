/* yuv.h: formats of luma and chroma, turned into colours. */
#ifndef MODEL_YUV_H
#define MODEL_YUV_H

#include "model/scanout.h" /* struct scanout_plane */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bytes */

/* Bytes of a pixel, of a planar format those of its luma; 0: it is none of these. */
unsigned yuv_size(enum scanout_format format);

/* Do two neighbouring pixels share their chroma (4:2:2)? They start at even columns. */
bool yuv_is_pairs(enum scanout_format format);

/* Has the plane a second surface, with the chroma of two by two pixels? */
bool yuv_is_planar(enum scanout_format format);

/* Do both planes have the same matrix, or none? */
bool yuv_same_matrix(const struct scanout_plane *a, const struct scanout_plane *b);

/*
 * That surface as a plane of its own, of half as many columns and rows; false when the
 * plane has none.
 */
bool yuv_chroma_plane(const struct scanout_plane *plane, struct scanout_plane *chroma);

/* Turn count pixels of a format that is not planar into ARGB8888. */
void yuv_convert(const struct scanout_plane *plane, const uint8_t *from, unsigned count,
                 uint32_t *to);

/*
 * The same from luma and, for every two of them, chroma. odd: the first luma is the
 * second of its two.
 */
void yuv_convert_planar(const struct scanout_plane *plane, const uint8_t *luma,
                        const uint8_t *chroma, bool odd, unsigned count, uint32_t *to);

#endif
