/* info_caps.h: walks the capability chain of a VFIO info struct, trusting none of it.
 */
#ifndef VFIO_INFO_CAPS_H
#define VFIO_INFO_CAPS_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* fixed-width integers */

struct error;

/*
 * The chains that follow struct vfio_region_info and vfio_iommu_type1_info
 * (linux/vfio.h, "struct vfio_info_cap_header"): each capability names the offset of
 * the next, counted from the start of the info struct.
 */
struct info_caps {
    const uint8_t *info; /* the info struct and all that came with it */
    size_t size;         /* bytes there are */
    size_t first;        /* bytes of the info struct itself: no capability lies there */
    uint32_t next;       /* offset of the next capability, 0 at the end */
    unsigned visited;
};

struct info_cap {
    uint16_t id, version;
    const uint8_t *body; /* what follows the capability's 8-byte header */
    size_t size;         /* bytes from body to the end of the info */
};

/*
 * The next capability into *cap. 1; 0 at the end of the chain; -EPROTO with err set
 * when the chain points outside or loops.
 */
int info_caps_next(struct info_caps *walk, struct info_cap *cap, struct error *err);

#endif
