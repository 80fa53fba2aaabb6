/* fw_cfg.c: the firmware configuration device (QEMU docs/specs/fw_cfg), with DMA. */
#include "devices/fw_cfg_internal.h"

#include "base/bytes.h"           /* store32, all_ones */
#include "base/error.h"           /* error_system */
#include "devices/board.h"        /* ports, ram */
#include "devices/guest_memory.h" /* DMA */

#include <endian.h>  /* be32toh and friends */
#include <stdbool.h> /* bool */
#include <stdlib.h>  /* calloc */

#define FILE_CHUNK 4096u

#define ID_TRADITIONAL 1u
#define ID_DMA         2u

enum {
    DMA_ERROR = 1u << 0,
    DMA_READ = 1u << 1,
    DMA_SKIP = 1u << 2,
    DMA_SELECT = 1u << 3,
    DMA_WRITE = 1u << 4,
};

/* What a guest lays in memory for a DMA transfer; all fields big-endian. */
struct dma_request {
    uint32_t control; /* DMA_*, and the key of DMA_SELECT in bits 31:16 */
    uint32_t length;
    uint64_t address;
};

static void select_item(struct fw_cfg *fw_cfg, uint16_t key)
{
    fw_cfg->selected = key;
    fw_cfg->offset = 0;
}

/* How many bytes of the selected item are left at the offset. */
static size_t bytes_left(const struct fw_cfg *fw_cfg, const struct item *item)
{
    return item && fw_cfg->offset < item->size ? item->size - fw_cfg->offset : 0;
}

static uint8_t next_byte(struct fw_cfg *fw_cfg)
{
    const struct item *item = fw_cfg_find_item(fw_cfg, fw_cfg->selected);
    uint8_t byte;
    if (!bytes_left(fw_cfg, item))
        return 0;
    if (!item->file)
        return item->data[fw_cfg->offset++];
    fw_cfg_read_item_file(item->file, fw_cfg->offset++, &byte, 1);
    return byte;
}

/* Only the data port reads; the selector is write-only and floats. */
static uint64_t selector_read(void *opaque, uint64_t offset, unsigned size)
{
    struct fw_cfg *fw_cfg = opaque;
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        uint64_t byte = offset + i == 1 ? next_byte(fw_cfg) : 0xff;
        value |= byte << (8 * i);
    }
    return value;
}

/* The selector takes a whole 16-bit write; the data port is read-only. */
static void selector_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    if (offset == 0 && size == 2)
        select_item(opaque, (uint16_t)value);
}

/*
 * Each of these does at most `length` bytes and returns whether it could. Length is
 * the guest's, but the work is not: copies end with the item, and what is zeroed past
 * its end must be RAM from first to last byte or nothing is touched.
 */
static bool copy_out(const struct fw_cfg *fw_cfg, const struct item *item,
                     uint64_t address, size_t size)
{
    const struct guest_memory *ram = fw_cfg->board->ram;
    if (!item->file)
        return !guest_memory_write(ram, address, item->data + fw_cfg->offset, size);
    uint8_t *at = guest_memory_at(ram, address, size);
    if (at) {
        fw_cfg_read_item_file(item->file, fw_cfg->offset, at, size);
        return true;
    }
    uint8_t chunk[FILE_CHUNK]; /* the guest's memory is in two pieces there */
    for (size_t done = 0; done < size; done += sizeof(chunk)) {
        size_t part = size - done < sizeof(chunk) ? size - done : sizeof(chunk);
        fw_cfg_read_item_file(item->file, fw_cfg->offset + done, chunk, part);
        if (guest_memory_write(ram, address + done, chunk, part))
            return false;
    }
    return true;
}

static bool dma_read(struct fw_cfg *fw_cfg, uint64_t address, uint32_t length)
{
    const struct guest_memory *ram = fw_cfg->board->ram;
    const struct item *item = fw_cfg_find_item(fw_cfg, fw_cfg->selected);
    size_t copied = bytes_left(fw_cfg, item);
    if (copied > length)
        copied = length;
    if (address + copied < address)
        return false;
    if (copied && !copy_out(fw_cfg, item, address, copied))
        return false;
    fw_cfg->offset += copied;
    return !guest_memory_zero(ram, address + copied, length - copied);
}

static bool dma_write(struct fw_cfg *fw_cfg, uint64_t address, uint32_t length)
{
    const struct item *item = fw_cfg_find_item(fw_cfg, fw_cfg->selected);
    if (!item || !item->original || length > bytes_left(fw_cfg, item))
        return false;
    if (length && guest_memory_read(fw_cfg->board->ram, address,
                                    item->owned + fw_cfg->offset, length))
        return false;
    fw_cfg->offset += length;
    return true;
}

static bool dma_skip(struct fw_cfg *fw_cfg, uint32_t length)
{
    size_t left = bytes_left(fw_cfg, fw_cfg_find_item(fw_cfg, fw_cfg->selected));
    fw_cfg->offset += length < left ? length : left;
    return true;
}

