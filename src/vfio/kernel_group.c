/* kernel_group.c: opens a VFIO group and container, and maps memory for DMA. */
#include "vfio/kernel_group.h"

#include "base/bytes.h" /* MIB */
#include "base/error.h" /* error_set, error_system */
#include "base/log.h"   /* log_warning */

#include <dirent.h>       /* the group's other devices */
#include <fcntl.h>        /* open */
#include <inttypes.h>     /* PRIx64 */
#include <linux/kvm.h>    /* KVM_CREATE_DEVICE */
#include <linux/vfio.h>   /* VFIO_GROUP_* */
#include <stdio.h>        /* snprintf */
#include <stdlib.h>       /* calloc, strtol */
#include <sys/ioctl.h>    /* ioctl */
#include <sys/resource.h> /* the limit of locked memory */
#include <unistd.h>       /* readlink, close */

/* The last part of the symbolic link at path; false when there is none. */
static bool read_link_name(const char *path, char *name, size_t size)
{
    char target[512];
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    int needed = snprintf(name, size, "%s", slash ? slash + 1 : target);
    return needed > 0 && (size_t)needed < size;
}

static bool driver_of(const char *address, char *name, size_t size)
{
    char path[320]; /* address may be any name of a directory */
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", address);
    return read_link_name(path, name, size);
}

static int find_group(struct kernel_group *group, const char *address,
                      struct error *err)
{
    char path[128], name[32], driver[64], *end;
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", address);
    if (access(path, F_OK) < 0)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "%s: this computer has no such PCI device", address);
    if (!driver_of(address, driver, sizeof(driver)))
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "%s is bound to no driver: bind it to vfio-pci first",
                         address);
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
    if (!read_link_name(path, name, sizeof(name)))
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENODEV,
            "%s is in no IOMMU group: turn on VT-d in the firmware and boot "
            "with intel_iommu=on",
            address);
    group->number = (int)strtol(name, &end, 10);
    if (end == name || *end)
        return error_set(err, ERROR_SYSTEM, -EINVAL, "%s: IOMMU group \"%s\"", address,
                         name);
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

/* The devices that keep the group from being used, into text. */
static void list_blockers(int number, char *text, size_t size)
{
    char path[64];
    size_t used = 0;
    text[0] = '\0';
    snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/devices", number);
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) && used < size;) {
        char driver[64];
        if (entry->d_name[0] == '.' ||
            !driver_of(entry->d_name, driver, sizeof(driver)) ||
            !strncmp(driver, "vfio", 4) || !strcmp(driver, "pcieport") ||
            !strcmp(driver, "pci-stub"))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s (%s)",
                                 used ? ", " : "", entry->d_name, driver);
    }
    closedir(directory);
}

