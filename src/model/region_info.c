/* region_info.c: describes regions, with their sparse-mmap and type capabilities. */
#include "model/region_info.h"

#include "base/bytes.h"         /* stores */
#include "model/model.h"        /* the regions */
#include "vfio/user_protocol.h" /* layouts */

uint32_t region_info_count(const struct model *model)
{
    /* Without device-specific regions the count ends with VGA's place, as vfio-pci's.
     */
    bool host = false;
    for (unsigned i = MODEL_REGION_OPREGION; i < MODEL_REGION_MAX; i++)
        host = host || model_region(model, i).size != 0;
    return host ? MODEL_REGION_MAX : MODEL_REGION_VGA + 1;
}

/* Start a capability at offset at; the one before it, if any, is told. */
static void put_header(uint8_t *to, size_t at, uint16_t id,
                       struct vfio_user_region_info *info, size_t *last)
{
    struct vfio_info_cap_header header = { .id = id, .version = 1 };
    memcpy(to + at, &header, sizeof(header));
    if (*last)
        store32(to + *last + offsetof(struct vfio_info_cap_header, next), (uint32_t)at);
    else
        info->cap_offset = (uint32_t)at;
    info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
    *last = at;
}

static size_t put_capabilities(const struct model_region *region, uint8_t *to,
                               struct vfio_user_region_info *info)
{
    size_t size = sizeof(*info), last = 0;
    if (region->map_size) {
        const struct vfio_region_info_cap_sparse_mmap sparse = { .nr_areas = 1 };
        const struct vfio_region_sparse_mmap_area area = { .offset = region->map_offset,
                                                           .size = region->map_size };
        memcpy(to + size, &sparse, sizeof(sparse));
        memcpy(to + size + sizeof(sparse), &area, sizeof(area));
        put_header(to, size, VFIO_REGION_INFO_CAP_SPARSE_MMAP, info, &last);
        size += sizeof(sparse) + sizeof(area);
    }
    if (region->type) {
        struct vfio_region_info_cap_type cap = { .type = region->type,
                                                 .subtype = region->subtype };
        memcpy(to + size, &cap, sizeof(cap));
        put_header(to, size, VFIO_REGION_INFO_CAP_TYPE, info, &last);
        size += sizeof(cap);
    }
    return size;
}

size_t region_info_write(const struct model *model, uint32_t index, uint32_t argsz,
                         uint8_t *to, int *fd)
{
    *fd = -1;
    if (index >= region_info_count(model))
        return 0;
    struct model_region region = model_region(model, index);
    struct vfio_user_region_info info = { .index = index, .size = region.size };
    if (region.size)
        info.flags = VFIO_REGION_INFO_FLAG_READ;
    if (region.writeable && region.size)
        info.flags |= VFIO_REGION_INFO_FLAG_WRITE;
    if (region.map_size)
        info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
    size_t size = put_capabilities(&region, to, &info);
    info.argsz = (uint32_t)size;
    if (size > argsz) {
        /* The client asks again with more room. */
        info.cap_offset = 0;
        info.flags &= ~VFIO_REGION_INFO_FLAG_CAPS;
        size = sizeof(info);
    } else {
        *fd = region.fd;
    }
    memcpy(to, &info, sizeof(info));
    return size;
}
