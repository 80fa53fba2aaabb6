/* device.c: the interface of a VFIO device: checks what is asked, then the backend
 * acts. */
#include "vfio/device.h"

#include "base/bytes.h"   /* range_inside */
#include "base/error.h"   /* error_set, error_system */
#include "vfio/address.h" /* vfio_address_parse */
#include "vfio/backend.h" /* struct vfio_device */

#include <inttypes.h>   /* PRIx64 */
#include <linux/vfio.h> /* VFIO_IRQ_SET_* */
#include <stdlib.h>     /* calloc */
#include <sys/mman.h>   /* PROT_READ, MAP_FAILED */

#define USER_PREFIX "vfio-user:"
#define PAGE        4096ULL

const char *vfio_kernel_backend_name(enum vfio_kernel_backend backend)
{
    static const char *const names[] = { [VFIO_KERNEL_AUTO] = "auto",
                                         [VFIO_KERNEL_IOMMUFD] = "iommufd",
                                         [VFIO_KERNEL_GROUP] = "group" };
    return names[backend];
}

static int parse_address(const char *where, char address[VFIO_ADDRESS_SIZE],
                         struct error *err)
{
    if (vfio_address_parse(where, address) == 0)
        return 0;
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "\"%s\" is no device: expected a PCI address such as 00:02.0, "
                     "or " USER_PREFIX "PATH",
                     where);
}

struct vfio_device *vfio_device_open_by(const char *where,
                                        enum vfio_kernel_backend backend, int kvm_fd,
                                        struct error *err)
{
    bool user = !strncmp(where, USER_PREFIX, strlen(USER_PREFIX));
    if (user && backend != VFIO_KERNEL_AUTO) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "%s: the backend %s is for a host device, this one is a program's",
                  where, vfio_kernel_backend_name(backend));
        return NULL;
    }
    if (user)
        return vfio_user_open(where + strlen(USER_PREFIX), err);
    char address[VFIO_ADDRESS_SIZE];
    if (parse_address(where, address, err) < 0)
        return NULL;
    return vfio_kernel_open(address, backend, kvm_fd, NULL, err);
}

struct vfio_device *vfio_device_open_beside(const char *where,
                                            struct vfio_device *beside, int kvm_fd,
                                            struct error *err)
{
    char address[VFIO_ADDRESS_SIZE];
    bool iommufd =
        !strcmp(beside->served_by, vfio_kernel_backend_name(VFIO_KERNEL_IOMMUFD));
    if (parse_address(where, address, err) < 0)
        return NULL;
    return vfio_kernel_open(address, iommufd ? VFIO_KERNEL_IOMMUFD : VFIO_KERNEL_GROUP,
                            kvm_fd, beside, err);
}

struct vfio_device *vfio_device_open(const char *where, int kvm_fd, struct error *err)
{
    return vfio_device_open_by(where, VFIO_KERNEL_AUTO, kvm_fd, err);
}

void vfio_device_close(struct vfio_device *device)
{
    if (device)
        device->backend->close(device);
}

void vfio_device_init(struct vfio_device *device, const struct vfio_backend *backend)
{
    device->backend = backend;
    pthread_mutex_init(&device->irq_lock, NULL);
}

void vfio_device_finish(struct vfio_device *device)
{
    pthread_mutex_destroy(&device->irq_lock);
}

const char *vfio_device_name(const struct vfio_device *device)
{
    return device->name;
}

bool vfio_device_is_kernel(const struct vfio_device *device)
{
    return device->is_kernel;
}

const char *vfio_device_backend(const struct vfio_device *device)
{
    return device->served_by;
}

const char *vfio_device_backend_text(const struct vfio_device *device)
{
    return device->backend_text;
}

struct vfio_counters vfio_device_counters(const struct vfio_device *device)
{
    return (struct vfio_counters){
        .dma_maps = atomic_load(&device->counters.dma_maps),
        .dma_unmaps = atomic_load(&device->counters.dma_unmaps),
        .region_reads = atomic_load(&device->counters.region_reads),
        .region_writes = atomic_load(&device->counters.region_writes),
        .messages = atomic_load(&device->counters.messages),
    };
}

