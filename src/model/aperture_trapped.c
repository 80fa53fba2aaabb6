/* aperture_trapped.c: accesses to BAR2 where it is no memory of its own. */
#include "model/fences.h" /* tiled surfaces */
#include "model/gtt.h"    /* translation */
#include "model/state.h"  /* struct model */

#include <errno.h>  /* EFAULT */
#include <string.h> /* memset */

/* LMEMBAR: the GTT, then data stolen memory, of which the model has no content. */
static void local_memory_read(const struct model *model, uint64_t offset, uint8_t *data,
                              size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = offset + i < model->gtt_size ? model->gtt[offset + i] : 0;
}

static void local_memory_write(struct model *model, uint64_t offset,
                               const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size && offset + i < model->gtt_size; i++)
        model->gtt[offset + i] = data[i];
}

/* The first part of an access that lies together in memory; its size. */
static size_t translate(struct model *model, uint64_t offset, uint8_t *to,
                        const uint8_t *from, size_t size)
{
    struct fence fence;
    uint64_t address = fence_find(model, offset, &fence)
                           ? fence_address(&fence, offset, &size)
                           : offset;
    size_t part = gtt_page_part(address, size);
    struct gtt_page page = gtt_page_at(model, address);
    uint64_t bus = page.address + (address & (GTT_PAGE - 1));
    int result = -EFAULT;
    if (page.valid)
        result = from ? model_dma_write(model, bus, from, part)
                      : model_dma_read(model, bus, to, part);
    if (result < 0) {
        model->counters.aperture_faults++;
        if (to)
            memset(to, 0xff, part);
    }
    return part;
}

void aperture_trapped_read(struct model *model, uint64_t offset, uint8_t *data,
                           size_t size)
{
    if (!model_has_iobar(model)) {
        local_memory_read(model, offset, data, size);
        return;
    }
    for (size_t at = 0; at < size;)
        at += translate(model, offset + at, data + at, NULL, size - at);
}

void aperture_trapped_write(struct model *model, uint64_t offset, const uint8_t *data,
                            size_t size)
{
    if (!model_has_iobar(model)) {
        local_memory_write(model, offset, data, size);
        return;
    }
    for (size_t at = 0; at < size;)
        at += translate(model, offset + at, NULL, data + at, size - at);
}
