/* disk_bounce.h: direct reads and writes of data that is not aligned as they need it.
 */
#ifndef DEVICES_DISK_BOUNCE_H
#define DEVICES_DISK_BOUNCE_H

#include <stdbool.h> /* bool */

struct disk_transfer;

/*
 * Before the first call of a read or write: where its data is not aligned, have it go
 * through a buffer, a part at a time. 0, or a negative errno: offset or length is not a
 * multiple of the alignment, or there is no memory.
 */
int disk_bounce_begin(struct disk_transfer *transfer, unsigned alignment);

/* A call ended: true when the next part's call is to be made. */
bool disk_bounce_next(struct disk_transfer *transfer);

/* The transfer is done, or will not go on. Without a buffer nothing is done. */
void disk_bounce_end(struct disk_transfer *transfer);

#endif
