/* dma_map.c: the client's DMA ranges, in the C library's balanced tree. */
#include "model/dma_map.h"

#include "model/dma_file.h" /* what is behind a range */

#include <errno.h>  /* results */
#include <search.h> /* tsearch */
#include <stdlib.h> /* calloc */
#include <unistd.h> /* close */

/* [first, last], so that the end of the address space needs no special case. */
struct range {
    uint64_t first, last;
    struct dma_file *file; /* NULL: cannot be accessed */
    uint64_t offset;
    bool writeable;
};

struct dma_map {
    void *root;
    uint64_t count;
    struct dma_files files;
};

/*
 * Ranges in the tree never overlap, so "overlaps" serves as "equal": a search finds a
 * range that overlaps the key, if there is one.
 */
static int compare(const void *a, const void *b)
{
    const struct range *left = a, *right = b;
    if (left->last < right->first)
        return -1;
    return left->first > right->last;
}

static struct range *find(const struct dma_map *map, uint64_t first, uint64_t last)
{
    const struct range key = { .first = first, .last = last };
    void *node = tfind(&key, &map->root, compare);
    return node ? *(struct range **)node : NULL;
}

struct dma_map *dma_map_new(void)
{
    return calloc(1, sizeof(struct dma_map));
}

void dma_map_free(struct dma_map *map)
{
    if (!map)
        return;
    dma_map_clear(map);
    free(map);
}

static int add(struct dma_map *map, uint64_t address, uint64_t size, uint64_t offset,
               bool writeable, struct range **added)
{
    uint64_t last, end;
    if (size == 0 || __builtin_add_overflow(address, size - 1, &last) ||
        __builtin_add_overflow(offset, size, &end))
        return -EINVAL;
    if (map->count >= DMA_MAP_MAX)
        return -ENOSPC;
    struct range *range = calloc(1, sizeof(*range));
    if (!range)
        return -ENOMEM;
    *range = (struct range){
        .first = address, .last = last, .offset = offset, .writeable = writeable
    };
    void *node = tsearch(range, &map->root, compare);
    if (!node || *(struct range **)node != range) {
        free(range);
        return node ? -EEXIST : -ENOMEM;
    }
    map->count++;
    *added = range;
    return 0;
}

int dma_map_add(struct dma_map *map, uint64_t address, uint64_t size, int fd,
                uint64_t offset, bool writeable)
{
    struct range *range = NULL;
    int result = add(map, address, size, offset, writeable, &range);
    if (result < 0) {
        if (fd >= 0)
            close(fd);
        return result;
    }
    if (fd >= 0)
        range->file = dma_file_get(&map->files, fd);
    return 0;
}

static void forget(struct dma_map *map, struct range *range)
{
    tdelete(range, &map->root, compare);
    dma_file_put(&map->files, range->file);
    free(range);
    map->count--;
}

/* Does a range contain both the byte at `at` and the one before it? */
static bool straddles(const struct dma_map *map, uint64_t at)
{
    const struct range *range = at ? find(map, at, at) : NULL;
    return range && range->first < at;
}

int dma_map_remove(struct dma_map *map, uint64_t address, uint64_t size,
                   uint64_t *removed)
{
    *removed = 0;
    if (size == 0)
        return 0;
    uint64_t last;
    if (__builtin_add_overflow(address, size - 1, &last) || straddles(map, address) ||
        (last != UINT64_MAX && straddles(map, last + 1)))
        return -EINVAL;
    for (struct range *range; (range = find(map, address, last));) {
        *removed += range->last - range->first + 1;
        forget(map, range);
    }
    return 0;
}

void dma_map_clear(struct dma_map *map)
{
    for (struct range *range; (range = find(map, 0, UINT64_MAX));)
        forget(map, range);
}

uint64_t dma_map_count(const struct dma_map *map)
{
    return map->count;
}

/* One of from, to is the caller's buffer. */
static int copy(struct dma_map *map, uint64_t address, void *to, const void *from,
                size_t size)
{
    size_t done = 0;
    while (done < size) {
        const struct range *range = find(map, address, address);
        if (!range || !range->file || (from && !range->writeable))
            return -EFAULT;
        uint64_t left = range->last - address;
        size_t part = size - done;
        if (part - 1 > left)
            part = (size_t)left + 1;
        uint64_t offset = range->offset + (address - range->first);
        int result =
            from ? dma_file_write(range->file, offset, (const char *)from + done, part)
                 : dma_file_read(range->file, offset, (char *)to + done, part);
        if (result < 0)
            return result;
        done += part;
        if (done < size && __builtin_add_overflow(address, part, &address))
            return -EFAULT;
    }
    return 0;
}

int dma_map_read(struct dma_map *map, uint64_t address, void *data, size_t size)
{
    return copy(map, address, data, NULL, size);
}

int dma_map_write(struct dma_map *map, uint64_t address, const void *data, size_t size)
{
    return copy(map, address, NULL, data, size);
}
