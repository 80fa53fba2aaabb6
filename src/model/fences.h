/* fences.h: fence registers: tiled surfaces that the CPU sees as linear ones. */
#ifndef MODEL_FENCES_H
#define MODEL_FENCES_H

#include "model/tiling.h" /* kinds of tiles */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

struct model;

/* A valid fence: a surface in the aperture. */
struct fence {
    uint64_t first, last; /* its bytes; whole pages */
    uint32_t pitch;       /* bytes a row, a multiple of its tiles' width */
    enum tiling tiling;   /* X or Y */
};

/* The first fence with this address in it; false: none, the CPU sees it as it is. */
bool fence_find(const struct model *model, uint64_t address, struct fence *fence);

/*
 * Which GGTT address the CPU reaches at this offset of BAR2, inside the fence; *part is
 * lowered to how many bytes from there on are neighbours.
 */
uint64_t fence_address(const struct fence *fence, uint64_t offset, size_t *part);

/* The reverse: where the CPU sees this GGTT address. May lie past the fence. */
uint64_t fence_offset(const struct fence *fence, uint64_t address, size_t *part);

#endif
