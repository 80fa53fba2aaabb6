/* driver_tables.c: reads firmware tables in debugfs, where i915 and xe show them. */
#include "cmd/driver_tables.h"

#include "base/bytes.h"   /* loads and stores */
#include "base/error.h"   /* errors */
#include "host/sysfs.h"   /* the kernel's files */
#include "igd/opregion.h" /* where the VBT is told */

#include <errno.h>  /* codes */
#include <fcntl.h>  /* open */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* malloc */
#include <string.h> /* strstr */
#include <unistd.h> /* read */

#define FOLDER "sys/kernel/debug/dri"
/* Of version 2.0, that of RVDA as an address in memory, and of 2.1, as an offset. */
#define MAJOR_BYTE (IGD_OPREGION_VERSION + 3)
#define MINOR_BYTE (IGD_OPREGION_VERSION + 2)

bool driver_tables_shown(const char *address, char *driver, size_t size)
{
    return sysfs_link_name(driver, size, "", "sys/bus/pci/devices/%s/driver",
                           address) &&
           (!strcmp(driver, "i915") || !strcmp(driver, "xe"));
}

/* The file of the DRM device that is this PCI device; their folders have numbers, or
 * addresses, and a file that names the device. */
static bool find_file(char *path, size_t size, const char *address, const char *file)
{
    char **names;
    bool found = false;
    if (sysfs_list(&names, "", FOLDER) < 0)
        return false;
    for (char **name = names; *name && !found; name++) {
        char line[160];
        found = sysfs_read_line(line, sizeof(line), "", FOLDER "/%s/name", *name) &&
                strstr(line, address);
        if (found)
            snprintf(path, size, "/" FOLDER "/%s/%s", *name, file);
    }
    sysfs_list_free(names);
    return found;
}

static int read_table(const char *address, const char *file, uint8_t **bytes,
                      size_t *size, struct error *err)
{
    char path[160];
    if (!find_file(path, sizeof(path), address, file))
        return -ENOENT;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ENOENT : error_system(err, -errno, "%s", path);
    uint8_t *data = malloc(IGD_OPREGION_MAX);
    ssize_t got = data ? 1 : -1;
    *size = 0;
    while (got > 0 && *size < IGD_OPREGION_MAX) {
        got = read(fd, data + *size, IGD_OPREGION_MAX - *size);
        *size += got > 0 ? (size_t)got : 0;
    }
    int code = got < 0 ? -errno : 0;
    close(fd);
    if (code < 0) {
        free(data);
        return error_system(err, code, "%s", path);
    }
    *bytes = data;
    return 0;
}

int driver_tables_vbt(const char *address, uint8_t **bytes, size_t *size,
                      struct error *err)
{
    return read_table(address, "i915_vbt", bytes, size, err);
}

/* Linux drivers/vfio/pci/vfio_pci_igd.c does this to what it reads in memory. */
static void append_vbt(uint8_t *image, const uint8_t *vbt, size_t vbt_size)
{
    if (image[MINOR_BYTE] == 0 && image[MAJOR_BYTE] == 2)
        image[MINOR_BYTE] = 1;
    store64(image + IGD_OPREGION_RVDA, IGD_OPREGION_SIZE);
    store32(image + IGD_OPREGION_RVDS, (uint32_t)vbt_size);
    memcpy(image + IGD_OPREGION_SIZE, vbt, vbt_size);
}

int driver_tables_opregion(const char *address, uint8_t **bytes, size_t *size,
                           struct error *err)
{
    uint8_t *vbt = NULL;
    size_t vbt_size = 0;
    int result = read_table(address, "i915_opregion", bytes, size, err);
    if (result < 0)
        return result;
    uint8_t *image = *bytes;
    if (*size != IGD_OPREGION_SIZE || image[MAJOR_BYTE] < 2 ||
        !(load32(image + IGD_OPREGION_MBOX) & IGD_OPREGION_MBOX_ASLE) ||
        !load64(image + IGD_OPREGION_RVDA) || !load32(image + IGD_OPREGION_RVDS))
        return 0;
    if (read_table(address, "i915_vbt", &vbt, &vbt_size, err) < 0 || !vbt)
        return 0; /* whoever parses it says what is missing */
    if (vbt_size && vbt_size <= IGD_OPREGION_MAX - IGD_OPREGION_SIZE) {
        append_vbt(image, vbt, vbt_size);
        *size += vbt_size;
    }
    free(vbt);
    return 0;
}
