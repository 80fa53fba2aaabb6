/* device_rom.h: the ROM of a device, from its region or from a file. */
#ifndef MACHINE_DEVICE_ROM_H
#define MACHINE_DEVICE_ROM_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

struct error;
struct vfio_device;

/*
 * The images in the ROM region alone: it may be much larger, and is slow to read. At
 * most limit bytes. NULL: there are none that can be read. Free it.
 */
uint8_t *device_rom_read(struct vfio_device *vfio, size_t limit, size_t *size);

/* A file of 1 to limit bytes. NULL with err. Free it. */
uint8_t *device_rom_file(const char *path, size_t limit, size_t *size,
                         struct error *err);

#endif
