/* region_info.h: the model's regions as vfio-user describes them. */
#ifndef MODEL_REGION_INFO_H
#define MODEL_REGION_INFO_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* numbers */

struct model;

/* More than any description needs, bytes. */
#define REGION_INFO_MAX 128

/* Number of regions to announce. */
uint32_t region_info_count(const struct model *model);

/*
 * Write struct vfio_user_region_info and its capabilities to `to` (REGION_INFO_MAX
 * bytes); argsz: bytes the client has room for: if that is less, no capabilities are
 * written, and the info says how much is needed. *fd: the descriptor that goes with it,
 * or -1. Returns the bytes, or 0 when there is no such index.
 */
size_t region_info_write(const struct model *model, uint32_t index, uint32_t argsz,
                         uint8_t *to, int *fd);

#endif
