/* address.h: the address of a PCI function of the host, as people write it. */
#ifndef VFIO_ADDRESS_H
#define VFIO_ADDRESS_H

#define VFIO_ADDRESS_SIZE 13 /* "0000:00:02.0" and its NUL */

/*
 * Read "0000:00:02.0", "00:02.0" or "0:2.0" (hexadecimal; the function is 0 to 7, the
 * device 0 to 1f) and write it in full, as sysfs names it. 0, or -EINVAL.
 */
int vfio_address_parse(const char *text, char address[VFIO_ADDRESS_SIZE]);

#endif