unsigned vfio_device_region_count(const struct vfio_device *device)
{
    return device->region_count;
}

const struct vfio_region *vfio_device_region(const struct vfio_device *device,
                                             unsigned index)
{
    return index < device->region_count ? &device->regions[index] : NULL;
}

const struct vfio_region *vfio_device_find_region(const struct vfio_device *device,
                                                  uint32_t type, uint32_t subtype)
{
    for (unsigned i = VFIO_REGION_SPECIFIC; i < device->region_count; i++) {
        const struct vfio_region *region = &device->regions[i];
        if (region->size && region->type == type && region->subtype == subtype)
            return region;
    }
    return NULL;
}

/* 0 when the access lies in a region that allows it. */
static int check_access(const struct vfio_device *device, unsigned region,
                        uint64_t offset, size_t size, uint32_t needed)
{
    const struct vfio_region *found = vfio_device_region(device, region);
    if (!found || !size || !range_inside(offset, size, found->size))
        return -EINVAL;
    return found->flags & needed ? 0 : -EACCES;
}

int vfio_device_read(struct vfio_device *device, unsigned region, uint64_t offset,
                     void *data, size_t size)
{
    int status = check_access(device, region, offset, size, VFIO_REGION_READABLE);
    if (status < 0)
        return status;
    atomic_fetch_add_explicit(&device->counters.region_reads, 1, memory_order_relaxed);
    return device->backend->read(device, region, offset, data, size);
}

int vfio_device_write(struct vfio_device *device, unsigned region, uint64_t offset,
                      const void *data, size_t size)
{
    int status = check_access(device, region, offset, size, VFIO_REGION_WRITEABLE);
    if (status < 0)
        return status;
    atomic_fetch_add_explicit(&device->counters.region_writes, 1, memory_order_relaxed);
    return device->backend->write(device, region, offset, data, size);
}

static bool inside_an_area(const struct vfio_region *region, uint64_t offset,
                           uint64_t size)
{
    for (unsigned i = 0; i < region->area_count; i++) {
        const struct vfio_area *area = &region->areas[i];
        if (offset >= area->offset &&
            range_inside(offset - area->offset, size, area->size))
            return true;
    }
    return false;
}

void *vfio_device_map(struct vfio_device *device, unsigned region, uint64_t offset,
                      uint64_t size, struct error *err)
{
    const struct vfio_region *found = vfio_device_region(device, region);
    if (!found || !size || (offset | size) % PAGE ||
        !inside_an_area(found, offset, size)) {
        error_set(err, ERROR_SYSTEM, -EINVAL,
                  "%s: region %u cannot be mapped at 0x%" PRIx64 "+0x%" PRIx64
                  ": not whole pages inside a mappable area",
                  device->name, region, offset, size);
        return NULL;
    }
    int protection = (found->flags & VFIO_REGION_READABLE ? PROT_READ : 0) |
                     (found->flags & VFIO_REGION_WRITEABLE ? PROT_WRITE : 0);
    void *at = device->backend->map(device, region, offset, size, protection);
    if (at != MAP_FAILED)
        return at;
    if (errno == EBUSY)
        error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                  "%s: region %u cannot be mapped: a host framebuffer or driver owns "
                  "this range, see /proc/iomem",
                  device->name, region);
    else
        error_system(err, -errno, "%s: mapping region %u at 0x%" PRIx64 "+0x%" PRIx64,
                     device->name, region, offset, size);
    return NULL;
}

unsigned vfio_device_irq_count(const struct vfio_device *device, unsigned index)
{
    return index < VFIO_MAX_IRQ_INDEXES ? device->irq_counts[index] : 0;
}

static int disable_irqs(struct vfio_device *device, unsigned index)
{
    if (!device->irqs_enabled[index])
        return 0;
    int status = device->backend->set_irqs(
        device, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, index, 0, NULL,
        0);
    if (!status)
        device->irqs_enabled[index] = 0;
    return status;
}

