/* kernel.c: the VFIO device that Linux serves: a host device bound to vfio-pci. */
#include "base/bytes.h"         /* MIB */
#include "base/error.h"         /* error_system */
#include "base/log.h"           /* log_warning */
#include "vfio/backend.h"       /* struct vfio_device */
#include "vfio/kernel_choice.h" /* which way to take */
#include "vfio/kernel_iommu.h"  /* the device's descriptor, DMA */
#include "vfio/kernel_sysfs.h"  /* the IOMMU group's number */
#include "vfio/region_caps.h"   /* region_from_info */

#include <linux/vfio.h> /* VFIO_DEVICE_* */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* calloc */
#include <sys/ioctl.h>  /* ioctl */
#include <sys/mman.h>   /* mmap */
#include <unistd.h>     /* pread, pwrite */

struct kernel_device {
    struct vfio_device base; /* first */
    struct kernel_iommu *iommu;
    int fd; /* the device's; iommu closes it */
};

static struct kernel_device *kernel_device(struct vfio_device *device)
{
    return (struct kernel_device *)device;
}

static int kernel_read(struct vfio_device *device, unsigned region, uint64_t offset,
                       void *data, size_t size)
{
    int fd = kernel_device(device)->fd;
    uint64_t base = device->map_offsets[region] + offset;
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(fd, (char *)data + done, size - done, (off_t)(base + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EIO;
        done += (size_t)got;
    }
    return 0;
}

static int kernel_write(struct vfio_device *device, unsigned region, uint64_t offset,
                        const void *data, size_t size)
{
    int fd = kernel_device(device)->fd;
    uint64_t base = device->map_offsets[region] + offset;
    for (size_t done = 0; done < size;) {
        ssize_t put =
            pwrite(fd, (const char *)data + done, size - done, (off_t)(base + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? -errno : -EIO;
        done += (size_t)put;
    }
    return 0;
}

static void *kernel_map(struct vfio_device *device, unsigned region, uint64_t offset,
                        uint64_t size, int protection)
{
    return mmap(NULL, size, protection, MAP_SHARED, kernel_device(device)->fd,
                (off_t)(device->map_offsets[region] + offset));
}

static int kernel_set_irqs(struct vfio_device *device, uint32_t flags, unsigned index,
                           unsigned start, const int *fds, unsigned count)
{
    size_t data = fds ? count * sizeof(int32_t) : 0;
    struct vfio_irq_set *set = calloc(1, sizeof(*set) + data);
    if (!set)
        return -ENOMEM;
    set->argsz = (uint32_t)(sizeof(*set) + data);
    set->flags = flags;
    set->index = index;
    set->start = start;
    set->count = count;
    if (data)
        memcpy(set->data, fds, data);
    int status = ioctl(kernel_device(device)->fd, VFIO_DEVICE_SET_IRQS, set);
    int code = status < 0 ? -errno : 0;
    free(set);
    /* A positive answer: that many vectors could be had, fewer than asked; none are on.
     */
    return status > 0 ? -ENOSPC : code;
}

static int kernel_reset(struct vfio_device *device, struct error *err)
{
    if (ioctl(kernel_device(device)->fd, VFIO_DEVICE_RESET) < 0)
        return error_system(err, -errno, "%s: function reset", device->name);
    return 0;
}

static int kernel_dma_map(struct vfio_device *device, const struct vfio_dma *dma,
                          struct error *err)
{
    return kernel_iommu_map(kernel_device(device)->iommu, dma, err);
}

static int kernel_dma_unmap(struct vfio_device *device, uint64_t iova, uint64_t size)
{
    struct kernel_iommu *iommu = kernel_device(device)->iommu;
    return iommu->ops->unmap(iommu, iova, size);
}

static void kernel_close(struct vfio_device *device)
{
    struct kernel_device *kernel = kernel_device(device);
    if (kernel->iommu)
        kernel->iommu->ops->close(kernel->iommu);
    vfio_device_finish(device);
    free(kernel);
}

static const struct vfio_backend kernel_backend = {
    .read = kernel_read,
    .write = kernel_write,
    .map = kernel_map,
    .set_irqs = kernel_set_irqs,
    .reset = kernel_reset,
    .dma_map = kernel_dma_map,
    .dma_unmap = kernel_dma_unmap,
    .close = kernel_close,
};

/* The first call says how much room the capabilities need, the second brings them. */
static int read_region(struct kernel_device *kernel, unsigned index, struct error *err)
{
    struct vfio_device *device = &kernel->base;
    struct vfio_region_info small = { .argsz = sizeof(small), .index = index };
    device->regions[index].index = index;
    if (ioctl(kernel->fd, VFIO_DEVICE_GET_REGION_INFO, &small) < 0) {
        /* EINVAL: there is none, as for VGA without CONFIG_VFIO_PCI_VGA. */
        if (errno == EINVAL)
            return 0;
        return error_system(err, -errno, "%s: info of region %u", device->name, index);
    }
    uint32_t size = small.argsz < sizeof(small) ? (uint32_t)sizeof(small) : small.argsz;
    if (size > MIB)
        return error_set(err, ERROR_SYSTEM, -E2BIG,
                         "%s: info of region %u has %u bytes", device->name, index,
                         size);
    struct vfio_region_info *info = calloc(1, size);
    if (!info)
        return error_system(err, -ENOMEM, "%s: info of region %u", device->name, index);
    info->argsz = size;
    info->index = index;
    int status;
    unsigned left_out = 0;
    if (ioctl(kernel->fd, VFIO_DEVICE_GET_REGION_INFO, info) < 0) {
        status =
            error_system(err, -errno, "%s: info of region %u", device->name, index);
    } else {
        status = region_from_info(info, size, index, &device->regions[index],
                                  &device->map_offsets[index], &left_out, err);
        if (status < 0)
            error_prefix(err, "%s", device->name);
    }
    if (left_out)
        log_warning(device->name,
                    "region %u: %u mappable areas too many, they are slower", index,
                    left_out);
    free(info);
    return status;
}

static int read_facts(struct kernel_device *kernel, struct error *err)
{
    struct vfio_device *device = &kernel->base;
    struct vfio_device_info info = { .argsz = sizeof(info) };
    if (ioctl(kernel->fd, VFIO_DEVICE_GET_INFO, &info) < 0)
        return error_system(err, -errno, "%s: device info", device->name);
    if (!(info.flags & VFIO_DEVICE_FLAGS_PCI) || info.num_regions > VFIO_MAX_REGIONS ||
        info.num_regions <= VFIO_REGION_CONFIG)
        return error_set(err, ERROR_SYSTEM, -ENOTSUP,
                         "%s: the kernel shows no PCI device (flags 0x%x, %u regions)",
                         device->name, info.flags, info.num_regions);
    device->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
    device->region_count = info.num_regions;
    for (unsigned i = 0; i < info.num_regions; i++) {
        int status = read_region(kernel, i, err);
        if (status < 0)
            return status;
    }
    for (unsigned i = 0; i < info.num_irqs && i < VFIO_MAX_IRQ_INDEXES; i++) {
        struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = i };
        /* EINVAL: the index does not apply to this device (errors, without AER). */
        if (ioctl(kernel->fd, VFIO_DEVICE_GET_IRQ_INFO, &irq) < 0)
            continue;
        device->irq_counts[i] = irq.flags & VFIO_IRQ_INFO_EVENTFD ? irq.count : 0;
        device->irq_flags[i] = irq.flags;
    }
    return 0;
}

/* Would the group perhaps do where iommufd failed so? */
static bool group_may_do(int code)
{
    return code == -EPERM || code == -EACCES || code == -ENOENT || code == -ENODEV ||
           code == -ENOTTY || code == -EOPNOTSUPP;
}

/* Into device->backend_text goes what was taken and why. */
static struct kernel_iommu *open_iommu(struct vfio_device *device,
                                       enum vfio_kernel_backend wanted, int kvm_fd,
                                       struct kernel_iommu *beside, struct error *err)
{
    static const struct kernel_roots roots = { .sys = "/sys", .dev = "/dev" };
    const char *address = device->name;
    struct kernel_choice choice;
    if (kernel_choose(&roots, address, wanted, &choice, err) < 0)
        return NULL;
    if (choice.backend == VFIO_KERNEL_IOMMUFD) {
        snprintf(device->backend_text, sizeof(device->backend_text), "iommufd, %s",
                 choice.cdev);
        struct kernel_iommu *iommu =
            kernel_iommufd_open(address, &choice, kvm_fd, beside, err);
        if (iommu || wanted == VFIO_KERNEL_IOMMUFD || !group_may_do(err->code))
            return iommu;
        choice.why_not = *err;
    }
    snprintf(device->backend_text, sizeof(device->backend_text),
             "IOMMU group %d and container%s%s", kernel_group_of(address),
             choice.why_not.code ? "; not iommufd: " : "", choice.why_not.text);
    return kernel_group_open(address, kvm_fd, beside, err);
}

struct vfio_device *vfio_kernel_open(const char *address,
                                     enum vfio_kernel_backend wanted, int kvm_fd,
                                     struct vfio_device *beside, struct error *err)
{
    struct error own = { 0 };
    err = err ? err : &own;
    struct kernel_device *kernel = calloc(1, sizeof(*kernel));
    if (!kernel) {
        error_system(err, -ENOMEM, "%s", address);
        return NULL;
    }
    struct vfio_device *device = &kernel->base;
    vfio_device_init(device, &kernel_backend);
    device->is_kernel = true;
    snprintf(device->name, sizeof(device->name), "%s", address);
    struct kernel_iommu *shared = beside ? kernel_device(beside)->iommu : NULL;
    kernel->iommu = open_iommu(device, wanted, kvm_fd, shared, err);
    if (kernel->iommu) {
        device->served_by = kernel->iommu->ops->name;
        kernel->fd = kernel->iommu->device;
        if (read_facts(kernel, err) == 0)
            return device;
    }
    kernel_close(device);
    return NULL;
}
