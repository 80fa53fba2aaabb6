/* device.h: a VFIO device: its regions, interrupts and DMA, whatever serves it. */
#ifndef VFIO_DEVICE_H
#define VFIO_DEVICE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* offsets */

struct error;
struct event_loop;
struct vfio_device;

/* Region numbers, as in linux/vfio.h (VFIO_PCI_*_REGION_INDEX). */
enum {
    VFIO_REGION_BAR0 = 0,
    VFIO_REGION_ROM = 6,
    VFIO_REGION_CONFIG = 7,
    VFIO_REGION_VGA = 8,
    VFIO_REGION_SPECIFIC = 9, /* the first device-specific one */
};

enum { VFIO_IRQ_INTX = 0, VFIO_IRQ_MSI = 1, VFIO_IRQ_MSIX = 2 };

#define VFIO_REGION_READABLE  1u
#define VFIO_REGION_WRITEABLE 2u
#define VFIO_REGION_MAPPABLE  4u

#define VFIO_MAX_AREAS 16

/* A part of a region that can be mapped; page aligned, inside the region. */
struct vfio_area {
    uint64_t offset, size;
};

struct vfio_region {
    unsigned index;
    uint32_t flags; /* VFIO_REGION_* */
    uint64_t size;  /* 0: the region does not exist */
    /* Device-specific regions (linux/vfio.h, region info capability "type"). */
    uint32_t type, subtype;
    /* What can be mapped: the whole region, or the sparse areas it names. */
    unsigned area_count;
    struct vfio_area areas[VFIO_MAX_AREAS];
};

/* A run of guest RAM offered to the device for DMA. */
struct vfio_dma {
    uint64_t iova;   /* guest physical address */
    uint64_t size;   /* bytes, page aligned */
    void *host;      /* where it is mapped here */
    int fd;          /* the memfd behind it; needed by vfio-user, -1 otherwise */
    uint64_t offset; /* in fd */
};

/* How a host device is reached through the kernel. */
enum vfio_kernel_backend {
    VFIO_KERNEL_AUTO,    /* iommufd where it can be used, else the group */
    VFIO_KERNEL_IOMMUFD, /* the device's cdev and /dev/iommu (Linux 6.6 or later) */
    VFIO_KERNEL_GROUP,   /* IOMMU group and container */
};

/* "auto", "iommufd" or "group". */
const char *vfio_kernel_backend_name(enum vfio_kernel_backend backend);

/* Calls made so far, for --stats. */
struct vfio_counters {
    uint64_t dma_maps, dma_unmaps, region_reads, region_writes, messages;
};

/*
 * Open the device `where` names:
 *   "0000:00:02.0" or "00:02.0"    a host device bound to vfio-pci
 *   "vfio-user:PATH"               a server's UNIX socket
 * kvm_fd: the VM the device is registered with (KVM's VFIO device, so that the guest's
 * cache settings hold for non-coherent DMA), or -1. NULL on failure with
 * err naming the cause and the remedy. Free with vfio_device_close.
 */
struct vfio_device *vfio_device_open(const char *where, int kvm_fd, struct error *err);
/* The same, with the kernel's backend chosen; a vfio-user socket takes AUTO only. */
struct vfio_device *vfio_device_open_by(const char *where,
                                        enum vfio_kernel_backend backend, int kvm_fd,
                                        struct error *err);
/*
 * A further host device of the same VM, by the backend of `beside` (a host device),
 * whose DMA mappings hold for both: map through one of them only. Either may be closed
 * first.
 */
struct vfio_device *vfio_device_open_beside(const char *where,
                                            struct vfio_device *beside, int kvm_fd,
                                            struct error *err);
void vfio_device_close(struct vfio_device *device);

/* "0000:00:02.0" or "vfio-user:PATH"; lives as long as the device. */
const char *vfio_device_name(const struct vfio_device *device);
bool vfio_device_is_kernel(const struct vfio_device *device);
/* What serves it: "iommufd", "group" or "vfio-user". */
const char *vfio_device_backend(const struct vfio_device *device);
/* A line for people: what serves it and where, and why iommufd was not taken. */
const char *vfio_device_backend_text(const struct vfio_device *device);
struct vfio_counters vfio_device_counters(const struct vfio_device *device);

/* Number of regions and the facts of one; NULL when index is out of range. */
unsigned vfio_device_region_count(const struct vfio_device *device);
const struct vfio_region *vfio_device_region(const struct vfio_device *device,
                                             unsigned index);
/* The device-specific region of this type and subtype, or NULL. */
const struct vfio_region *vfio_device_find_region(const struct vfio_device *device,
                                                  uint32_t type, uint32_t subtype);

/*
 * Read or write `size` bytes of a region at `offset`. Registers want 1, 2, 4 or 8
 * naturally aligned bytes; ROM and device-specific regions take any size. Thread
 * safe. 0, -EINVAL outside the region, or the backend's negative errno.
 */
int vfio_device_read(struct vfio_device *device, unsigned region, uint64_t offset,
                     void *data, size_t size);
int vfio_device_write(struct vfio_device *device, unsigned region, uint64_t offset,
                      const void *data, size_t size);

/*
 * Map [offset, offset + size) of a region, page aligned and inside one of its areas.
 * Unmap with munmap. NULL on failure with err set (EBUSY: a host framebuffer or
 * another driver owns the range).
 */
void *vfio_device_map(struct vfio_device *device, unsigned region, uint64_t offset,
                      uint64_t size, struct error *err);

/* Interrupts of an index (VFIO_IRQ_*): how many vectors; 0 when it has none. */
unsigned vfio_device_irq_count(const struct vfio_device *device, unsigned index);

/*
 * Signal fds[i] (eventfds) at interrupt i of the index; replaces what was set. An index
 * that is not in use is enabled, and of INTx, MSI and MSI-X the one in use before is
 * disabled. count 0 disables the index; nothing happens when it is off.
 */
int vfio_device_set_irqs(struct vfio_device *device, unsigned index, const int *fds,
                         unsigned count);
/*
 * Unmask INTx whenever fd is signalled (KVM's resample event); -1: no more. After
 * vfio_device_set_irqs has turned INTx on; turning it off forgets fd.
 */
int vfio_device_set_intx_unmask(struct vfio_device *device, int fd);
int vfio_device_intx_unmask(struct vfio_device *device);

/* Function reset. 0, -ENOTSUP when the device cannot, or a negative errno. */
int vfio_device_reset(struct vfio_device *device, struct error *err);

/*
 * Let the device reach dma->host at dma->iova. err names range and cause (memory
 * lock limit, IOMMU width).
 */
int vfio_device_dma_map(struct vfio_device *device, const struct vfio_dma *dma,
                        struct error *err);
int vfio_device_dma_unmap(struct vfio_device *device, uint64_t iova, uint64_t size);

/*
 * vfio-user: watch the connection; gone(opaque) is called once, on the loop's
 * thread, when the server goes away (accesses then fail with -EIO). A kernel device
 * needs none of it and returns 0. Close the device on
 * the loop's thread, or when the loop runs no more.
 */
int vfio_device_watch(struct vfio_device *device, struct event_loop *loop,
                      void (*gone)(void *opaque), void *opaque);

#endif
