/* iova_ranges.c: reads and checks which DMA addresses an IOMMU can translate. */
#include "vfio/iova_ranges.h"

#include "base/bytes.h"     /* loads */
#include "base/error.h"     /* error_set, error_prefix */
#include "vfio/info_caps.h" /* info_caps_next */

#include <inttypes.h>   /* PRIx64 */
#include <linux/vfio.h> /* struct vfio_iommu_type1_info */
#include <stdio.h>      /* snprintf */

/* linux/vfio.h: struct vfio_iommu_type1_info_cap_iova_range, without the header. */
#define RANGES_HEADER 8  /* nr_iovas 4, reserved 4 */
#define RANGE_SIZE    16 /* start 8, end 8 (inclusive) */

static int read_ranges(const struct info_cap *cap, struct iova_ranges *ranges,
                       struct error *err)
{
    uint32_t count = cap->size < RANGES_HEADER ? UINT32_MAX : load32(cap->body);
    if (count == UINT32_MAX || count > (cap->size - RANGES_HEADER) / RANGE_SIZE)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the list of address ranges is cut off");
    /* One range too many to keep means that no answer can be trusted: know nothing. */
    ranges->count = 0;
    if (count > IOVA_RANGES_MAX)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = cap->body + RANGES_HEADER + (size_t)i * RANGE_SIZE;
        ranges->ranges[i].first = load64(entry);
        ranges->ranges[i].last = load64(entry + 8);
    }
    ranges->count = count;
    return 0;
}

int iova_ranges_read(const void *bytes, size_t size, struct iova_ranges *ranges,
                     struct error *err)
{
    struct vfio_iommu_type1_info info = { 0 };
    *ranges = (struct iova_ranges){ 0 };
    /* Kernels before 5.4 give no cap_offset: argsz, flags and page sizes only. */
    const size_t least = offsetof(struct vfio_iommu_type1_info, cap_offset);
    if (size < least)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "IOMMU info has %zu bytes, expected at least %zu", size,
                         least);
    memcpy(&info, bytes, size < sizeof(info) ? size : sizeof(info));
    if (info.flags & VFIO_IOMMU_INFO_PGSIZES)
        ranges->page_sizes = info.iova_pgsizes;
    if (!(info.flags & VFIO_IOMMU_INFO_CAPS))
        return 0;

    struct info_caps walk = { .info = bytes,
                              .size = size,
                              .first = least + sizeof(info.cap_offset),
                              .next = info.cap_offset };
    struct info_cap cap;
    int status;
    while ((status = info_caps_next(&walk, &cap, err)) > 0) {
        if (cap.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
            status = read_ranges(&cap, ranges, err);
        else if (cap.id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL && cap.size >= 4)
            ranges->maps_available = load32(cap.body);
        if (status < 0)
            break;
    }
    if (status < 0)
        error_prefix(err, "IOMMU info");
    return status;
}

/* The ranges as text, as many as fit. */
static void list_ranges(const struct iova_ranges *ranges, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < ranges->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s0x%" PRIx64 "-0x%" PRIx64,
                                 i ? ", " : "", ranges->ranges[i].first,
                                 ranges->ranges[i].last);
}

int iova_ranges_check(const struct iova_ranges *ranges, uint64_t iova, uint64_t size,
                      struct error *err)
{
    if (!size || iova + (size - 1) < iova)
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "DMA range 0x%" PRIx64 "+0x%" PRIx64
                         " is empty or runs past the address space",
                         iova, size);
    uint64_t last = iova + (size - 1);
    uint64_t page = ranges->page_sizes & -ranges->page_sizes;
    if (page && (iova | size) & (page - 1))
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "DMA range 0x%" PRIx64 "-0x%" PRIx64
                         " is not a multiple of the IOMMU's page of 0x%" PRIx64
                         " bytes",
                         iova, last, page);
    if (!ranges->count)
        return 0;
    for (unsigned i = 0; i < ranges->count; i++) {
        if (iova >= ranges->ranges[i].first && last <= ranges->ranges[i].last)
            return 0;
    }

    char offered[512];
    list_ranges(ranges, offered, sizeof(offered));
    uint64_t top = ranges->ranges[ranges->count - 1].last;
    if (last > top)
        return error_set(err, ERROR_IMPOSSIBLE, -EINVAL,
                         "guest memory 0x%" PRIx64 "-0x%" PRIx64
                         " lies beyond what this host's IOMMU can translate (%s): give "
                         "the guest less memory",
                         iova, last, offered);
    return error_set(err, ERROR_IMPOSSIBLE, -EINVAL,
                     "guest memory 0x%" PRIx64 "-0x%" PRIx64
                     " covers addresses the host's IOMMU reserves (it offers %s): the "
                     "guest's memory must be laid out around them",
                     iova, last, offered);
}
