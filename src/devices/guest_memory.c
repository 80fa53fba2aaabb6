/* guest_memory.c: finds, copies and gives back guest RAM by guest physical address. */
#include "devices/guest_memory.h"

#include "base/bytes.h" /* range_inside */

#include <errno.h>    /* EFAULT */
#include <stdbool.h>  /* bool */
#include <string.h>   /* memcpy */
#include <sys/mman.h> /* madvise */

#define HOST_PAGE 4096

/* The block that holds the byte at address, or NULL. */
static const struct guest_memory_block *block_at(const struct guest_memory *memory,
                                                 uint64_t address)
{
    for (unsigned i = 0; i < memory->count; i++) {
        const struct guest_memory_block *block = &memory->blocks[i];
        if (address >= block->address && address - block->address < block->size)
            return block;
    }
    return NULL;
}

void *guest_memory_at(const struct guest_memory *memory, uint64_t address,
                      uint64_t size)
{
    const struct guest_memory_block *block = block_at(memory, address);
    if (!block || !range_inside(address - block->address, size, block->size))
        return NULL;
    return block->host + (address - block->address);
}

/* What a walk over a range does with the piece of it in one block. */
enum piece_action { PIECE_CHECK, PIECE_READ, PIECE_WRITE, PIECE_ZERO };

/* buffer: what is read to or written from; unused by the other actions. */
static bool walk(const struct guest_memory *memory, uint64_t address, uint64_t size,
                 enum piece_action action, uint8_t *buffer)
{
    while (size) {
        const struct guest_memory_block *block = block_at(memory, address);
        if (!block)
            return false;
        uint64_t offset = address - block->address;
        uint64_t piece = block->size - offset;
        if (piece > size)
            piece = size;
        switch (action) {
        case PIECE_CHECK:
            break;
        case PIECE_READ:
            memcpy(buffer, block->host + offset, piece);
            buffer += piece;
            break;
        case PIECE_WRITE:
            memcpy(block->host + offset, buffer, piece);
            buffer += piece;
            break;
        case PIECE_ZERO:
            memset(block->host + offset, 0, piece);
            break;
        }
        address += piece;
        size -= piece;
    }
    return true;
}

int guest_memory_read(const struct guest_memory *memory, uint64_t address, void *to,
                      size_t size)
{
    if (!walk(memory, address, size, PIECE_CHECK, NULL))
        return -EFAULT;
    walk(memory, address, size, PIECE_READ, to);
    return 0;
}

int guest_memory_write(const struct guest_memory *memory, uint64_t address,
                       const void *from, size_t size)
{
    if (!walk(memory, address, size, PIECE_CHECK, NULL))
        return -EFAULT;
    walk(memory, address, size, PIECE_WRITE, (uint8_t *)from);
    return 0;
}

int guest_memory_zero(const struct guest_memory *memory, uint64_t address,
                      uint64_t size)
{
    if (!walk(memory, address, size, PIECE_CHECK, NULL))
        return -EFAULT;
    walk(memory, address, size, PIECE_ZERO, NULL);
    return 0;
}

uint64_t guest_memory_discard(const struct guest_memory *memory, void *host,
                              uint64_t size)
{
    uintptr_t start = round_up((uintptr_t)host, HOST_PAGE);
    uintptr_t end = round_down((uintptr_t)host + size, HOST_PAGE);
    /* All blocks are of one kind. A file keeps what only leaves the mapping. */
    int advice = memory->blocks[0].fd < 0 ? MADV_DONTNEED : MADV_REMOVE;

    if (start >= end || madvise((void *)start, end - start, advice) < 0)
        return 0;
    return end - start;
}
