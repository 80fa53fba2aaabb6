/* kernel_sysfs.c: reads what sysfs says of a device and its IOMMU group. */
#include "vfio/kernel_sysfs.h"

#include <dirent.h> /* the group's devices */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtol */
#include <string.h> /* strrchr */
#include <unistd.h> /* readlink */

/* The last part of the symbolic link at path; false when there is none. */
static bool read_link_name(const char *path, char *name, size_t size)
{
    char target[512];
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    int needed = snprintf(name, size, "%s", slash ? slash + 1 : target);
    return needed > 0 && (size_t)needed < size;
}

bool kernel_driver_of(const char *address, char *name, size_t size)
{
    char path[320]; /* address may be any name of a directory */
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", address);
    return read_link_name(path, name, size);
}

int kernel_group_of(const char *address)
{
    char path[128], name[32], *end;
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
    if (!read_link_name(path, name, sizeof(name)))
        return -1;
    long number = strtol(name, &end, 10);
    return end == name || *end || number < 0 ? -1 : (int)number;
}

void kernel_group_blockers(int number, char *text, size_t size)
{
    char path[64];
    size_t used = 0;
    text[0] = '\0';
    snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/devices", number);
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) && used < size;) {
        char driver[64];
        if (entry->d_name[0] == '.' ||
            !kernel_driver_of(entry->d_name, driver, sizeof(driver)) ||
            !strncmp(driver, "vfio", 4) || !strcmp(driver, "pcieport") ||
            !strcmp(driver, "pci-stub"))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s (%s)",
                                 used ? ", " : "", entry->d_name, driver);
    }
    closedir(directory);
}
