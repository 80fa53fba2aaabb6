/* user_dma.h: the memory a vfio-user server may ask for by message. */
#ifndef VFIO_USER_DMA_H
#define VFIO_USER_DMA_H

#include "vfio/device.h" /* struct vfio_dma */

/* The ranges offered for DMA, in order of address; none overlap. Zero-initialise. */
struct user_dma {
    struct vfio_dma *maps;
    unsigned count, capacity;
    unsigned unshared; /* ranges that went without a descriptor */
};

/* 0, -EEXIST (it overlaps one) or -ENOMEM. */
int user_dma_add(struct user_dma *dma, const struct vfio_dma *map);
void user_dma_remove(struct user_dma *dma, unsigned place);

/*
 * The place of the first range that shares a byte with [iova, iova + size); dma->count
 * when there is none.
 */
unsigned user_dma_find(const struct user_dma *dma, uint64_t iova, uint64_t size);

/*
 * Where [iova, iova + size) is in this process, or NULL when it is not wholly inside
 * one range. size is not 0.
 */
void *user_dma_at(const struct user_dma *dma, uint64_t iova, uint64_t size);

void user_dma_free(struct user_dma *dma);

#endif
