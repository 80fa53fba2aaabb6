/* region_caps.c: reads a VFIO region's info and its capabilities. */
#include "vfio/region_caps.h"

#include "base/bytes.h"     /* loads, round_down, range_inside */
#include "base/error.h"     /* error_set, error_prefix */
#include "vfio/info_caps.h" /* info_caps_next */

#include <inttypes.h>   /* PRIx64 */
#include <linux/vfio.h> /* struct vfio_region_info */

#define PAGE 4096ULL

/* linux/vfio.h: struct vfio_region_info_cap_sparse_mmap, without the header. */
#define SPARSE_HEADER 8  /* nr_areas 4, reserved 4 */
#define SPARSE_AREA   16 /* offset 8, size 8 */

static int read_sparse(const struct info_cap *cap, struct vfio_region *region,
                       unsigned *left_out, struct error *err)
{
    if (cap->size < SPARSE_HEADER)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "its sparse mmap capability is cut off");
    uint32_t count = load32(cap->body);
    if (count > (cap->size - SPARSE_HEADER) / SPARSE_AREA)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "its sparse mmap capability names %u areas, there is room for "
                         "%zu",
                         count, (cap->size - SPARSE_HEADER) / SPARSE_AREA);
    region->area_count = 0;
    *left_out = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = cap->body + SPARSE_HEADER + (size_t)i * SPARSE_AREA;
        struct vfio_area area = { .offset = load64(entry), .size = load64(entry + 8) };
        if (!area.size)
            continue;
        if ((area.offset | area.size) % PAGE ||
            !range_inside(area.offset, area.size, region->size))
            return error_set(err, ERROR_SYSTEM, -EPROTO,
                             "its mappable area %u is 0x%" PRIx64 "+0x%" PRIx64
                             ", expected whole pages inside 0x%" PRIx64 " bytes",
                             i, area.offset, area.size, region->size);
        if (region->area_count == VFIO_MAX_AREAS)
            (*left_out)++;
        else
            region->areas[region->area_count++] = area;
    }
    return 0;
}

static int read_type(const struct info_cap *cap, struct vfio_region *region,
                     struct error *err)
{
    if (cap->size < 8)
        return error_set(err, ERROR_SYSTEM, -EPROTO, "its type capability is cut off");
    region->type = load32(cap->body);
    region->subtype = load32(cap->body + 4);
    return 0;
}

static int read_caps(const struct vfio_region_info *info, const void *bytes,
                     size_t size, struct vfio_region *region, unsigned *left_out,
                     struct error *err)
{
    struct info_caps walk = {
        .info = bytes, .size = size, .first = sizeof(*info), .next = info->cap_offset
    };
    struct info_cap cap;
    int status;
    while ((status = info_caps_next(&walk, &cap, err)) > 0) {
        if (cap.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP)
            status = read_sparse(&cap, region, left_out, err);
        else if (cap.id == VFIO_REGION_INFO_CAP_TYPE)
            status = read_type(&cap, region, err);
        if (status < 0)
            return status;
    }
    return status;
}

int region_from_info(const void *bytes, size_t size, unsigned index,
                     struct vfio_region *region, uint64_t *map_offset,
                     unsigned *areas_left_out, struct error *err)
{
    struct vfio_region_info info;
    unsigned left_out = 0;
    *region = (struct vfio_region){ .index = index };
    *map_offset = 0;
    if (areas_left_out)
        *areas_left_out = 0;
    if (size < sizeof(info))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "region %u: its info has %zu bytes, expected at least %zu",
                         index, size, sizeof(info));
    memcpy(&info, bytes, sizeof(info));
    if (info.index != index)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "region %u: the info is that of region %u", index, info.index);
    /* File offsets are signed: the region must fit below the largest. */
    if (!range_inside(info.offset, info.size, INT64_MAX))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "region %u: 0x%" PRIx64 " bytes at offset 0x%" PRIx64
                         " exceed a file offset",
                         index, (uint64_t)info.size, (uint64_t)info.offset);
    if (!info.size)
        return 0; /* not there, whatever else the info says */

    *map_offset = info.offset;
    region->size = info.size;
    region->flags = info.flags & (VFIO_REGION_READABLE | VFIO_REGION_WRITEABLE |
                                  VFIO_REGION_MAPPABLE);
    /* Without a sparse capability, all whole pages of the region can be mapped. */
    region->areas[0].size = round_down(info.size, PAGE);
    region->area_count = region->areas[0].size ? 1 : 0;
    if (info.flags & VFIO_REGION_INFO_FLAG_CAPS) {
        int status = read_caps(&info, bytes, size, region, &left_out, err);
        if (status < 0) {
            error_prefix(err, "region %u", index);
            *region = (struct vfio_region){ .index = index };
            return status;
        }
    }
    if (info.offset % PAGE || !region->area_count)
        region->flags &= ~VFIO_REGION_MAPPABLE;
    if (!(region->flags & VFIO_REGION_MAPPABLE))
        region->area_count = 0;
    if (areas_left_out)
        *areas_left_out = left_out;
    return 0;
}
