/* fw_cfg_items.c: the items of the firmware configuration device: keys, named files and
 * their directory, and where their bytes are. */
#include "devices/fw_cfg_internal.h"

#include "base/log.h" /* files that were cut */

#include <endian.h> /* the directory's numbers */
#include <errno.h>  /* why a file cannot be read */
#include <stdlib.h> /* malloc */
#include <string.h> /* memcpy, strcmp */
#include <unistd.h> /* pread */

struct item *fw_cfg_find_item(struct fw_cfg *fw_cfg, uint16_t key)
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

/* Whoever wrote the file may have made it shorter since. */
void fw_cfg_read_item_file(struct item_file *file, uint64_t offset, uint8_t *to,
                           size_t size)
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

void fw_cfg_fill_directory(struct fw_cfg *fw_cfg)
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
    fw_cfg_fill_directory(fw_cfg);
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

void fw_cfg_items_reset(struct fw_cfg *fw_cfg)
{
    for (unsigned i = 0; i < fw_cfg->file_count; i++) {
        struct item *item = &fw_cfg->files[i].item;
        if (item->original)
            memcpy(item->owned, item->original, item->size);
    }
}

void fw_cfg_items_free(struct fw_cfg *fw_cfg)
{
    for (unsigned i = 0; i < PLAIN_KEYS; i++)
        item_free(&fw_cfg->keys[i]);
    for (unsigned i = 0; i < LOCAL_KEYS; i++)
        item_free(&fw_cfg->local[i]);
    for (unsigned i = 0; i < fw_cfg->file_count; i++)
        item_free(&fw_cfg->files[i].item);
}
