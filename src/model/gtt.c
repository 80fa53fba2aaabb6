/* gtt.c: the graphics translation table, and the aperture that looks through it. */
#include "model/state.h"

#include "base/bytes.h" /* loads and stores */

#include <fcntl.h>        /* fallocate */
#include <linux/falloc.h> /* FALLOC_FL_PUNCH_HOLE */

#define GPU_PAGE  4096u
#define PTE_VALID 1u

void gtt_reset(struct model *model)
{
    off_t start = model->registers_size, size = model->gtt_size;
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (fallocate(model->gtt_fd, mode, start, size) < 0)
        memset(model->gtt, 0, (size_t)size);
}

uint32_t gtt_read(const struct model *model, uint32_t offset, unsigned size)
{
    return (uint32_t)load_sized(model->gtt + offset, size);
}

void gtt_write(struct model *model, uint32_t offset, uint32_t value, unsigned size)
{
    store_sized(model->gtt + offset, value, size);
}

/*
 * Bus address behind an aperture offset, or UINT64_MAX. The client may change entries
 * at any moment: each is loaded once.
 */
static uint64_t translate(struct model *model, uint64_t offset)
{
    const struct model_chip *chip = model->chip;
    uint64_t entry = offset / GPU_PAGE * model->platform->pte_size;
    if (!range_inside(entry, model->platform->pte_size, model->gtt_size))
        return UINT64_MAX;
    uint64_t pte = load_sized(model->gtt + entry, model->platform->pte_size);
    if (!(pte & PTE_VALID))
        return UINT64_MAX;
    uint64_t high = (pte & chip->pte_high_mask) << 28;
    return (pte & chip->pte_address_mask) | high | (offset & (GPU_PAGE - 1));
}

/* Bytes from offset to the end of its page, at most size. */
static size_t page_part(uint64_t offset, size_t size)
{
    size_t left = GPU_PAGE - (size_t)(offset & (GPU_PAGE - 1));
    return size < left ? size : left;
}

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

void aperture_read(struct model *model, uint64_t offset, uint8_t *data, size_t size)
{
    if (model->platform->stolen == IGD_STOLEN_NONE) {
        local_memory_read(model, offset, data, size);
        return;
    }
    while (size) {
        size_t part = page_part(offset, size);
        uint64_t address = translate(model, offset);
        if (address == UINT64_MAX || !model->bus ||
            model->bus->dma_read(model->opaque, address, data, part) < 0) {
            memset(data, 0xff, part);
            model->counters.aperture_faults++;
        }
        offset += part;
        data += part;
        size -= part;
    }
}

void aperture_write(struct model *model, uint64_t offset, const uint8_t *data,
                    size_t size)
{
    if (model->platform->stolen == IGD_STOLEN_NONE) {
        local_memory_write(model, offset, data, size);
        return;
    }
    while (size) {
        size_t part = page_part(offset, size);
        uint64_t address = translate(model, offset);
        if (address == UINT64_MAX || !model->bus ||
            model->bus->dma_write(model->opaque, address, data, part) < 0)
            model->counters.aperture_faults++;
        offset += part;
        data += part;
        size -= part;
    }
}
