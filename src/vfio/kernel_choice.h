/* kernel_choice.h: which of the kernel's two backends can be used for a device. */
#ifndef VFIO_KERNEL_CHOICE_H
#define VFIO_KERNEL_CHOICE_H

#include "base/error.h"  /* why not the other */
#include "vfio/device.h" /* enum vfio_kernel_backend */

/* Where the kernel shows itself; other directories than these in tests. */
struct kernel_roots {
    const char *sys; /* "/sys" */
    const char *dev; /* "/dev" */
};

struct kernel_choice {
    enum vfio_kernel_backend backend; /* VFIO_KERNEL_IOMMUFD or VFIO_KERNEL_GROUP */
    char iommu[256];                  /* iommufd: path of the node iommu */
    char cdev[256];                   /* iommufd: path of the device's own node */
    /* What keeps iommufd from being used, with its remedy; code 0: nothing. */
    struct error why_not;
};

/*
 * Choose for the device at `address` (in full), which is bound to vfio-pci. AUTO takes
 * iommufd where the kernel has it and this process may open its nodes, else the group.
 * 0, or with IOMMUFD asked for a negative errno and err set: -ENOENT or -EACCES for a
 * node, -ENOTSUP for a kernel without device cdevs. Opens nothing.
 */
int kernel_choose(const struct kernel_roots *roots, const char *address,
                  enum vfio_kernel_backend wanted, struct kernel_choice *choice,
                  struct error *err);

#endif
