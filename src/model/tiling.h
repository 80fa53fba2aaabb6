/* tiling.h: where a pixel of a tiled surface lies. */
#ifndef MODEL_TILING_H
#define MODEL_TILING_H

#include <stdint.h> /* offsets */

/*
 * How rows become memory (Intel PRMs, Skylake, volume 5, "tiling"): X tiles are 8 rows
 * of 512 bytes; Y tiles 8 columns of 16 bytes and 32 rows; Yf (Gen9 to 11) and 4
 * (Gen12) tiles 4 KiB of smaller blocks.
 */
enum tiling { TILING_LINEAR, TILING_X, TILING_Y, TILING_YF };

/*
 * Offset of byte x of row y; pitch in bytes, for tiled surfaces a multiple of the
 * tile's width. *run: bytes from there on that are neighbours in memory, too.
 */
uint64_t tiling_offset(enum tiling tiling, uint32_t pitch, uint32_t x, uint32_t y,
                       uint32_t *run);

/*
 * The reverse: which byte x of which row y is at this offset. *run: bytes from there on
 * that are neighbours in the row, too; UINT32_MAX in a linear surface means to its end.
 */
void tiling_place(enum tiling tiling, uint32_t pitch, uint64_t offset, uint64_t *x,
                  uint64_t *y, uint32_t *run);

#endif
