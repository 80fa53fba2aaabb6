/* ppgtt.c: walks a context's own page tables. */
#include "model/ppgtt.h"

#include "base/bytes.h"   /* loads */
#include "model/state.h"  /* struct model */
#include "model/traits.h" /* which chips */

#include <errno.h> /* EFAULT */

/*
 * Entries (Linux i915 gt/intel_gtt.h, gt/gen8_ppgtt.c; Intel PRMs, Skylake, volume 5).
 * Gen8 on: 8 bytes; in a directory bit 7 makes a page of 2 MiB, bit 11 (Meteor Lake:
 * bit 6) a table of 64 KiB pages, whose every 16th entry counts.
 */
#define ENTRY_VALID      1u
#define ENTRY_WRITEABLE  2u
#define DIRECTORY_2M     (1u << 7)
#define DIRECTORY_64K_8  (1u << 11)
#define DIRECTORY_64K_12 (1u << 6)
#define MASK_2M          0x1fffffULL
#define MASK_64K         0xffffULL
#define ENTRIES_6        512 /* of the directory of Gen6 and Gen7 */
#define PAGE_MASK        (GTT_PAGE - 1ULL)

void ppgtt_invalidate(struct ppgtt *ppgtt)
{
    for (unsigned i = 0; i < PPGTT_CACHE; i++)
        ppgtt->cache[i].valid = false;
}

static int load_entry(struct model *model, uint64_t table, uint64_t index, size_t size,
                      uint64_t *entry)
{
    uint8_t bytes[8] = { 0 };
    int result = model_dma_read(model, table + index * size, bytes, size);
    *entry = load_sized(bytes, (unsigned)size);
    return result < 0 || !(*entry & ENTRY_VALID) ? -EFAULT : 0;
}

static int walk_2_levels(struct model *model, const struct ppgtt *ppgtt,
                         uint64_t address, struct ppgtt_entry *found)
{
    uint64_t directory = ppgtt->roots[0] + (address >> 22) * 4, entry;
    if (address >> 22 >= ENTRIES_6 || !range_inside(directory, 4, model->gtt_size))
        return -EFAULT;
    struct gtt_page table = gtt_page_decode(model, load32(model->gtt + directory));
    if (!table.valid ||
        load_entry(model, table.address, address >> 12 & 1023, 4, &entry) < 0)
        return -EFAULT;
    found->address = gtt_page_decode(model, entry).address;
    found->writeable = true;
    return 0;
}

static int walk_8(struct model *model, const struct ppgtt *ppgtt, uint64_t address,
                  struct ppgtt_entry *found)
{
    const uint64_t mask = model->chip->pte_address_mask;
    uint32_t small =
        model->chip->traits & ON_METEOR_LAKE ? DIRECTORY_64K_12 : DIRECTORY_64K_8;
    uint64_t entry = ppgtt->roots[0] | ENTRY_VALID;
    if (ppgtt->kind == PPGTT_4_LEVELS) {
        if (load_entry(model, entry & mask, address >> 39 & 511, 8, &entry) < 0 ||
            load_entry(model, entry & mask, address >> 30 & 511, 8, &entry) < 0)
            return -EFAULT;
    } else if (address >> 32) {
        return -EFAULT;
    } else {
        entry = ppgtt->roots[address >> 30];
    }
    if (load_entry(model, entry & mask, address >> 21 & 511, 8, &entry) < 0)
        return -EFAULT;
    uint64_t page = MASK_2M;
    if (!(entry & DIRECTORY_2M)) {
        page = entry & small ? MASK_64K : PAGE_MASK;
        uint64_t index = (address >> 12 & 511) & ~(page >> 12);
        if (load_entry(model, entry & mask, index, 8, &entry) < 0)
            return -EFAULT;
    }
    found->address = (entry & mask & ~page) | (address & page & ~PAGE_MASK);
    found->writeable = entry & ENTRY_WRITEABLE;
    return 0;
}

/* The entry of this address's page, or NULL. */
static const struct ppgtt_entry *look_up(struct model *model, struct ppgtt *ppgtt,
                                         uint64_t address)
{
    uint64_t page = address & ~PAGE_MASK;
    struct ppgtt_entry *entry = &ppgtt->cache[page / GTT_PAGE % PPGTT_CACHE];
    if (entry->valid && entry->page == page)
        return entry;
    entry->valid = false;
    int result = ppgtt->kind == PPGTT_2_LEVELS
                     ? walk_2_levels(model, ppgtt, page, entry)
                     : walk_8(model, ppgtt, page, entry);
    if (result < 0)
        return NULL;
    entry->page = page;
    entry->valid = true;
    return entry;
}

/* One of to, from is the caller's buffer; the part lies inside one page. */
static int copy_part(struct model *model, struct ppgtt *ppgtt, uint64_t address,
                     uint8_t *to, const uint8_t *from, size_t size)
{
    if (ppgtt->kind == PPGTT_NONE)
        return from ? gtt_write_memory(model, address, from, size)
                    : gtt_read_memory(model, address, to, size);
    const struct ppgtt_entry *entry = look_up(model, ppgtt, address);
    if (!entry || (from && !entry->writeable))
        return -EFAULT;
    uint64_t at = entry->address | (address & PAGE_MASK);
    return from ? model_dma_write(model, at, from, size)
                : model_dma_read(model, at, to, size);
}

static int copy(struct model *model, struct ppgtt *ppgtt, uint64_t address, uint8_t *to,
                const uint8_t *from, size_t size, uint64_t *fault)
{
    while (size) {
        size_t part = gtt_page_part(address, size);
        int result = copy_part(model, ppgtt, address, to, from, part);
        if (result < 0) {
            *fault = address;
            return result;
        }
        to = to ? to + part : NULL;
        from = from ? from + part : NULL;
        address = (address + part) & 0xffffffffffffULL;
        size -= part;
    }
    return 0;
}

int ppgtt_read(struct model *model, struct ppgtt *ppgtt, uint64_t address, void *data,
               size_t size, uint64_t *fault)
{
    return copy(model, ppgtt, address, data, NULL, size, fault);
}

int ppgtt_write(struct model *model, struct ppgtt *ppgtt, uint64_t address,
                const void *data, size_t size, uint64_t *fault)
{
    return copy(model, ppgtt, address, NULL, data, size, fault);
}
