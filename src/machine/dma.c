/* dma.c: lets assigned devices reach guest memory. */
#include "machine/machine_internal.h" /* struct machine */

void machine_dma_add(struct machine *machine, struct vfio_device *vfio)
{
    machine->dma[machine->dma_count++] = (struct machine_dma){ .vfio = vfio };
}

static int map(struct machine_dma *dma, const struct guest_memory *ram,
               struct error *err)
{
    for (unsigned i = 0; i < ram->count; i++) {
        const struct guest_memory_block *block = &ram->blocks[i];
        struct vfio_dma range = { .iova = block->address,
                                  .size = block->size,
                                  .host = block->host,
                                  .fd = block->fd,
                                  .offset = block->offset };
        int result = vfio_device_dma_map(dma->vfio, &range, err);
        if (result < 0)
            return result;
        dma->mapped = i + 1;
    }
    return 0;
}

int machine_map_dma(struct machine *machine, struct error *err)
{
    int result = 0;
    for (unsigned i = 0; result == 0 && i < machine->dma_count; i++)
        result = map(&machine->dma[i], &machine->memory.ram, err);
    return result;
}

void machine_unmap_dma(struct machine *machine)
{
    for (unsigned i = 0; i < machine->dma_count; i++) {
        struct machine_dma *dma = &machine->dma[i];
        for (unsigned j = 0; j < dma->mapped; j++) {
            const struct guest_memory_block *block = &machine->memory.ram.blocks[j];
            vfio_device_dma_unmap(dma->vfio, block->address, block->size);
        }
        dma->mapped = 0;
    }
}
