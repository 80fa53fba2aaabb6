/* ppgtt.h: a context's own page tables. */
#ifndef MODEL_PPGTT_H
#define MODEL_PPGTT_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* addresses */

struct model;

/* What the tables look like. */
enum ppgtt_kind {
    PPGTT_NONE,     /* addresses are the global GTT's */
    PPGTT_2_LEVELS, /* Gen6, Gen7: a directory inside the GGTT's own table */
    PPGTT_3_LEVELS, /* Gen8 on: four directories, 4 GiB */
    PPGTT_4_LEVELS, /* Gen8 on: 256 TiB */
};

#define PPGTT_CACHE 64 /* translations kept */

struct ppgtt {
    enum ppgtt_kind kind;
    uint64_t roots[4]; /* directories; 4 levels: the first alone. 2: a byte offset */
    struct ppgtt_entry {
        bool valid, writeable;
        uint64_t page, address; /* both multiples of 4096 */
    } cache[PPGTT_CACHE];
};

/* Look everything up anew. */
void ppgtt_invalidate(struct ppgtt *ppgtt);

/*
 * Copy across pages. 0, or -EFAULT at the first page without a valid entry, or that may
 * not be written, or that is no memory; *fault is then its address. What was copied
 * before stays copied.
 */
int ppgtt_read(struct model *model, struct ppgtt *ppgtt, uint64_t address, void *data,
               size_t size, uint64_t *fault);
int ppgtt_write(struct model *model, struct ppgtt *ppgtt, uint64_t address,
                const void *data, size_t size, uint64_t *fault);

#endif