static void dma_transfer(struct fw_cfg *fw_cfg, uint64_t request_address)
{
    const struct guest_memory *ram = fw_cfg->board->ram;
    struct dma_request request;
    if (!ram)
        return;
    uint32_t result = 0;
    if (guest_memory_read(ram, request_address, &request, sizeof(request))) {
        /* Tell the guest if at least the control field is memory. */
        result = htobe32(DMA_ERROR);
        guest_memory_write(ram, request_address, &result, sizeof(result));
        return;
    }
    uint32_t control = be32toh(request.control);
    uint32_t length = be32toh(request.length);
    uint64_t address = be64toh(request.address);

    bool done = true;
    if (control & DMA_SELECT)
        select_item(fw_cfg, (uint16_t)(control >> 16));
    if (control & DMA_READ)
        done = dma_read(fw_cfg, address, length);
    else if (control & DMA_WRITE)
        done = dma_write(fw_cfg, address, length);
    else if (control & DMA_SKIP)
        done = dma_skip(fw_cfg, length);
    if (!done)
        result = htobe32(DMA_ERROR);
    guest_memory_write(ram, request_address, &result, sizeof(result));
}

/* Reading the DMA register tells that there is one. */
static uint64_t dma_register_read(void *opaque, uint64_t offset, unsigned size)
{
    static const uint8_t signature[8] = "QEMU CFG";
    return offset + size <= sizeof(signature) ? load_sized(signature + offset, size)
                                              : all_ones(size);
}

/* 32 bits at a time, big-endian; the low half starts the transfer. */
static void dma_register_write(void *opaque, uint64_t offset, uint64_t value,
                               unsigned size)
{
    struct fw_cfg *fw_cfg = opaque;
    if (size == 8 && offset == 0) {
        fw_cfg->dma_address = 0;
        dma_transfer(fw_cfg, be64toh(value));
    } else if (size == 4 && offset == 0) {
        fw_cfg->dma_address = be32toh((uint32_t)value);
    } else if (size == 4 && offset == 4) {
        uint64_t high = fw_cfg->dma_address;
        fw_cfg->dma_address = 0;
        dma_transfer(fw_cfg, high << 32 | be32toh((uint32_t)value));
    }
}

static const struct range_ops selector_ops = { selector_read, selector_write };
static const struct range_ops dma_ops = { dma_register_read, dma_register_write };

void fw_cfg_reset(struct fw_cfg *fw_cfg)
{
    select_item(fw_cfg, 0);
    fw_cfg->dma_address = 0;
    fw_cfg_items_reset(fw_cfg);
}

static void device_reset(struct device *device)
{
    fw_cfg_reset((struct fw_cfg *)device);
}

static void device_free(struct device *device)
{
    fw_cfg_free((struct fw_cfg *)device);
}

struct device *fw_cfg_device(struct fw_cfg *fw_cfg)
{
    return &fw_cfg->device;
}

struct fw_cfg *fw_cfg_new(struct board *board, struct error *err)
{
    struct fw_cfg *fw_cfg = calloc(1, sizeof(*fw_cfg));
    if (!fw_cfg) {
        error_system(err, -ENOMEM, "fw_cfg");
        return NULL;
    }
    fw_cfg->device =
        (struct device){ .name = "fw_cfg", .reset = device_reset, .free = device_free };
    fw_cfg->board = board;
    fw_cfg->selector =
        (struct range){ .name = "fw_cfg", .ops = &selector_ops, .opaque = fw_cfg };
    fw_cfg->dma =
        (struct range){ .name = "fw_cfg DMA", .ops = &dma_ops, .opaque = fw_cfg };

    fw_cfg_fill_directory(fw_cfg);
    uint8_t id[4];
    store32(id, ID_TRADITIONAL | ID_DMA);
    int error = fw_cfg_add_key(fw_cfg, FW_CFG_KEY_SIGNATURE, "QEMU", 4);
    if (!error)
        error = fw_cfg_add_key(fw_cfg, FW_CFG_KEY_ID, id, sizeof(id));
    if (!error)
        error = space_add(board->ports, &fw_cfg->selector, FW_CFG_PORT_BASE, 2);
    if (!error)
        error = space_add(board->ports, &fw_cfg->dma, FW_CFG_PORT_BASE + 4, 8);
    if (error) {
        error_system(err, error, "fw_cfg");
        fw_cfg_free(fw_cfg);
        return NULL;
    }
    return fw_cfg;
}

void fw_cfg_free(struct fw_cfg *fw_cfg)
{
    if (!fw_cfg)
        return;
    space_remove(&fw_cfg->selector);
    space_remove(&fw_cfg->dma);
    fw_cfg_items_free(fw_cfg);
    free(fw_cfg);
}
