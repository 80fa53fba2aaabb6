/* kernel_group.c: opens a VFIO group and container, and maps memory for DMA. */
#include "base/bytes.h"        /* MIB */
#include "base/error.h"        /* error_set, error_system */
#include "vfio/kernel_iommu.h" /* struct kernel_iommu */
#include "vfio/kernel_kvm.h"   /* telling KVM */
#include "vfio/kernel_sysfs.h" /* the device's driver and group */

#include <fcntl.h>      /* open */
#include <linux/vfio.h> /* VFIO_GROUP_* */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* calloc */
#include <sys/ioctl.h>  /* ioctl */
#include <unistd.h>     /* access, close */

struct kernel_group {
    struct kernel_iommu base; /* first */
    int container, group;     /* /dev/vfio/vfio and /dev/vfio/NUMBER; -1: not open */
    int number;
    bool shared; /* the group file is another device's, which has told KVM of it */
    struct kernel_group *next; /* in a ring: the devices of this container */
};

static struct kernel_group *kernel_group(struct kernel_iommu *iommu)
{
    return (struct kernel_group *)iommu;
}

static int group_map(struct kernel_iommu *iommu, const struct vfio_dma *dma)
{
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
        .vaddr = (uint64_t)(uintptr_t)dma->host,
        .iova = dma->iova,
        .size = dma->size,
    };
    return ioctl(kernel_group(iommu)->container, VFIO_IOMMU_MAP_DMA, &map) < 0 ? -errno
                                                                               : 0;
}

static int group_unmap(struct kernel_iommu *iommu, uint64_t iova, uint64_t size)
{
    struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap),
                                                .iova = iova,
                                                .size = size };
    if (ioctl(kernel_group(iommu)->container, VFIO_IOMMU_UNMAP_DMA, &unmap) < 0)
        return -errno;
    return unmap.size ? 0 : -ENOENT;
}

static void leave_ring(struct kernel_group *group)
{
    struct kernel_group *before = group;
    while (before->next != group)
        before = before->next;
    before->next = group->next;
}

static void group_close(struct kernel_iommu *iommu)
{
    struct kernel_group *group = kernel_group(iommu);
    leave_ring(group);
    if (iommu->device >= 0)
        close(iommu->device);
    kernel_kvm_remove(&iommu->kvm_device, group->group, iommu->address);
    /* The last descriptor of the group takes it out of the container and drops its DMA.
     */
    if (group->group >= 0)
        close(group->group);
    if (group->container >= 0)
        close(group->container);
    free(group);
}

static const struct kernel_iommu_ops group_ops = {
    .name = "group",
    .map = group_map,
    .unmap = group_unmap,
    .close = group_close,
};

static int find_group(struct kernel_group *group, const char *address,
                      struct error *err)
{
    char path[128], driver[64];
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", address);
    if (access(path, F_OK) < 0)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "%s: this computer has no such PCI device", address);
    if (!kernel_driver_of(address, driver, sizeof(driver)))
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "%s is bound to no driver: bind it to vfio-pci first",
                         address);
    group->number = kernel_group_of(address);
    if (group->number < 0)
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENODEV,
            "%s is in no IOMMU group: turn on VT-d in the firmware and boot "
            "with intel_iommu=on",
            address);
    return 0;
}

static int open_container(struct kernel_group *group, struct error *err)
{
    group->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    if (group->container < 0) {
        int code = -errno;
        return error_system(err, code, "/dev/vfio/vfio (%s)",
                            code == -EACCES ? "give this user access to it"
                                            : "is the module vfio loaded?");
    }
    int version = ioctl(group->container, VFIO_GET_API_VERSION);
    if (version != VFIO_API_VERSION)
        return error_set(err, ERROR_SYSTEM, -ENOTSUP,
                         "/dev/vfio/vfio speaks VFIO version %d, expected %d", version,
                         VFIO_API_VERSION);
    if (ioctl(group->container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) <= 0)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOTSUP,
                         "the kernel offers no type 1 IOMMU to VFIO: load the module "
                         "vfio_iommu_type1");
    return 0;
}

/*
 * A further device of the same VM: in its container, perhaps in the very group of one
 * that is there, whose file cannot be opened twice.
 */
static int join(struct kernel_group *group, struct kernel_group *other,
                struct error *err)
{
    struct kernel_group *same = other;
    while (same->number != group->number && same->next != other)
        same = same->next;
    group->shared = same->number == group->number;
    group->container = fcntl(other->container, F_DUPFD_CLOEXEC, 0);
    if (group->container >= 0 && group->shared)
        group->group = fcntl(same->group, F_DUPFD_CLOEXEC, 0);
    if (group->container < 0 || (group->shared && group->group < 0))
        return error_system(err, -errno, "%s: container", group->base.address);
    group->next = other->next;
    other->next = group;
    return 0;
}

