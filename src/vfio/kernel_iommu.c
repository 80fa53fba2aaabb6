/* kernel_iommu.c: what both of the kernel's ways to a device's DMA have in common. */
#include "vfio/kernel_iommu.h"

#include "base/bytes.h"      /* KIB */
#include "base/error.h"      /* error_set, error_system */
#include "vfio/kernel_kvm.h" /* telling KVM */

#include <inttypes.h>     /* PRIx64 */
#include <stdio.h>        /* snprintf */
#include <sys/resource.h> /* the limit of locked memory */

void kernel_iommu_init(struct kernel_iommu *iommu, const struct kernel_iommu_ops *ops,
                       const char *address)
{
    iommu->ops = ops;
    iommu->device = iommu->kvm_device = -1;
    snprintf(iommu->address, sizeof(iommu->address), "%s", address);
}

int kernel_iommu_tell_kvm(struct kernel_iommu *iommu, int kvm_fd, int file,
                          const struct kernel_iommu *beside, struct error *err)
{
    if (kvm_fd < 0)
        return 0;
    if (beside && beside->kvm_device >= 0)
        return kernel_kvm_add_beside(beside->kvm_device, file, iommu->address,
                                     &iommu->kvm_device, err);
    return kernel_kvm_add(kvm_fd, file, iommu->address, &iommu->kvm_device, err);
}

static int map_failed(const struct kernel_iommu *iommu, const struct vfio_dma *dma,
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
                         dma->iova, last, iommu->ranges.maps_available);
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

int kernel_iommu_map(struct kernel_iommu *iommu, const struct vfio_dma *dma,
                     struct error *err)
{
    int status = iova_ranges_check(&iommu->ranges, dma->iova, dma->size, err);
    if (!status) {
        status = iommu->ops->map(iommu, dma);
        if (status < 0)
            map_failed(iommu, dma, status, err);
    }
    if (status < 0)
        error_prefix(err, "%s", iommu->address);
    return status;
}
