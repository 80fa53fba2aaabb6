/* fences.c: fence registers: tiled surfaces that the CPU sees as linear ones. */
#include "model/state.h"

#include "base/bytes.h"   /* loads */
#include "model/tiling.h" /* tiles */
#include "model/traits.h" /* how many there are */

/*
 * (Linux i915 gt/intel_ggtt_fencing.c; Intel PRMs, volume 2c, FENCE.) Lower dword:
 * first page, bit 1 Y tiles, bit 0 valid; upper: last page, and the pitch in units of
 * 128 bytes, less one.
 */
#define FENCES      0x100000u
#define FENCE_VALID 1u
#define FENCE_Y     2u
#define PAGE_BITS   0xfffff000u

uint64_t fence_address(const struct model *model, uint64_t offset, size_t *part)
{
    unsigned count =
        model->chip->traits & (ON_SANDY_BRIDGE | ON_IVY_BRIDGE | ON_BAY_TRAIL) ? 16
                                                                               : 32;
    for (unsigned i = 0; i < count; i++) {
        uint32_t low = register_get(model, FENCES + 8 * i);
        uint32_t high = register_get(model, FENCES + 8 * i + 4);
        uint64_t first = low & PAGE_BITS, last = (high & PAGE_BITS) | (GTT_PAGE - 1);
        if (!(low & FENCE_VALID) || offset < first || offset > last)
            continue;
        uint32_t pitch = ((high & ~PAGE_BITS) + 1) * 128;
        enum tiling tiling = low & FENCE_Y ? TILING_Y : TILING_X;
        if (tiling == TILING_X && pitch % 512)
            continue; /* no such surface */
        uint32_t run, x = (uint32_t)((offset - first) % pitch);
        uint32_t y = (uint32_t)((offset - first) / pitch);
        uint64_t address = first + tiling_offset(tiling, pitch, x, y, &run);
        if (run < *part)
            *part = run;
        return address;
    }
    return offset;
}
