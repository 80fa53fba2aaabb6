/* gtt.c: the graphics translation table, and memory seen through it. */
#include "model/gtt.h"

#include "base/bytes.h"  /* loads and stores */
#include "model/state.h" /* struct model */

#include <fcntl.h>        /* fallocate */
#include <linux/falloc.h> /* FALLOC_FL_PUNCH_HOLE */

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

struct gtt_page gtt_page_decode(const struct model *model, uint64_t pte)
{
    const struct model_chip *chip = model->chip;
    uint64_t high = (pte & chip->pte_high_mask) << 28;
    struct gtt_page page = { .valid = pte & PTE_VALID,
                             .address = (pte & chip->pte_address_mask) | high };
    page.stolen = page.valid && gtt_is_stolen(model, page.address);
    return page;
}

/* The client may change entries at any moment: each is loaded once. */
struct gtt_page gtt_page_at(const struct model *model, uint64_t address)
{
    unsigned size = model->platform->pte_size;
    uint64_t entry = address / GTT_PAGE * size;
    struct gtt_page none = { .valid = false };
    if (!range_inside(entry, size, model->gtt_size))
        return none;
    return gtt_page_decode(model, load_sized(model->gtt + entry, size));
}

bool gtt_is_stolen(const struct model *model, uint64_t address)
{
    uint64_t base = config_bdsm(model);
    return base && address >= base && address - base < model->ggc.stolen_size;
}

/* Bytes from address to the end of its page, at most size. */
size_t gtt_page_part(uint64_t address, size_t size)
{
    size_t left = GTT_PAGE - (size_t)(address & (GTT_PAGE - 1));
    return size < left ? size : left;
}

int gtt_read_memory(struct model *model, uint64_t address, void *data, size_t size)
{
    uint8_t *to = data;
    while (size) {
        size_t part = gtt_page_part(address, size);
        int result = aperture_gpu_read(model, address, to, part);
        if (result < 0) {
            model->counters.gtt_faults++;
            return result;
        }
        address += part;
        to += part;
        size -= part;
    }
    return 0;
}

int gtt_write_memory(struct model *model, uint64_t address, const void *data,
                     size_t size)
{
    const uint8_t *from = data;
    while (size) {
        size_t part = gtt_page_part(address, size);
        int result = aperture_gpu_write(model, address, from, part);
        if (result < 0) {
            model->counters.gtt_faults++;
            return result;
        }
        address += part;
        from += part;
        size -= part;
    }
    return 0;
}
