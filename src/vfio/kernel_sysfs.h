/* kernel_sysfs.h: what sysfs says of a device, for VFIO's error messages. */
#ifndef VFIO_KERNEL_SYSFS_H
#define VFIO_KERNEL_SYSFS_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

/* The device's driver into name; false when it has none. */
bool kernel_driver_of(const char *address, char *name, size_t size);

/* The number of the device's IOMMU group, -1 when it is in none. */
int kernel_group_of(const char *address);

/* "0000:00:1f.3 (snd_hda_intel), ...": the devices of the group whose drivers keep it
 * from being used; "" when there are none. */
void kernel_group_blockers(int number, char *text, size_t size);

#endif
