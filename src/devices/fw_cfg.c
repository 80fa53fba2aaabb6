/* fw_cfg.c: the firmware configuration device (QEMU docs/specs/fw_cfg), with DMA. */
#include "devices/fw_cfg.h"

#include "base/bytes.h"           /* store32, all_ones */
#include "base/error.h"           /* error_set */
#include "base/log.h"             /* files that were cut */
#include "devices/board.h"        /* ports, ram */
#include "devices/device.h"       /* struct device */
#include "devices/guest_memory.h" /* DMA */
#include "pci/space.h"            /* struct range */

#include <endian.h>  /* be32toh and friends */
#include <errno.h>   /* why a file cannot be read */
#include <stdbool.h> /* bool */
#include <stdlib.h>  /* calloc */
#include <string.h>  /* memcpy, strcmp */
#include <unistd.h>  /* pread */

/* A selector: bit 15 picks the bank, bit 14 is ignored (it once asked for writing). */
#define KEY_BANK_LOCAL 0x8000
#define KEY_INDEX_MASK 0x3fff

#define PLAIN_KEYS FW_CFG_KEY_FILE_FIRST
#define LOCAL_KEYS 8 /* 0x8000 up: x86's own */
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

/* One entry of the file directory (key 0x19); integers big-endian. */
struct directory_entry {
    uint32_t size;
    uint16_t key;
    uint16_t reserved;
    char name[FW_CFG_NAME_SIZE];
};

struct directory {
    uint32_t count;
    struct directory_entry entries[FW_CFG_FILE_SLOTS];
};

_Static_assert(sizeof(struct directory_entry) == 64, "as the interface lays it out");
_Static_assert(offsetof(struct directory, entries) == 4, "no padding");

/* Where an item's bytes are that stay in a file. */
struct item_file {
    int fd;
    uint64_t offset;
    bool told; /* that some are missing */
    char name[];
};

struct item {
    bool present;
    const uint8_t *data;
    size_t size;
    uint8_t *owned;         /* freed with the device; NULL: data is a part of it */
    uint8_t *original;      /* a writable file's contents at reset; NULL: read-only */
    struct item_file *file; /* data is there; NULL: it is in memory */
};

struct file {
    char name[FW_CFG_NAME_SIZE];
    struct item item;
};

struct fw_cfg {
    struct device device;
    struct board *board;
    struct range selector; /* 0x510, 0x511 */
    struct range dma;      /* 0x514 to 0x51b */
    struct item keys[PLAIN_KEYS];
    struct item local[LOCAL_KEYS];
    struct file files[FW_CFG_FILE_SLOTS]; /* in the order of their names */
    unsigned file_count;
    struct directory directory;
    /* What the guest set. */
    uint16_t selected;
    size_t offset;        /* into the selected item, at most its size */
    uint32_t dma_address; /* high half, as written to 0x514, in host order */
};

/* The item behind a selector, or NULL when there is none. */
static struct item *find_item(struct fw_cfg *fw_cfg, uint16_t key)
{
    unsigned index = key & KEY_INDEX_MASK;
    struct item *item = NULL;
    if (key & KEY_BANK_LOCAL) {
        if (index < LOCAL_KEYS)
            item = &fw_cfg->local[index];
    } else if (index < PLAIN_KEYS) {
        item = &fw_cfg->keys[index];
    } else if (index - PLAIN_KEYS < fw_cfg->file_count) {
        item = &fw_cfg->files[index - PLAIN_KEYS].item;
    }
    return item && item->present ? item : NULL;
}

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

/* Whoever wrote the file may have made it shorter since. */
static void read_file(struct item_file *file, uint64_t offset, uint8_t *to, size_t size)
{
    ssize_t got = 1;
    while (size && got > 0) {
        got = pread(file->fd, to, size, (off_t)(file->offset + offset));
        if (got > 0) {
            to += got;
            offset += (uint64_t)got;
            size -= (size_t)got;
        }
    }
    memset(to, 0, size);
    if (size && !file->told)
        log_error("fw_cfg", "%s: %s: the guest reads zeros for what is missing",
                  file->name,
                  got < 0 ? strerror(errno) : "was cut short while the machine runs");
    file->told |= size > 0;
}

static uint8_t next_byte(struct fw_cfg *fw_cfg)
{
    const struct item *item = find_item(fw_cfg, fw_cfg->selected);
    uint8_t byte;
    if (!bytes_left(fw_cfg, item))
        return 0;
    if (!item->file)
        return item->data[fw_cfg->offset++];
    read_file(item->file, fw_cfg->offset++, &byte, 1);
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
        read_file(item->file, fw_cfg->offset, at, size);
        return true;
    }
    uint8_t chunk[FILE_CHUNK]; /* the guest's memory is in two pieces there */
    for (size_t done = 0; done < size; done += sizeof(chunk)) {
        size_t part = size - done < sizeof(chunk) ? size - done : sizeof(chunk);
        read_file(item->file, fw_cfg->offset + done, chunk, part);
        if (guest_memory_write(ram, address + done, chunk, part))
            return false;
    }
    return true;
}

