/* dma_map.h: the client's memory as the model's bus mastering sees it. */
#ifndef MODEL_DMA_MAP_H
#define MODEL_DMA_MAP_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* addresses */

struct dma_map;

/*
 * Ranges at a time. A client behind an IOMMU maps page by page: 256 MiB of guest RAM
 * are 65536 ranges.
 */
#define DMA_MAP_MAX (4u << 20)

/* NULL when out of memory. */
struct dma_map *dma_map_new(void);
void dma_map_free(struct dma_map *map);

/*
 * Let [address, address + size) be the bytes of fd from offset on. fd is taken over,
 * also on failure; -1 makes a range that is known but cannot be accessed, as does an fd
 * that is no memory file. Logarithmic in the number of ranges. 0; -EINVAL (empty, a sum
 * overflows), -EEXIST (overlaps another), -ENOSPC or -ENOMEM.
 */
int dma_map_add(struct dma_map *map, uint64_t address, uint64_t size, int fd,
                uint64_t offset, bool writeable);

/*
 * Forget all ranges inside [address, address + size); size may reach 2^64. *removed:
 * the bytes they had, 0 when there were none, which is no error. -EINVAL, and nothing
 * removed, when a range lies only partly inside or the sum overflows.
 */
int dma_map_remove(struct dma_map *map, uint64_t address, uint64_t size,
                   uint64_t *removed);
void dma_map_clear(struct dma_map *map);

uint64_t dma_map_count(const struct dma_map *map);

/* Copy, across ranges too. 0, or -EFAULT (what could be copied before may have been).
 */
int dma_map_read(struct dma_map *map, uint64_t address, void *data, size_t size);
int dma_map_write(struct dma_map *map, uint64_t address, const void *data, size_t size);

#endif
