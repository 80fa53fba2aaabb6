/* iova_ranges.h: which DMA addresses the host's IOMMU can translate. */
#ifndef VFIO_IOVA_RANGES_H
#define VFIO_IOVA_RANGES_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* addresses */

struct error;

#define IOVA_RANGES_MAX 64

struct iova_ranges {
    uint64_t page_sizes; /* or'ed; 0: not known */
    unsigned count;      /* 0: not known */
    struct {
        uint64_t first, last; /* inclusive */
    } ranges[IOVA_RANGES_MAX];
    uint32_t maps_available; /* mappings the container still takes; 0: not known */
};

/*
 * Read struct vfio_iommu_type1_info (linux/vfio.h) and its capabilities, `size` bytes.
 * 0, or -EPROTO with err set.
 */
int iova_ranges_read(const void *bytes, size_t size, struct iova_ranges *ranges,
                     struct error *err);

/*
 * Can [iova, iova + size) be mapped? 0, or -EINVAL with err naming the range and what
 * the IOMMU offers. Where nothing is known, yes.
 */
int iova_ranges_check(const struct iova_ranges *ranges, uint64_t iova, uint64_t size,
                      struct error *err);

#endif
