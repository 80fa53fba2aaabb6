/* kernel_group.h: a device's IOMMU group and container in the kernel; DMA goes here. */
#ifndef VFIO_KERNEL_GROUP_H
#define VFIO_KERNEL_GROUP_H

#include "vfio/device.h"      /* struct vfio_dma */
#include "vfio/iova_ranges.h" /* struct iova_ranges */

struct error;

struct kernel_group {
    int container, group; /* /dev/vfio/vfio and /dev/vfio/NUMBER; -1 when not open */
    int kvm_device;       /* KVM's VFIO device, -1 when there is none */
    int number;
    struct iova_ranges ranges;
};

/*
 * Open the group of the device at `address` and put it into a container of its own,
 * with the TYPE1v2 IOMMU. kvm_fd: the VM to tell of the group, or -1. 0, or a negative
 * errno with err naming cause and remedy and nothing left open.
 */
int kernel_group_open(struct kernel_group *group, const char *address, int kvm_fd,
                      struct error *err);
/* Safe after a failed open. The device's descriptor must be closed already. */
void kernel_group_close(struct kernel_group *group);

/* The device's descriptor, or a negative errno with err set. */
int kernel_group_device(const struct kernel_group *group, const char *address,
                        struct error *err);

int kernel_group_map(const struct kernel_group *group, const struct vfio_dma *dma,
                     struct error *err);
/* -ENOENT when nothing was mapped there. */
int kernel_group_unmap(const struct kernel_group *group, uint64_t iova, uint64_t size);

#endif