static int open_group(struct kernel_group *group, const char *address,
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
        if (code == -ENOENT && driver_of(address, driver, sizeof(driver)))
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
        list_blockers(group->number, blockers, sizeof(blockers));
        return error_set(err, ERROR_IMPOSSIBLE, -EPERM,
                         "%s: IOMMU group %d cannot be used while other devices in it "
                         "have host drivers: %s; bind them to vfio-pci too",
                         address, group->number, blockers[0] ? blockers : "unknown");
    }
    if (ioctl(group->group, VFIO_GROUP_SET_CONTAINER, &group->container) < 0)
        return error_system(err, -errno, "%s: putting IOMMU group %d into a container",
                            address, group->number);
    if (ioctl(group->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0) {
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
        status = iova_ranges_read(info, size, &group->ranges, err);
    free(info);
    return status;
}

/*
 * The IOMMU of Intel graphics does not snoop the CPU caches, so KVM must know of the
 * group to let the guest's cache settings and WBINVD take effect (Linux
 * Documentation/virt/kvm/devices/vfio.rst).
 */
static int tell_kvm(struct kernel_group *group, const char *address, int kvm_fd,
                    struct error *err)
{
    struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
    if (ioctl(kvm_fd, KVM_CREATE_DEVICE, &device) < 0) {
        int code = -errno;
        if (code == -EBUSY)
            return error_set(
                err, ERROR_IMPOSSIBLE, code,
                "%s: the virtual machine has a VFIO device of KVM already: "
                "one assigned host device is supported",
                address);
        if (code != -ENODEV && code != -ENOTTY && code != -EINVAL)
            return error_system(err, code, "%s: creating KVM's VFIO device", address);
        log_warning(address,
                    "this kernel's KVM has no VFIO device (CONFIG_KVM_VFIO): the "
                    "guest's cache settings have no effect, expect picture errors");
        return 0;
    }
    group->kvm_device = (int)device.fd;
    int32_t fd = group->group;
    struct kvm_device_attr add = { .group = KVM_DEV_VFIO_GROUP,
                                   .attr = KVM_DEV_VFIO_GROUP_ADD,
                                   .addr = (uint64_t)(uintptr_t)&fd };
    if (ioctl(group->kvm_device, KVM_SET_DEVICE_ATTR, &add) < 0) {
        int code = -errno;
        close(group->kvm_device);
        group->kvm_device = -1;
        return error_system(err, code, "%s: registering IOMMU group %d with KVM",
                            address, group->number);
    }
    return 0;
}

int kernel_group_open(struct kernel_group *group, const char *address, int kvm_fd,
                      struct error *err)
{
    *group = (struct kernel_group){ .container = -1, .group = -1, .kvm_device = -1 };
    int status = find_group(group, address, err);
    if (!status)
        status = open_container(group, err);
    if (!status)
        status = open_group(group, address, err);
    if (!status)
        status = read_ranges(group, err);
    if (!status && kvm_fd >= 0)
        status = tell_kvm(group, address, kvm_fd, err);
    if (status)
        kernel_group_close(group);
    return status;
}

void kernel_group_close(struct kernel_group *group)
{
    if (group->kvm_device >= 0) {
        int32_t fd = group->group;
        struct kvm_device_attr remove = { .group = KVM_DEV_VFIO_GROUP,
                                          .attr = KVM_DEV_VFIO_GROUP_DEL,
                                          .addr = (uint64_t)(uintptr_t)&fd };
        if (ioctl(group->kvm_device, KVM_SET_DEVICE_ATTR, &remove) < 0)
            log_warning("vfio", "KVM keeps IOMMU group %d registered: %s",
                        group->number, strerror(errno));
        close(group->kvm_device);
    }
    /* The last descriptor of the group takes it out of the container and drops its DMA.
     */
    if (group->group >= 0)
        close(group->group);
    if (group->container >= 0)
        close(group->container);
    group->kvm_device = group->group = group->container = -1;
}

int kernel_group_device(const struct kernel_group *group, const char *address,
                        struct error *err)
{
    int fd = ioctl(group->group, VFIO_GROUP_GET_DEVICE_FD, address);
    if (fd >= 0)
        return fd;
    /* ENODEV: the group is there, but the device itself is not bound to vfio-pci. */
    int code = -errno;
    char driver[64];
    if (code == -ENODEV && driver_of(address, driver, sizeof(driver)) &&
        strcmp(driver, "vfio-pci") != 0)
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "%s is bound to %s, it must be bound to vfio-pci", address,
                         driver);
    return error_system(err, code,
                        "%s: vfio-pci does not open the device, the kernel log (dmesg) "
                        "says why",
                        address);
}

static int map_failed(const struct kernel_group *group, const struct vfio_dma *dma,
                      int code, struct error *err)
{
    struct rlimit limit = { 0 };
    uint64_t last = dma->iova + (dma->size - 1);
    switch (code) {
    case -ENOMEM:
        getrlimit(RLIMIT_MEMLOCK, &limit);
        if (limit.rlim_cur == RLIM_INFINITY)
            break;
        return error_set(
            err, ERROR_IMPOSSIBLE, code,
            "guest memory 0x%" PRIx64 "-0x%" PRIx64
            " cannot be locked: the limit of locked memory is %" PRIu64
            " KiB, the guest needs all of its memory and a little more: "
            "raise it (ulimit -l, or memlock in /etc/security/limits.conf)",
            dma->iova, last, (uint64_t)(limit.rlim_cur / KIB));
    case -ENOSPC:
        return error_set(err, ERROR_SYSTEM, code,
                         "guest memory 0x%" PRIx64 "-0x%" PRIx64
                         " cannot be mapped: the container took %u mappings "
                         "(vfio_iommu_type1.dma_entry_limit)",
                         dma->iova, last, group->ranges.maps_available);
    case -EINVAL:
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "guest memory 0x%" PRIx64 "-0x%" PRIx64
                         " cannot be mapped: the host's IOMMU does not translate "
                         "addresses that wide; give the guest less memory",
                         dma->iova, last);
    case -EEXIST:
        return error_set(err, ERROR_SYSTEM, code,
                         "guest memory 0x%" PRIx64 "-0x%" PRIx64
                         " is mapped for DMA already",
                         dma->iova, last);
    default:
        break;
    }
    return error_system(err, code, "mapping guest memory 0x%" PRIx64 "-0x%" PRIx64,
                        dma->iova, last);
}

int kernel_group_map(const struct kernel_group *group, const struct vfio_dma *dma,
                     struct error *err)
{
    int status = iova_ranges_check(&group->ranges, dma->iova, dma->size, err);
    if (status < 0)
        return status;
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
        .vaddr = (uint64_t)(uintptr_t)dma->host,
        .iova = dma->iova,
        .size = dma->size,
    };
    if (ioctl(group->container, VFIO_IOMMU_MAP_DMA, &map) < 0)
        return map_failed(group, dma, -errno, err);
    return 0;
}

int kernel_group_unmap(const struct kernel_group *group, uint64_t iova, uint64_t size)
{
    struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap),
                                                .iova = iova,
                                                .size = size };
    if (ioctl(group->container, VFIO_IOMMU_UNMAP_DMA, &unmap) < 0)
        return -errno;
    return unmap.size ? 0 : -ENOENT;
}
