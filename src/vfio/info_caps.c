/* info_caps.c: walks the capability chain of a VFIO info struct. */
#include "vfio/info_caps.h"

#include "base/bytes.h" /* load16, load32, range_inside */
#include "base/error.h" /* error_set */

#define CAP_HEADER 8 /* id 2, version 2, next 4 */

int info_caps_next(struct info_caps *walk, struct info_cap *cap, struct error *err)
{
    if (!walk->next)
        return 0;
    uint32_t at = walk->next;
    if (at < walk->first || !range_inside(at, CAP_HEADER, walk->size))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "a capability at offset 0x%x, expected 0x%zx to 0x%zx", at,
                         walk->first, walk->size);
    /* Distinct capabilities do not overlap, so a longer chain comes back on itself. */
    if (walk->visited++ >= (walk->size - walk->first) / CAP_HEADER)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "the capability chain loops at offset 0x%x", at);
    cap->id = load16(walk->info + at);
    cap->version = load16(walk->info + at + 2);
    walk->next = load32(walk->info + at + 4);
    cap->body = walk->info + at + CAP_HEADER;
    cap->size = walk->size - at - CAP_HEADER;
    return 1;
}
