/* kernel_iommufd.c: opens a device's own node and maps memory through iommufd. */
#include "base/error.h"         /* error_set, error_system */
#include "vfio/iommufd_abi.h"   /* the ioctls */
#include "vfio/kernel_choice.h" /* where the nodes are */
#include "vfio/kernel_iommu.h"  /* struct kernel_iommu */
#include "vfio/kernel_kvm.h"    /* telling KVM */
#include "vfio/kernel_sysfs.h"  /* what keeps a group from being used */

#include <assert.h>    /* the list of ranges is the kernel's */
#include <fcntl.h>     /* open */
#include <stdlib.h>    /* calloc */
#include <sys/ioctl.h> /* ioctl */
#include <unistd.h>    /* close */

struct kernel_iommufd {
    struct kernel_iommu base; /* first */
    int iommufd;              /* /dev/iommu */
    uint32_t ioas;            /* the guest's physical addresses */
};

static struct kernel_iommufd *kernel_iommufd(struct kernel_iommu *iommu)
{
    return (struct kernel_iommufd *)iommu;
}

static int iommufd_map(struct kernel_iommu *iommu, const struct vfio_dma *dma)
{
    const struct kernel_iommufd *this = kernel_iommufd(iommu);
    struct iommufd_ioas_map map = {
        .size = sizeof(map),
        .flags = IOMMUFD_MAP_FIXED_IOVA | IOMMUFD_MAP_WRITEABLE | IOMMUFD_MAP_READABLE,
        .ioas_id = this->ioas,
        .user_va = (uint64_t)(uintptr_t)dma->host,
        .length = dma->size,
        .iova = dma->iova,
    };
    return ioctl(this->iommufd, IOMMUFD_IOAS_MAP, &map) < 0 ? -errno : 0;
}

static int iommufd_unmap(struct kernel_iommu *iommu, uint64_t iova, uint64_t size)
{
    const struct kernel_iommufd *this = kernel_iommufd(iommu);
    struct iommufd_ioas_unmap unmap = {
        .size = sizeof(unmap), .ioas_id = this->ioas, .iova = iova, .length = size
    };
    return ioctl(this->iommufd, IOMMUFD_IOAS_UNMAP, &unmap) < 0 ? -errno : 0;
}

static void iommufd_close(struct kernel_iommu *iommu)
{
    struct kernel_iommufd *this = kernel_iommufd(iommu);
    /* KVM holds the device's file: first it must let go, then closing unbinds. */
    kernel_kvm_remove(&iommu->kvm_device, iommu->device, iommu->address);
    if (iommu->device >= 0)
        close(iommu->device);
    if (this->iommufd >= 0)
        close(this->iommufd);
    free(this);
}

static const struct kernel_iommu_ops iommufd_ops = {
    .name = "iommufd",
    .map = iommufd_map,
    .unmap = iommufd_unmap,
    .close = iommufd_close,
};

static int open_nodes(struct kernel_iommufd *this, const struct kernel_choice *choice,
                      const struct kernel_iommufd *beside, struct error *err)
{
    struct kernel_iommu *iommu = &this->base;
    this->iommufd = beside ? fcntl(beside->iommufd, F_DUPFD_CLOEXEC, 0)
                           : open(choice->iommu, O_RDWR | O_CLOEXEC);
    if (this->iommufd < 0)
        return error_system(err, -errno, "%s", choice->iommu);
    iommu->device = open(choice->cdev, O_RDWR | O_CLOEXEC);
    if (iommu->device < 0)
        return error_system(err, -errno, "%s: %s", iommu->address, choice->cdev);
    return 0;
}

/* EPERM has two causes in drivers/iommu: no isolation of interrupts, another owner. */
static int bind_not_permitted(const struct kernel_iommu *iommu, struct error *err)
{
    int group = kernel_group_of(iommu->address);
    char blockers[256] = "";
    if (group >= 0)
        kernel_group_blockers(group, blockers, sizeof(blockers));
    if (blockers[0])
        return error_set(err, ERROR_IMPOSSIBLE, -EPERM,
                         "%s: IOMMU group %d cannot be used while other devices in it "
                         "have host drivers: %s; bind them to vfio-pci too",
                         iommu->address, group, blockers);
    return error_set(err, ERROR_IMPOSSIBLE, -EPERM,
                     "%s: the kernel refuses: no interrupt remapping on this host (set "
                     "iommufd.allow_unsafe_interrupts=1 if the guest is trusted), or "
                     "another process has a device of its IOMMU group",
                     iommu->address);
}

