/* source_bytes.c: reads a file, or a region of a device through VFIO. */
#include "cmd/source_bytes.h"

#include "base/error.h"        /* errors */
#include "cmd/driver_tables.h" /* what the host's driver shows */
#include "host/preflight.h"    /* what keeps a device from being opened */
#include "vfio/address.h"      /* is it one? */
#include "vfio/device.h"       /* its regions */

#include <fcntl.h>  /* open */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* malloc */
#include <string.h> /* strerror */
#include <unistd.h> /* read */

#define VFIO_TYPE_INTEL  0x80008086u /* PCI vendor type, vendor 8086 (linux/vfio.h) */
#define SUBTYPE_OPREGION 1
#define DEVICE_BYTES_MAX (1u << 20)

static int read_file(struct source_bytes *source, const char *path, size_t most,
                     struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_INPUT, -errno, "%s: %s", path, strerror(errno));
    source->bytes = malloc(most + 1);
    ssize_t got = source->bytes ? 1 : -1;
    while (got > 0 && source->size <= most) {
        got = read(fd, source->bytes + source->size, most + 1 - source->size);
        source->size += got > 0 ? (size_t)got : 0;
    }
    int code = got < 0 ? errno : 0;
    close(fd);
    if (code)
        return error_set(err, ERROR_INPUT, -code, "%s: %s", path, strerror(code));
    if (source->size > most)
        return error_set(err, ERROR_INPUT, -EFBIG,
                         "%s: larger than %zu bytes: not what is expected here", path,
                         most);
    snprintf(source->name, sizeof(source->name), "%s", path);
    return 0;
}

static const struct vfio_region *find_region(const struct vfio_device *device,
                                             enum source_kind kind)
{
    if (kind == SOURCE_ROM)
        return vfio_device_region(device, VFIO_REGION_ROM);
    return vfio_device_find_region(device, VFIO_TYPE_INTEL, SUBTYPE_OPREGION);
}

static int read_region(struct source_bytes *source, struct vfio_device *device,
                       enum source_kind kind, struct error *err)
{
    static const char *const names[] = {
        [SOURCE_ROM] = "ROM", [SOURCE_OPREGION] = "OpRegion", [SOURCE_VBT] = "OpRegion"
    };
    static const char *const absent[] = {
        [SOURCE_ROM] = "the kernel shows no ROM of it: on a computer started by UEFI "
                       "there is none at C0000; a ROM from the same kind of computer "
                       "started in legacy (CSM) mode can be given as a file",
        [SOURCE_OPREGION] = "the kernel shows no OpRegion of it: 'igdvm doctor' tells "
                            "which of the causes it is",
        [SOURCE_VBT] = "the kernel shows no OpRegion of it: 'igdvm doctor' tells which "
                       "of the causes it is",
    };
    const struct vfio_region *region = find_region(device, kind);
    if (!region || !region->size || region->size > DEVICE_BYTES_MAX)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV, "%s: %s",
                         vfio_device_name(device), absent[kind]);
    source->size = (size_t)region->size;
    source->bytes = malloc(source->size);
    if (!source->bytes)
        return error_system(err, -ENOMEM, "%s", vfio_device_name(device));
    snprintf(source->name, sizeof(source->name), "%s, its %s", vfio_device_name(device),
             names[kind]);
    int result =
        vfio_device_read(device, region->index, 0, source->bytes, source->size);
    return result < 0 ? error_system(err, result, "%s", source->name) : 0;
}

/* What the host's own driver of the GPU shows; -ENOENT without err: nothing. */
static int read_shown(struct source_bytes *source, const char *address,
                      enum source_kind kind, struct error *err)
{
    char driver[32];
    if (kind == SOURCE_ROM || !driver_tables_shown(address, driver, sizeof(driver)))
        return -ENOENT;
    int (*read_tables)(const char *, uint8_t **, size_t *, struct error *) =
        kind == SOURCE_VBT ? driver_tables_vbt : driver_tables_opregion;
    int result = read_tables(address, &source->bytes, &source->size, err);
    if (result == -ENOENT && geteuid() != 0)
        return error_set(err, ERROR_IMPOSSIBLE, -EACCES,
                         "%s: the driver %s has it, and shows its tables to root only: "
                         "run this as root",
                         address, driver);
    snprintf(source->name, sizeof(source->name), "%s, its %s by %s", address,
             kind == SOURCE_VBT ? "VBT" : "OpRegion", driver);
    return result;
}

static int read_device(struct source_bytes *source, const char *address,
                       enum source_kind kind, struct error *err)
{
    struct host_paths paths = host_paths_default();
    int result = host_preflight_gpu(&paths, address, err);
    if (result < 0)
        return result;
    result = read_shown(source, address, kind, err);
    if (result != -ENOENT)
        return result;
    result = host_preflight(&paths, address, err);
    if (result < 0)
        return result;
    struct vfio_device *device = vfio_device_open(address, -1, err);
    if (!device)
        return err->code;
    result = read_region(source, device, kind, err);
    vfio_device_close(device);
    return result;
}

int source_bytes_read(struct source_bytes *source, const char *where,
                      enum source_kind kind, size_t most, struct error *err)
{
    char address[VFIO_ADDRESS_SIZE];
    *source = (struct source_bytes){ 0 };
    bool device = vfio_address_parse(where, address) == 0 && access(where, F_OK) != 0;
    int result = device ? read_device(source, address, kind, err)
                        : read_file(source, where, most, err);
    if (result < 0)
        source_bytes_free(source);
    return result;
}

void source_bytes_free(struct source_bytes *source)
{
    free(source->bytes);
    source->bytes = NULL;
}