/* A PCI function uses one of INTx, MSI and MSI-X; the kernel refuses a second. */
static int disable_other_modes(struct vfio_device *device, unsigned index)
{
    int status = 0;
    if (index > VFIO_IRQ_MSIX)
        return 0;
    for (unsigned i = VFIO_IRQ_INTX; i <= VFIO_IRQ_MSIX && !status; i++) {
        if (i != index)
            status = disable_irqs(device, i);
    }
    return status;
}

/* Give vectors [start, enabled) no eventfd any more. */
static int take_away(struct vfio_device *device, unsigned index, unsigned start)
{
    unsigned count = device->irqs_enabled[index] - start;
    int *none = malloc(count * sizeof(*none));
    if (!none)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        none[i] = -1;
    int status = device->backend->set_irqs(
        device, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, index, start,
        none, count);
    free(none);
    return status;
}

static int enable_irqs(struct vfio_device *device, unsigned index, const int *fds,
                       unsigned count)
{
    unsigned *enabled = &device->irqs_enabled[index];
    int status = disable_other_modes(device, index);
    /* An index in use grows only by being set up anew, unless the device says
     * otherwise. */
    if (!status && count > *enabled &&
        device->irq_flags[index] & VFIO_IRQ_INFO_NORESIZE)
        status = disable_irqs(device, index);
    if (!status)
        status = device->backend->set_irqs(
            device, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, index, 0,
            fds, count);
    if (!status && count < *enabled)
        status = take_away(device, index, count);
    else if (!status)
        *enabled = count;
    return status;
}

int vfio_device_set_irqs(struct vfio_device *device, unsigned index, const int *fds,
                         unsigned count)
{
    if (count > vfio_device_irq_count(device, index))
        return -EINVAL;
    if (!count && index >= VFIO_MAX_IRQ_INDEXES)
        return 0;
    pthread_mutex_lock(&device->irq_lock);
    int status =
        count ? enable_irqs(device, index, fds, count) : disable_irqs(device, index);
    pthread_mutex_unlock(&device->irq_lock);
    return status;
}

int vfio_device_set_intx_unmask(struct vfio_device *device, int fd)
{
    if (!device->irq_counts[VFIO_IRQ_INTX])
        return -EINVAL;
    return device->backend->set_irqs(
        device, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK, VFIO_IRQ_INTX,
        0, &fd, 1);
}

int vfio_device_intx_unmask(struct vfio_device *device)
{
    if (!device->irq_counts[VFIO_IRQ_INTX])
        return -EINVAL;
    return device->backend->set_irqs(
        device, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, VFIO_IRQ_INTX, 0,
        NULL, 1);
}

int vfio_device_reset(struct vfio_device *device, struct error *err)
{
    if (!device->can_reset)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP, "%s has no function reset",
                         device->name);
    return device->backend->reset(device, err);
}

int vfio_device_dma_map(struct vfio_device *device, const struct vfio_dma *dma,
                        struct error *err)
{
    if (!dma->size || (dma->iova | dma->size) % PAGE ||
        dma->iova + (dma->size - 1) < dma->iova)
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "%s: DMA range 0x%" PRIx64 "+0x%" PRIx64
                         " is not a run of whole pages",
                         device->name, dma->iova, dma->size);
    int status = device->backend->dma_map(device, dma, err);
    if (!status)
        atomic_fetch_add(&device->counters.dma_maps, 1);
    return status;
}

int vfio_device_dma_unmap(struct vfio_device *device, uint64_t iova, uint64_t size)
{
    int status = device->backend->dma_unmap(device, iova, size);
    if (!status)
        atomic_fetch_add(&device->counters.dma_unmaps, 1);
    return status;
}

int vfio_device_watch(struct vfio_device *device, struct event_loop *loop,
                      void (*gone)(void *opaque), void *opaque)
{
    return device->backend->watch ? device->backend->watch(device, loop, gone, opaque)
                                  : 0;
}
