/* iommufd_abi.h: the kernel's interface for a device cdev and its DMA through iommufd.
 *
 * From include/uapi/linux/vfio.h (VFIO_DEVICE_BIND_IOMMUFD, _ATTACH_IOMMUFD_PT) and
 * include/uapi/linux/iommufd.h of Linux 6.6, the first with both. Under names of our
 * own, since the headers of Debian 12 have neither and newer ones have them all; where
 * there are such headers tests/unit/vfio/test_iommufd_abi.c compares.
 */
#ifndef VFIO_IOMMUFD_ABI_H
#define VFIO_IOMMUFD_ABI_H

#include <linux/ioctl.h> /* _IO */
#include <stdint.h>      /* fixed-width integers */

/* On the device cdev: vfio.h, VFIO_TYPE ';', VFIO_BASE 100. argsz: sizeof the struct.
 */
#define CDEV_BIND_IOMMUFD _IO(';', 118)
#define CDEV_ATTACH_PT    _IO(';', 119)

/* Nothing else works on the cdev before this. */
struct cdev_bind_iommufd {
    uint32_t argsz;
    uint32_t flags; /* 0 */
    int32_t iommufd;
    uint32_t out_devid;
};

struct cdev_attach_pt {
    uint32_t argsz;
    uint32_t flags; /* 0 */
    uint32_t pt_id; /* in: the address space; out: the page table made for it */
};

/* On /dev/iommu: iommufd.h, IOMMUFD_TYPE ';'. size: sizeof the struct. */
#define IOMMUFD_IOAS_ALLOC       _IO(';', 0x81)
#define IOMMUFD_IOAS_IOVA_RANGES _IO(';', 0x84)
#define IOMMUFD_IOAS_MAP         _IO(';', 0x85)
#define IOMMUFD_IOAS_UNMAP       _IO(';', 0x86)

struct iommufd_ioas_alloc {
    uint32_t size;
    uint32_t flags; /* 0 */
    uint32_t out_ioas_id;
};

struct iommufd_iova_range {
    uint64_t first, last; /* inclusive */
};

/* EMSGSIZE when num_iovas entries are not enough; num_iovas then says how many are. */
struct iommufd_ioas_iova_ranges {
    uint32_t size;
    uint32_t ioas_id;
    uint32_t num_iovas;
    uint32_t reserved;
    uint64_t allowed_iovas; /* address of an array of struct iommufd_iova_range */
    uint64_t out_iova_alignment;
};

#define IOMMUFD_MAP_FIXED_IOVA (1u << 0)
#define IOMMUFD_MAP_WRITEABLE  (1u << 1)
#define IOMMUFD_MAP_READABLE   (1u << 2)

struct iommufd_ioas_map {
    uint32_t size;
    uint32_t flags; /* IOMMUFD_MAP_* */
    uint32_t ioas_id;
    uint32_t reserved;
    uint64_t user_va;
    uint64_t length;
    uint64_t iova;
};

/* length: in, what to unmap; out, how much was. ENOENT when nothing was mapped. */
struct iommufd_ioas_unmap {
    uint32_t size;
    uint32_t ioas_id;
    uint64_t iova;
    uint64_t length;
};

#endif
