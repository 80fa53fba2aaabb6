/* disk_room.h: writes that wait until the host has room for them. */
#ifndef DEVICES_DISK_ROOM_H
#define DEVICES_DISK_ROOM_H

#include <stdbool.h> /* bool */

struct disk_io;
struct disk_transfer;

/*
 * A call ended: when it failed for want of room on the host, keep the transfer and make
 * the call again each second until there is some; true then. The guest only finds its
 * disk slow. Told in one line when it begins and one when it is over.
 */
bool disk_room_wait(struct disk_io *io, struct disk_transfer *transfer);

/* Drop what waits. */
void disk_room_forget(struct disk_io *io);

void disk_room_free(struct disk_io *io);

#endif
