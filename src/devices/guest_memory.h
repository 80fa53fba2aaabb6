/* guest_memory.h: the guest's RAM as devices reach it: by guest physical address. */
#ifndef DEVICES_GUEST_MEMORY_H
#define DEVICES_GUEST_MEMORY_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* addresses */

#define GUEST_MEMORY_BLOCKS 8

/* One run of RAM. */
struct guest_memory_block {
    uint64_t address; /* guest physical */
    uint64_t size;    /* bytes */
    uint8_t *host;    /* where igdvm sees it */
    int fd;           /* the memfd behind it, or -1 */
    uint64_t offset;  /* of the block in fd */
};

/* All RAM, lowest address first, no two blocks overlapping. Fixed once made. */
struct guest_memory {
    unsigned count;
    struct guest_memory_block blocks[GUEST_MEMORY_BLOCKS];
};

/*
 * Host pointer to [address, address + size), or NULL when any byte of it is not RAM
 * or it spans two blocks. size 0 is valid where address is.
 */
void *guest_memory_at(const struct guest_memory *memory, uint64_t address,
                      uint64_t size);

/* Copy, across blocks too. 0, or -EFAULT with nothing copied. */
int guest_memory_read(const struct guest_memory *memory, uint64_t address, void *to,
                      size_t size);
int guest_memory_write(const struct guest_memory *memory, uint64_t address,
                       const void *from, size_t size);
int guest_memory_zero(const struct guest_memory *memory, uint64_t address,
                      uint64_t size);

/*
 * Give the whole pages in [host, host + size) back to the system: they read as zeros
 * until something is written to them again. The range is RAM. How many bytes went.
 */
uint64_t guest_memory_discard(const struct guest_memory *memory, void *host,
                              uint64_t size);

#endif
