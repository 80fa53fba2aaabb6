/* user_dma.c: keeps the memory a vfio-user server may ask for by message. */
#include "vfio/user_dma.h"

#include "base/bytes.h" /* range_inside */

#include <errno.h>  /* EEXIST */
#include <stdlib.h> /* realloc */

/* The first range that ends behind iova. */
static unsigned first_behind(const struct user_dma *dma, uint64_t iova)
{
    unsigned low = 0, high = dma->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        const struct vfio_dma *map = &dma->maps[middle];
        if (map->iova + (map->size - 1) < iova)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unsigned user_dma_find(const struct user_dma *dma, uint64_t iova, uint64_t size)
{
    unsigned place = first_behind(dma, iova);
    uint64_t last = iova + (size - 1);
    if (!size || place == dma->count || dma->maps[place].iova > last)
        return dma->count;
    return place;
}

int user_dma_add(struct user_dma *dma, const struct vfio_dma *map)
{
    unsigned place = first_behind(dma, map->iova);
    if (place < dma->count && dma->maps[place].iova <= map->iova + (map->size - 1))
        return -EEXIST;
    if (dma->count == dma->capacity) {
        unsigned capacity = dma->capacity ? dma->capacity * 2 : 16;
        struct vfio_dma *maps = realloc(dma->maps, capacity * sizeof(*maps));
        if (!maps)
            return -ENOMEM;
        dma->maps = maps;
        dma->capacity = capacity;
    }
    memmove(&dma->maps[place + 1], &dma->maps[place],
            (dma->count - place) * sizeof(*dma->maps));
    dma->maps[place] = *map;
    dma->count++;
    dma->unshared += map->fd < 0;
    return 0;
}

void user_dma_remove(struct user_dma *dma, unsigned place)
{
    dma->unshared -= dma->maps[place].fd < 0;
    dma->count--;
    memmove(&dma->maps[place], &dma->maps[place + 1],
            (dma->count - place) * sizeof(*dma->maps));
}

void *user_dma_at(const struct user_dma *dma, uint64_t iova, uint64_t size)
{
    unsigned place = first_behind(dma, iova);
    if (place == dma->count)
        return NULL;
    const struct vfio_dma *map = &dma->maps[place];
    if (iova < map->iova || !range_inside(iova - map->iova, size, map->size))
        return NULL;
    return (char *)map->host + (iova - map->iova);
}

void user_dma_free(struct user_dma *dma)
{
    free(dma->maps);
    *dma = (struct user_dma){ 0 };
}
