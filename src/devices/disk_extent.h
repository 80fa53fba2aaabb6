/* disk_extent.h: discarding and zeroing a range of a disk file, by what the host can
 * do. */
#ifndef DEVICES_DISK_EXTENT_H
#define DEVICES_DISK_EXTENT_H

#include <stdbool.h> /* bool */

struct disk_io;
struct disk_transfer;

/* The first call of a DISK_DISCARD or DISK_ZERO. False: the host can do nothing. */
bool disk_extent_begin(struct disk_io *io, struct disk_transfer *transfer);

/*
 * A call ended with transfer->result: choose the next. False when there is none: the
 * transfer is done with transfer->result. A discard the host cannot do is done without
 * an error; zeros it cannot make are written.
 */
bool disk_extent_next(struct disk_io *io, struct disk_transfer *transfer);

#endif
