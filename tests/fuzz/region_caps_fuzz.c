/* region_caps_fuzz.c: any bytes as the kernel's description of a region or an IOMMU. */
#include "fuzz.h" /* must */

#include "vfio/iova_ranges.h" /* targets */
#include "vfio/region_caps.h"

#include "base/bytes.h" /* loads, range_inside */
#include "base/error.h" /* struct error */

#include <linux/vfio.h> /* the struct's fields */

#define PAGE 4096u

static void check_error(int ret, const struct error *err)
{
    must(ret == err->code && err->text[0] && !strchr(err->text, '\n'));
}

static void read_region(const uint8_t *data, size_t size, unsigned index)
{
    struct vfio_region region;
    struct error err = { 0 };
    uint64_t map_offset;
    unsigned left_out;

    int ret =
        region_from_info(data, size, index, &region, &map_offset, &left_out, &err);
    must(region.index == index && region.area_count <= VFIO_MAX_AREAS);
    if (ret < 0) {
        check_error(ret, &err);
        must(region.size == 0 && region.area_count == 0);
        return;
    }
    must(!left_out || region.area_count == VFIO_MAX_AREAS ||
         !(region.flags & VFIO_REGION_MAPPABLE));
    must(!region.area_count || map_offset % PAGE == 0);
    must(range_inside(map_offset, region.size, INT64_MAX));
    for (unsigned i = 0; i < region.area_count; i++) {
        const struct vfio_area *area = &region.areas[i];
        must(area->size && (area->offset | area->size) % PAGE == 0);
        must(range_inside(area->offset, area->size, region.size));
    }
}

static void read_ranges(const uint8_t *data, size_t size, uint64_t iova,
                        uint64_t length)
{
    struct iova_ranges ranges;
    struct error err = { 0 };

    int ret = iova_ranges_read(data, size, &ranges, &err);
    must(ranges.count <= IOVA_RANGES_MAX);
    if (ret < 0) {
        check_error(ret, &err);
        return;
    }
    ret = iova_ranges_check(&ranges, iova, length, &err);
    if (ret < 0) {
        check_error(ret, &err);
        return;
    }
    must(length && iova + (length - 1) >= iova);
    bool inside = ranges.count == 0;
    for (unsigned i = 0; i < ranges.count; i++)
        inside |= iova >= ranges.ranges[i].first &&
                  iova + (length - 1) <= ranges.ranges[i].last;
    must(inside);
}

/* First what it is: 0 to 127 the index of a region, else an IOMMU, and what to map. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (data[0] < 128) {
        read_region(data + 1, size - 1, data[0]);
    } else if (size >= 17) {
        read_ranges(data + 17, size - 17, load64(data + 1), load64(data + 9));
    }
    return 0;
}