static bool dma_read(struct fw_cfg *fw_cfg, uint64_t address, uint32_t length)
{
    const struct guest_memory *ram = fw_cfg->board->ram;
    const struct item *item = find_item(fw_cfg, fw_cfg->selected);
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
    const struct item *item = find_item(fw_cfg, fw_cfg->selected);
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
    size_t left = bytes_left(fw_cfg, find_item(fw_cfg, fw_cfg->selected));
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
    for (unsigned i = 0; i < fw_cfg->file_count; i++) {
        struct item *item = &fw_cfg->files[i].item;
        if (item->original)
            memcpy(item->owned, item->original, item->size);
    }
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

static void item_free(struct item *item)
{
    if (item->file)
        close(item->file->fd);
    free(item->file);
    free(item->owned);
    free(item->original);
}

/* A copy of data that is never NULL, even of nothing. */
static uint8_t *copy_of(const void *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (copy && size)
        memcpy(copy, data, size);
    return copy;
}

enum item_kind { ITEM_COPIED, ITEM_WRITABLE };

static int item_set(struct item *item, const void *data, size_t size,
                    enum item_kind kind)
{
    if (size > UINT32_MAX)
        return -EFBIG;
    struct item made = { .present = true, .size = size };
    made.owned = copy_of(data, size);
    if (!made.owned)
        return -ENOMEM;
    made.data = made.owned;
    if (kind == ITEM_WRITABLE) {
        made.original = copy_of(data, size);
        if (!made.original) {
            free(made.owned);
            return -ENOMEM;
        }
    }
    *item = made;
    return 0;
}

/* The item that a key is to become. */
static int new_key(struct fw_cfg *fw_cfg, uint16_t key, struct item **item)
{
    unsigned index = key & KEY_INDEX_MASK;
    bool local = key & KEY_BANK_LOCAL;
    if (index >= (local ? LOCAL_KEYS : PLAIN_KEYS))
        return -ENOSPC;
    *item = local ? &fw_cfg->local[index] : &fw_cfg->keys[index];
    return (*item)->present ? -EEXIST : 0;
}

int fw_cfg_add_key(struct fw_cfg *fw_cfg, uint16_t key, const void *data, size_t size)
{
    struct item *item;
    int error = new_key(fw_cfg, key, &item);
    return error ? error : item_set(item, data, size, ITEM_COPIED);
}

int fw_cfg_add_key_in_file(struct fw_cfg *fw_cfg, uint16_t key, int fd,
                           const char *name, uint64_t offset, size_t size)
{
    struct item *item;
    int error = new_key(fw_cfg, key, &item);
    if (error)
        return error;
    if (size > UINT32_MAX || offset > INT64_MAX - size)
        return -EFBIG;
    struct item_file *file = malloc(sizeof(*file) + strlen(name) + 1);
    if (!file)
        return -ENOMEM;
    *file = (struct item_file){ .fd = fd, .offset = offset };
    memcpy(file->name, name, strlen(name) + 1);
    *item = (struct item){ .present = true, .size = size, .file = file };
    return 0;
}

/* Write the directory anew from the files. */
static void fill_directory(struct fw_cfg *fw_cfg)
{
    struct directory *directory = &fw_cfg->directory;
    memset(directory, 0, sizeof(*directory));
    directory->count = htobe32(fw_cfg->file_count);
    for (unsigned i = 0; i < fw_cfg->file_count; i++) {
        struct directory_entry *entry = &directory->entries[i];
        entry->size = htobe32((uint32_t)fw_cfg->files[i].item.size);
        entry->key = htobe16((uint16_t)(FW_CFG_KEY_FILE_FIRST + i));
        memcpy(entry->name, fw_cfg->files[i].name, sizeof(entry->name));
    }
    fw_cfg->keys[FW_CFG_KEY_FILE_DIR] = (struct item){
        .present = true,
        .data = (const uint8_t *)directory,
        .size = offsetof(struct directory, entries) +
                fw_cfg->file_count * sizeof(directory->entries[0]),
    };
}

static int add_file(struct fw_cfg *fw_cfg, const char *name, const void *data,
                    size_t size, enum item_kind kind)
{
    if (strlen(name) >= FW_CFG_NAME_SIZE)
        return -ENAMETOOLONG;
    if (fw_cfg->file_count == FW_CFG_FILE_SLOTS)
        return -ENOSPC;
    unsigned place = 0;
    while (place < fw_cfg->file_count) {
        int order = strcmp(fw_cfg->files[place].name, name);
        if (order == 0)
            return -EEXIST;
        if (order > 0)
            break;
        place++;
    }
    struct file file = { 0 };
    memcpy(file.name, name, strlen(name));
    int error = item_set(&file.item, data, size, kind);
    if (error)
        return error;
    memmove(&fw_cfg->files[place + 1], &fw_cfg->files[place],
            (fw_cfg->file_count - place) * sizeof(file));
    fw_cfg->files[place] = file;
    fw_cfg->file_count++;
    fill_directory(fw_cfg);
    return 0;
}

int fw_cfg_add_file(struct fw_cfg *fw_cfg, const char *name, const void *data,
                    size_t size)
{
    return add_file(fw_cfg, name, data, size, ITEM_COPIED);
}

int fw_cfg_add_writable_file(struct fw_cfg *fw_cfg, const char *name, const void *data,
                             size_t size)
{
    return add_file(fw_cfg, name, data, size, ITEM_WRITABLE);
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

    fill_directory(fw_cfg);
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
    for (unsigned i = 0; i < PLAIN_KEYS; i++)
        item_free(&fw_cfg->keys[i]);
    for (unsigned i = 0; i < LOCAL_KEYS; i++)
        item_free(&fw_cfg->local[i]);
    for (unsigned i = 0; i < fw_cfg->file_count; i++)
        item_free(&fw_cfg->files[i].item);
    free(fw_cfg);
}
