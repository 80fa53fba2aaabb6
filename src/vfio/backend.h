/* backend.h: what serves a VFIO device; private to this room. */
#ifndef VFIO_BACKEND_H
#define VFIO_BACKEND_H

#include "vfio/device.h" /* struct vfio_region, struct vfio_dma */

#include <pthread.h>   /* the lock around interrupt set-up */
#include <stdatomic.h> /* counters */

/* Interrupt indexes looked at: INTx, MSI, MSI-X, error, request (linux/vfio.h). */
#define VFIO_MAX_IRQ_INDEXES 5

/* More regions than any PCI device has: 9 of PCI and the device-specific ones. */
#define VFIO_MAX_REGIONS 64

/*
 * What each backend does. Checks that hold for both (a region exists, a range lies
 * inside it) are made before these are called. All return 0 or a negative errno.
 */
struct vfio_backend {
    int (*read)(struct vfio_device *device, unsigned region, uint64_t offset,
                void *data, size_t size);
    int (*write)(struct vfio_device *device, unsigned region, uint64_t offset,
                 const void *data, size_t size);
    /* MAP_SHARED of these pages; MAP_FAILED with errno set. */
    void *(*map)(struct vfio_device *device, unsigned region, uint64_t offset,
                 uint64_t size, int protection);
    /*
     * struct vfio_irq_set with these fields; fds (DATA_EVENTFD only) has count entries,
     * -1 for one to be taken away.
     */
    int (*set_irqs)(struct vfio_device *device, uint32_t flags, unsigned index,
                    unsigned start, const int *fds, unsigned count);
    int (*reset)(struct vfio_device *device, struct error *err);
    int (*dma_map)(struct vfio_device *device, const struct vfio_dma *dma,
                   struct error *err);
    int (*dma_unmap)(struct vfio_device *device, uint64_t iova, uint64_t size);
    int (*watch)(struct vfio_device *device, struct event_loop *loop,
                 void (*gone)(void *opaque), void *opaque);
    /* Give back everything, the struct included, also after a half-done open. */
    void (*close)(struct vfio_device *device);
};

/* The common part; the first member of each backend's own struct. */
struct vfio_device {
    const struct vfio_backend *backend;
    char name[160];
    const char *served_by;   /* "iommufd", "group" or "vfio-user" */
    char backend_text[1200]; /* for people: that and where, and why not another */
    bool is_kernel;
    bool can_reset;
    unsigned region_count;
    struct vfio_region regions[VFIO_MAX_REGIONS];
    uint64_t map_offsets[VFIO_MAX_REGIONS]; /* where each starts in its file */

    pthread_mutex_t irq_lock;
    unsigned irq_counts[VFIO_MAX_IRQ_INDEXES];
    uint32_t irq_flags[VFIO_MAX_IRQ_INDEXES];    /* VFIO_IRQ_INFO_* */
    unsigned irqs_enabled[VFIO_MAX_IRQ_INDEXES]; /* vectors in use; 0: index off */

    struct {
        atomic_uint_fast64_t dma_maps, dma_unmaps, region_reads, region_writes,
            messages;
    } counters;
};

/* address: as vfio_address_parse writes it; beside: a kernel device of the same backend
 * as wanted, or NULL. */
struct vfio_device *vfio_kernel_open(const char *address,
                                     enum vfio_kernel_backend wanted, int kvm_fd,
                                     struct vfio_device *beside, struct error *err);
struct vfio_device *vfio_user_open(const char *path, struct error *err);

/* On an already connected socket, which it owns from then on; for vfio_user_open and
 * tests. */
struct vfio_device *vfio_user_open_socket(int socket, const char *path, int timeout_ms,
                                          struct error *err);

/* Set up and tear down the common part; for the backends' open and close. */
void vfio_device_init(struct vfio_device *device, const struct vfio_backend *backend);
void vfio_device_finish(struct vfio_device *device);

#endif
