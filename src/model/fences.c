/* fences.c: fence registers: tiled surfaces that the CPU sees as linear ones. */
#include "model/fences.h"

#include "base/bytes.h"            /* ARRAY_SIZE */
#include "model/gtt.h"             /* pages */
#include "model/register_tables.h" /* the table */
#include "model/state.h"           /* struct model */
#include "model/traits.h"          /* how many there are */

/*
 * (Linux i915 gt/intel_ggtt_fencing.c; Intel PRMs, volume 2c, FENCE.) Lower dword:
 * first page, bit 1 Y tiles, bit 0 valid; upper: last page, and the pitch in units of
 * 128 bytes, less one.
 */
#define FENCES      0x100000u
#define FENCE_VALID 1u
#define FENCE_Y     2u
#define PAGE_BITS   0xfffff000u
#define X_WIDTH     512u

#define WITH_16 (ON_SANDY_BRIDGE | ON_IVY_BRIDGE | ON_BAY_TRAIL)
#define MOST    32u

static bool decode(const struct model *model, unsigned number, struct fence *fence)
{
    uint32_t low = register_get(model, FENCES + 8 * number);
    uint32_t high = register_get(model, FENCES + 8 * number + 4);
    *fence = (struct fence){
        .first = low & PAGE_BITS,
        .last = (high & PAGE_BITS) | (GTT_PAGE - 1),
        .pitch = ((high & ~PAGE_BITS) + 1) * 128,
        .tiling = low & FENCE_Y ? TILING_Y : TILING_X,
    };
    return low & FENCE_VALID &&
           !(fence->tiling == TILING_X && fence->pitch % X_WIDTH); /* no such surface */
}

bool fence_find(const struct model *model, uint64_t address, struct fence *fence)
{
    unsigned count = model->chip->traits & WITH_16 ? MOST / 2 : MOST;
    for (unsigned i = 0; i < count; i++) {
        if (register_get(model, FENCES + 8 * i) & FENCE_VALID &&
            decode(model, i, fence) && address >= fence->first &&
            address <= fence->last)
            return true;
    }
    return false;
}

uint64_t fence_address(const struct fence *fence, uint64_t offset, size_t *part)
{
    uint32_t run, x = (uint32_t)((offset - fence->first) % fence->pitch);
    uint32_t y = (uint32_t)((offset - fence->first) / fence->pitch);
    uint64_t address =
        fence->first + tiling_offset(fence->tiling, fence->pitch, x, y, &run);
    if (run < *part)
        *part = run;
    return address;
}

uint64_t fence_offset(const struct fence *fence, uint64_t address, size_t *part)
{
    uint64_t x, y;
    uint32_t run;
    tiling_place(fence->tiling, fence->pitch, address - fence->first, &x, &y, &run);
    if (run < *part)
        *part = run;
    return fence->first + y * fence->pitch + x;
}

/*
 * What the CPU wrote where it saw the surface before goes to where it belongs; then it
 * sees it as it does from now on.
 */
static void fence_written(struct model *model, const struct register_access *access)
{
    unsigned number = access->index / 2;
    struct fence before, now;
    bool is = decode(model, number, &now);
    register_set(model, access->offset, access->before);
    bool was = decode(model, number, &before);
    if (was)
        aperture_take_out(model, before.first, before.last);
    if (is)
        aperture_take_out(model, now.first, now.last);
    register_set(model, access->offset, access->stored);
    if (was)
        aperture_bring_in(model, before.first, before.last);
    if (is)
        aperture_bring_in(model, now.first, now.last);
}

static const struct register_rule rules[] = {
    { .name = "FENCE",
      .offset = FENCES,
      .count = 2 * MOST,
      .written = fence_written,
      .except = WITH_16 },
    { .name = "FENCE",
      .offset = FENCES,
      .count = MOST,
      .written = fence_written,
      .on = WITH_16 },
};
const struct register_table fence_registers = {
    .name = "fences",
    .rules = rules,
    .count = ARRAY_SIZE(rules),
};
