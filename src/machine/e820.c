/* e820.c: makes the fw_cfg file etc/e820 from the guest's RAM. */
#include "machine/e820.h"

#include "base/bytes.h"           /* store64 */
#include "base/error.h"           /* error_set */
#include "devices/fw_cfg.h"       /* fw_cfg_add_file */
#include "devices/guest_memory.h" /* the RAM blocks */

#define ENTRY_SIZE  20 /* address, length, type; packed */
#define MAX_ENTRIES 32

struct table {
    unsigned count;
    uint8_t bytes[MAX_ENTRIES * ENTRY_SIZE];
};

static int add(struct table *table, const struct e820_range *range)
{
    if (!range->size)
        return 0;
    if (table->count == MAX_ENTRIES)
        return -ENOSPC;
    uint8_t *entry = table->bytes + table->count++ * ENTRY_SIZE;
    store64(entry, range->address);
    store64(entry + 8, range->size);
    store32(entry + 16, range->type);
    return 0;
}

int e820_build(struct fw_cfg *fw_cfg, const struct guest_memory *memory,
               const struct e820_range *reserved, unsigned count, struct error *err)
{
    struct table table = { 0 };
    struct e820_range ram = { .type = E820_RAM };
    int error = 0;
    for (unsigned i = 0; i < memory->count && !error; i++) {
        const struct guest_memory_block *block = &memory->blocks[i];
        if (ram.address + ram.size == block->address) {
            ram.size += block->size;
            continue;
        }
        error = add(&table, &ram);
        ram.address = block->address;
        ram.size = block->size;
    }
    if (!error)
        error = add(&table, &ram);
    for (unsigned i = 0; i < count && !error; i++)
        error = add(&table, &reserved[i]);
    if (!error)
        error = fw_cfg_add_file(fw_cfg, "etc/e820", table.bytes,
                                (size_t)table.count * ENTRY_SIZE);
    if (error)
        return error_system(err, error, "memory map for the firmware (etc/e820)");
    return 0;
}