static int bind_device(struct kernel_iommufd *this, const struct kernel_choice *choice,
                       struct error *err)
{
    const struct kernel_iommu *iommu = &this->base;
    struct cdev_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = this->iommufd };
    if (ioctl(iommu->device, CDEV_BIND_IOMMUFD, &bind) == 0)
        return 0;
    int code = -errno;
    switch (code) {
    case -EPERM:
        return bind_not_permitted(iommu, err);
    case -EBUSY:  /* the group is open */
    case -EINVAL: /* the cdev is bound, the rest of the call being right */
        return error_set(
            err, ERROR_IMPOSSIBLE, code,
            "%s: %s is in use by another process: one virtual machine at a "
            "time can have the device",
            iommu->address, choice->cdev);
    default:
        return error_system(err, code,
                            "%s: binding it to iommufd; the kernel log (dmesg) says "
                            "why",
                            iommu->address);
    }
}

static int attach_address_space(struct kernel_iommufd *this,
                                const struct kernel_iommufd *beside, struct error *err)
{
    const struct kernel_iommu *iommu = &this->base;
    struct iommufd_ioas_alloc alloc = { .size = sizeof(alloc) };
    if (!beside && ioctl(this->iommufd, IOMMUFD_IOAS_ALLOC, &alloc) < 0)
        return error_system(err, -errno, "%s: an address space of iommufd",
                            iommu->address);
    this->ioas = beside ? beside->ioas : alloc.out_ioas_id;
    struct cdev_attach_pt attach = { .argsz = sizeof(attach), .pt_id = this->ioas };
    if (ioctl(iommu->device, CDEV_ATTACH_PT, &attach) < 0)
        return error_system(err, -errno, "%s: attaching it to an address space",
                            iommu->address);
    return 0;
}

/* After the attachment, which narrows them to what the device's IOMMU translates. */
static int read_ranges(struct kernel_iommufd *this, struct error *err)
{
    struct iova_ranges *ranges = &this->base.ranges;
    static_assert(sizeof(ranges->ranges[0]) == sizeof(struct iommufd_iova_range),
                  "first and last, inclusive");
    struct iommufd_ioas_iova_ranges query = {
        .size = sizeof(query),
        .ioas_id = this->ioas,
        .num_iovas = IOVA_RANGES_MAX,
        .allowed_iovas = (uint64_t)(uintptr_t)ranges->ranges,
    };
    int code = ioctl(this->iommufd, IOMMUFD_IOAS_IOVA_RANGES, &query) < 0 ? -errno : 0;
    /* More ranges than there is room for: know nothing, the kernel checks anyway. */
    if (code < 0 && code != -EMSGSIZE)
        return error_system(err, code, "%s: the addresses its IOMMU translates",
                            this->base.address);
    ranges->count = code < 0 || query.num_iovas > IOVA_RANGES_MAX ? 0 : query.num_iovas;
    ranges->page_sizes = query.out_iova_alignment;
    return 0;
}

struct kernel_iommu *kernel_iommufd_open(const char *address,
                                         const struct kernel_choice *choice, int kvm_fd,
                                         const struct kernel_iommu *beside,
                                         struct error *err)
{
    const struct kernel_iommufd *other = (const struct kernel_iommufd *)beside;
    struct kernel_iommufd *this = calloc(1, sizeof(*this));
    if (!this) {
        error_system(err, -ENOMEM, "%s", address);
        return NULL;
    }
    struct kernel_iommu *iommu = &this->base;
    kernel_iommu_init(iommu, &iommufd_ops, address);
    this->iommufd = -1;
    int status = open_nodes(this, choice, other, err);
    /* Before the binding opens the device, which then holds on to the VM. */
    if (!status)
        status = kernel_iommu_tell_kvm(iommu, kvm_fd, iommu->device, beside, err);
    if (!status)
        status = bind_device(this, choice, err);
    if (!status)
        status = attach_address_space(this, other, err);
    if (!status)
        status = read_ranges(this, err);
    if (!status)
        return iommu;
    iommufd_close(iommu);
    return NULL;
}
