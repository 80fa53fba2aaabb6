/* kernel_choice.c: looks for iommufd and the device's cdev. */
#include "vfio/kernel_choice.h"

#include <dirent.h> /* vfio-dev */
#include <errno.h>  /* error codes */
#include <fcntl.h>  /* AT_EACCESS */
#include <stdio.h>  /* snprintf */
#include <string.h> /* strncmp */
#include <unistd.h> /* faccessat */

#define CDEV_NAME_SIZE 32

/* "vfio0", the device's entry of vfio-dev; false when there is none with a node. */
static bool find_cdev(const struct kernel_roots *roots, const char *address,
                      char name[CDEV_NAME_SIZE])
{
    char path[512];
    name[0] = '\0';
    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/vfio-dev", roots->sys, address);
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    for (struct dirent *entry; (entry = readdir(directory)) && !name[0];) {
        if (!strncmp(entry->d_name, "vfio", 4) &&
            strlen(entry->d_name) < CDEV_NAME_SIZE)
            snprintf(name, CDEV_NAME_SIZE, "%s", entry->d_name);
    }
    closedir(directory);
    if (!name[0])
        return false;
    /* Linux 6.1 has the entry already; only with a cdev does it have a number. */
    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/vfio-dev/%s/dev", roots->sys,
             address, name);
    return access(path, F_OK) == 0;
}

/* 0, -ENOENT or -EACCES: may this process read and write it? */
static int check_node(const char *path)
{
    if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0)
        return 0;
    return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -EACCES;
}

static int not_permitted(struct error *err, const char *path)
{
    return error_set(err, ERROR_IMPOSSIBLE, -EACCES,
                     "this user may not open %s: run as root, or as root chown $USER "
                     "%s",
                     path, path);
}

static int check_iommufd(const struct kernel_roots *roots, const char *address,
                         struct kernel_choice *choice, struct error *err)
{
    char name[CDEV_NAME_SIZE];
    snprintf(choice->iommu, sizeof(choice->iommu), "%s/iommu", roots->dev);
    int status = check_node(choice->iommu);
    if (status == -ENOENT)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "there is no %s (module iommufd, CONFIG_IOMMUFD of the kernel)",
            choice->iommu);
    if (status < 0)
        return not_permitted(err, choice->iommu);
    if (!find_cdev(roots, address, name))
        return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                         "the kernel gives the device no node of its own (Linux 6.6 or "
                         "later with CONFIG_VFIO_DEVICE_CDEV)");
    snprintf(choice->cdev, sizeof(choice->cdev), "%s/vfio/devices/%s", roots->dev,
             name);
    status = check_node(choice->cdev);
    if (status == -ENOENT)
        return error_set(err, ERROR_IMPOSSIBLE, status,
                         "there is no %s though the kernel has the device's node: udev "
                         "has not made it",
                         choice->cdev);
    return status < 0 ? not_permitted(err, choice->cdev) : 0;
}

int kernel_choose(const struct kernel_roots *roots, const char *address,
                  enum vfio_kernel_backend wanted, struct kernel_choice *choice,
                  struct error *err)
{
    *choice = (struct kernel_choice){ .backend = VFIO_KERNEL_GROUP };
    if (wanted == VFIO_KERNEL_GROUP)
        return 0;
    int status = check_iommufd(roots, address, choice, &choice->why_not);
    if (!status)
        choice->backend = VFIO_KERNEL_IOMMUFD;
    else if (wanted == VFIO_KERNEL_IOMMUFD)
        return error_set(err, choice->why_not.kind, status,
                         "%s: iommufd cannot be used: %s", address,
                         choice->why_not.text);
    return 0;
}
