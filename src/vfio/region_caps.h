/* region_caps.h: what a VFIO region's info and capabilities say about it. */
#ifndef VFIO_REGION_CAPS_H
#define VFIO_REGION_CAPS_H

#include "vfio/device.h" /* struct vfio_region */

struct error;

/*
 * Describe region `index` from the `size` bytes of its info: struct vfio_region_info
 * (linux/vfio.h; vfio-user's is laid out the same) and its capabilities. What does not
 * concern mapping or the region's type is skipped.
 *
 * *map_offset: where the region starts in its file, for mmap. *areas_left_out (may be
 * NULL): sparse areas beyond VFIO_MAX_AREAS, which then are reached by reads and
 * writes. 0, or -EPROTO with err set.
 */
int region_from_info(const void *bytes, size_t size, unsigned index,
                     struct vfio_region *region, uint64_t *map_offset,
                     unsigned *areas_left_out, struct error *err);

#endif
