/* disk_lock.h: locks on a disk file that keep other virtual machines away. */
#ifndef DEVICES_DISK_LOCK_H
#define DEVICES_DISK_LOCK_H

#include <stdbool.h> /* bool */

/*
 * Lock an open disk file until it is closed: a writer excludes everybody, readers
 * exclude writers; QEMU's locks are understood and QEMU understands these. 0, -EBUSY
 * when somebody uses it in a way that cannot be shared, or another negative errno.
 */
int disk_lock(int fd, bool read_only);

#endif
