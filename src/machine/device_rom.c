/* device_rom.c: the ROM of a device, from its region or from a file. */
#include "machine/device_rom.h"

#include "base/error.h"     /* errors */
#include "pci/option_rom.h" /* how much of the region is used */
#include "vfio/device.h"    /* the region */

#include <fcntl.h>    /* open */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* strerror */
#include <sys/stat.h> /* fstat */
#include <unistd.h>   /* read */

uint8_t *device_rom_read(struct vfio_device *vfio, size_t limit, size_t *size)
{
    const struct vfio_region *region = vfio_device_region(vfio, VFIO_REGION_ROM);
    if (!region || region->size == 0)
        return NULL;
    size_t whole = region->size < limit ? (size_t)region->size : limit;
    uint8_t *bytes = calloc(1, whole);
    size_t have = 0, wanted;
    while (bytes && (wanted = option_rom_wanted(bytes, have, whole)) > have) {
        if (vfio_device_read(vfio, region->index, have, bytes + have, wanted - have) <
            0) {
            free(bytes);
            return NULL;
        }
        have = wanted;
    }
    *size = have;
    return bytes;
}

uint8_t *device_rom_file(const char *path, size_t limit, size_t *size,
                         struct error *err)
{
    struct stat status;
    uint8_t *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        error_set(err, ERROR_INPUT, -errno, "ROM %s: %s", path, strerror(errno));
    else if (!S_ISREG(status.st_mode) || status.st_size <= 0 ||
             (uint64_t)status.st_size > limit)
        error_set(err, ERROR_INPUT, -EINVAL,
                  "ROM %s: %lld bytes, expected a file of 1 to %zu", path,
                  (long long)status.st_size, limit);
    else {
        *size = (size_t)status.st_size;
        bytes = calloc(1, *size);
        if (!bytes || read(fd, bytes, *size) != (ssize_t)*size) {
            error_set(err, ERROR_INPUT, -EIO, "ROM %s: cannot be read", path);
            free(bytes);
            bytes = NULL;
        }
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}
