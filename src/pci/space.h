/* space.h: an address space of the PC (I/O ports or memory): who answers where. */
#ifndef PCI_SPACE_H
#define PCI_SPACE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

struct space;

/*
 * What a device does with an access inside its range. offset counts from the
 * range's base; size is 1, 2, 4 or 8; an access never crosses the range's end (the
 * space splits it). Called on a vCPU thread with the board's lock held, unless the
 * range says `unlocked`.
 */
struct range_ops {
    uint64_t (*read)(void *opaque, uint64_t offset, unsigned size);
    void (*write)(void *opaque, uint64_t offset, uint64_t value, unsigned size);
    /* 32-bit writes one behind the other at once; NULL: write() takes each. */
    void (*write_words)(void *opaque, uint64_t offset, const uint32_t *words,
                        unsigned count);
};

/* A range; its memory belongs to the device, and must outlive its place in a space. */
struct range {
    const char *name;
    const struct range_ops *ops;
    void *opaque;
    uint64_t base, size;
    bool unlocked;          /* the device needs no lock around its handlers */
    struct space *space;    /* set by the space; NULL while in none */
    unsigned slot;          /* set by the space */
    struct range *next;     /* set by the space: older ranges come first and win */
    uint64_t reads, writes; /* counted by the space, for --stats */
};

/*
 * size: 64 KiB for ports, 1 << 52 at most for memory. Lookups take constant time in a
 * space of 64 KiB or less, in a larger one the logarithm of the ranges in the same 16
 * MiB, or above 4 GiB. NULL when out of memory.
 */
struct space *space_new(uint64_t size);
void space_free(struct space *space);

/* The lock dispatch takes around handlers; a pthread_mutex_t owned by the caller. */
void space_set_lock(struct space *space, void *mutex);

/*
 * Let range answer at [base, base + size). Where ranges overlap the one added first
 * answers. Safe against accesses on other threads. Returns 0, -EINVAL (empty, or not
 * inside the space), -EBUSY (already in a space) or -ENOSPC (too many ranges).
 */
int space_add(struct space *space, struct range *range, uint64_t base, uint64_t size);

/* Take range out; nothing happens when it is in no space. */
void space_remove(struct range *range);

/* The range that answers at address, or NULL. */
struct range *space_find(struct space *space, uint64_t address);

/*
 * Access size bytes (1, 2, 4, 8) at address. Where nobody answers, reads give all
 * ones and writes vanish. An access that crosses the edge of ranges is split.
 */
uint64_t space_read(struct space *space, uint64_t address, unsigned size);
void space_write(struct space *space, uint64_t address, uint64_t value, unsigned size);

/* The same as `count` writes of 4 bytes from address on. */
void space_write_words(struct space *space, uint64_t address, const uint32_t *words,
                       unsigned count);

#endif