static int open_group(struct kernel_group *group, const char *address, bool alone,
                      struct error *err)
{
    char path[64];
    snprintf(path, sizeof(path), "/dev/vfio/%d", group->number);
    group->group = open(path, O_RDWR | O_CLOEXEC);
    if (group->group < 0) {
        int code = -errno;
        char driver[64];
        if (code == -EBUSY)
            return error_set(err, ERROR_IMPOSSIBLE, code,
                             "%s: %s is in use by another process: one virtual machine "
                             "at a time can have the device",
                             address, path);
        if (code == -ENOENT && kernel_driver_of(address, driver, sizeof(driver)))
            return error_set(
                err, ERROR_IMPOSSIBLE, code,
                "%s: there is no %s: the device is bound to %s, it must be "
                "bound to vfio-pci",
                address, path, driver);
        return error_system(err, code, "%s: %s", address, path);
    }

    struct vfio_group_status status = { .argsz = sizeof(status) };
    if (ioctl(group->group, VFIO_GROUP_GET_STATUS, &status) < 0)
        return error_system(err, -errno, "%s: status of IOMMU group %d", address,
                            group->number);
    if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
        char blockers[256];
        kernel_group_blockers(group->number, blockers, sizeof(blockers));
        return error_set(err, ERROR_IMPOSSIBLE, -EPERM,
                         "%s: IOMMU group %d cannot be used while other devices in it "
                         "have host drivers: %s; bind them to vfio-pci too",
                         address, group->number, blockers[0] ? blockers : "unknown");
    }
    if (ioctl(group->group, VFIO_GROUP_SET_CONTAINER, &group->container) < 0)
        return error_system(err, -errno, "%s: putting IOMMU group %d into a container",
                            address, group->number);
    if (alone && ioctl(group->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0) {
        int code = -errno;
        if (code == -EPERM)
            return error_set(err, ERROR_IMPOSSIBLE, code,
                             "%s: the kernel refuses: no interrupt remapping on this "
                             "host; set vfio_iommu_type1.allow_unsafe_interrupts=1 if "
                             "the guest is trusted",
                             address);
        return error_system(err, code, "%s: attaching the IOMMU of group %d", address,
                            group->number);
    }
    return 0;
}

/* Ask twice: the first call says how much there is. */
static int read_ranges(struct kernel_group *group, struct error *err)
{
    struct vfio_iommu_type1_info small = { .argsz = sizeof(small) };
    if (ioctl(group->container, VFIO_IOMMU_GET_INFO, &small) < 0)
        return error_system(err, -errno, "IOMMU info");
    uint32_t size = small.argsz < sizeof(small) ? (uint32_t)sizeof(small) : small.argsz;
    if (size > MIB)
        return error_set(err, ERROR_SYSTEM, -E2BIG, "IOMMU info of %u bytes", size);
    struct vfio_iommu_type1_info *info = calloc(1, size);
    if (!info)
        return error_system(err, -ENOMEM, "IOMMU info");
    info->argsz = size;
    int status = 0;
    if (ioctl(group->container, VFIO_IOMMU_GET_INFO, info) < 0)
        status = error_system(err, -errno, "IOMMU info");
    else
        status = iova_ranges_read(info, size, &group->base.ranges, err);
    free(info);
    return status;
}

/* The device's descriptor, or a negative errno with err set. */
static int open_device(const struct kernel_group *group, const char *address,
                       struct error *err)
{
    int fd = ioctl(group->group, VFIO_GROUP_GET_DEVICE_FD, address);
    if (fd >= 0)
        return fd;
    /* ENODEV: the group is there, but the device itself is not bound to vfio-pci. */
    int code = -errno;
    char driver[64];
    if (code == -ENODEV && kernel_driver_of(address, driver, sizeof(driver)) &&
        strcmp(driver, "vfio-pci") != 0)
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "%s is bound to %s, it must be bound to vfio-pci", address,
                         driver);
    return error_system(err, code,
                        "%s: vfio-pci does not open the device, the kernel log (dmesg) "
                        "says why",
                        address);
}

struct kernel_iommu *kernel_group_open(const char *address, int kvm_fd,
                                       struct kernel_iommu *beside, struct error *err)
{
    struct kernel_group *group = calloc(1, sizeof(*group));
    if (!group) {
        error_system(err, -ENOMEM, "%s", address);
        return NULL;
    }
    struct kernel_iommu *iommu = &group->base;
    kernel_iommu_init(iommu, &group_ops, address);
    group->container = group->group = -1;
    group->next = group;
    int status = find_group(group, address, err);
    if (!status)
        status = beside ? join(group, kernel_group(beside), err)
                        : open_container(group, err);
    if (!status && !group->shared)
        status = open_group(group, address, !beside, err);
    if (!status)
        status = read_ranges(group, err);
    if (!status && !group->shared)
        status = kernel_iommu_tell_kvm(iommu, kvm_fd, group->group, beside, err);
    if (!status) {
        iommu->device = open_device(group, address, err);
        status = iommu->device < 0 ? iommu->device : 0;
    }
    if (!status)
        return iommu;
    group_close(iommu);
    return NULL;
}
