/* kernel_iommu.h: the kernel's two ways to a device and its DMA, behind one interface.
 */
#ifndef VFIO_KERNEL_IOMMU_H
#define VFIO_KERNEL_IOMMU_H

#include "vfio/device.h"      /* struct vfio_dma */
#include "vfio/iova_ranges.h" /* struct iova_ranges */

struct error;
struct kernel_choice;
struct kernel_iommu;

/* Ranges have been checked, errors are put into words, by the callers of these. */
struct kernel_iommu_ops {
    const char *name; /* "group" or "iommufd" */
    /* 0 or a negative errno. */
    int (*map)(struct kernel_iommu *iommu, const struct vfio_dma *dma);
    /* -ENOENT when nothing was mapped there. */
    int (*unmap)(struct kernel_iommu *iommu, uint64_t iova, uint64_t size);
    /* Close all, the device first or last as it must be, and free iommu. */
    void (*close)(struct kernel_iommu *iommu);
};

/* The common part; the first member of each way's own struct. */
struct kernel_iommu {
    const struct kernel_iommu_ops *ops;
    char address[16];
    int device;     /* the device's descriptor; -1 when not open */
    int kvm_device; /* KVM's VFIO device; -1 when there is none */
    struct iova_ranges ranges;
};

/*
 * Open the device at `address` by its IOMMU group, in a container of its own with the
 * TYPE1v2 IOMMU; or by its cdev, attached to an address space of iommufd (choice: from
 * kernel_choose). kvm_fd: the VM to tell of it, or -1. NULL with err naming cause and
 * remedy, and nothing left open. Free with ops->close.
 *
 * beside: another device of the same VM, opened the same way, whose container or
 * address space this one shares: what is mapped for one is mapped for both. NULL: none.
 * Any may be closed first. Two devices of one IOMMU group are two devices.
 */
struct kernel_iommu *kernel_group_open(const char *address, int kvm_fd,
                                       struct kernel_iommu *beside, struct error *err);
struct kernel_iommu *kernel_iommufd_open(const char *address,
                                         const struct kernel_choice *choice, int kvm_fd,
                                         const struct kernel_iommu *beside,
                                         struct error *err);

/* For both: the common part of a new one. */
void kernel_iommu_init(struct kernel_iommu *iommu, const struct kernel_iommu_ops *ops,
                       const char *address);

/*
 * Tell KVM of `file`, the device's or its group's: of the VM kvm_fd, or, with beside,
 * of its VM. Nothing without either. 0, or a negative errno with err set.
 */
int kernel_iommu_tell_kvm(struct kernel_iommu *iommu, int kvm_fd, int file,
                          const struct kernel_iommu *beside, struct error *err);

/* Map after checking what the IOMMU can translate; err names range and cause. */
int kernel_iommu_map(struct kernel_iommu *iommu, const struct vfio_dma *dma,
                     struct error *err);

#endif
