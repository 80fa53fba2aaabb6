/* test_kernel_iommufd.c: the iommufd backend against a kernel that answers its ioctls
 * from here: the order of calls, what is in them, and each failure's words. */
#include "base/error.h"         /* struct error */
#include "base/log.h"           /* quiet while warnings are provoked */
#include "vfio/iommufd_abi.h"   /* the ioctls */
#include "vfio/kernel_choice.h" /* struct kernel_choice */
#include "vfio/kernel_iommu.h"  /* what is tested */

#include "../open_files.h" /* what leaks */

#include <fcntl.h>        /* fcntl */
#include <linux/kvm.h>    /* KVM's VFIO device */
#include <setjmp.h>       /* cmocka */
#include <stdarg.h>       /* the ioctl's argument */
#include <stdbool.h>      /* bool */
#include <stddef.h>       /* cmocka */
#include <stdint.h>       /* cmocka */
#include <stdio.h>        /* snprintf */
#include <stdlib.h>       /* mkstemp */
#include <string.h>       /* strstr */
#include <sys/resource.h> /* the limit of locked memory */
#include <unistd.h>       /* close */

#include <cmocka.h> /* assertions; needs the headers above */

#define ADDRESS "ffff:1f:1f.7" /* no host has it, so sysfs knows nothing of it */
#define IOAS    7
#define KVM_FD  1000

/* The kernel: what it answers, and what it was asked. */
static struct {
    unsigned long failing; /* this ioctl fails ... */
    int code;              /* ... with this errno */
    unsigned range_count;
    struct iommufd_iova_range ranges[IOVA_RANGES_MAX + 1];
    char calls[512]; /* names of the ioctls, in order */
    int iommufd, cdev, kvm_file;
    struct iommufd_ioas_map map;
} kernel;

static char iommu_path[32], cdev_path[32];

static void bind(int fd, const struct cdev_bind_iommufd *bind)
{
    assert_int_equal(bind->argsz, sizeof(*bind));
    assert_int_equal(bind->flags, 0);
    kernel.cdev = fd;
    kernel.iommufd = bind->iommufd;
}

static int ranges(struct iommufd_ioas_iova_ranges *query)
{
    unsigned room = query->num_iovas;
    assert_int_equal(query->size, sizeof(*query));
    assert_int_equal(query->ioas_id, IOAS);
    assert_int_equal(query->reserved, 0);
    query->num_iovas = kernel.range_count;
    query->out_iova_alignment = 4096;
    memcpy((void *)(uintptr_t)query->allowed_iovas, kernel.ranges,
           (room < kernel.range_count ? room : kernel.range_count) *
               sizeof(kernel.ranges[0]));
    errno = EMSGSIZE;
    return room < kernel.range_count ? -1 : 0;
}

static void kvm_attribute(const struct kvm_device_attr *attr)
{
    assert_int_equal(attr->group, 1); /* KVM_DEV_VFIO_FILE */
    int fd = *(const int32_t *)(uintptr_t)attr->addr;
    assert_true(fcntl(fd, F_GETFD) >= 0); /* open, also when it is taken back */
    if (attr->attr == 1)
        kernel.kvm_file = fd;
    else
        assert_int_equal(fd, kernel.kvm_file);
    strcat(kernel.calls, attr->attr == 1 ? "(add)" : "(del)");
}

static const struct {
    unsigned long number;
    const char *name;
} known[] = {
    { CDEV_BIND_IOMMUFD, " bind" },       { CDEV_ATTACH_PT, " attach" },
    { IOMMUFD_IOAS_ALLOC, " alloc" },     { IOMMUFD_IOAS_IOVA_RANGES, " ranges" },
    { IOMMUFD_IOAS_MAP, " map" },         { IOMMUFD_IOAS_UNMAP, " unmap" },
    { KVM_CREATE_DEVICE, " kvm-device" }, { KVM_SET_DEVICE_ATTR, " kvm-attribute" },
};

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *argument = va_arg(args, void *);
    va_end(args);

    const char *name = NULL;
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].number == request)
            name = known[i].name;
    }
    if (!name)
        fail_msg("ioctl %lx is not known", request);
    strcat(kernel.calls, name);
    if (request == kernel.failing) {
        errno = kernel.code;
        return -1;
    }
    switch (request) {
    case CDEV_BIND_IOMMUFD:
        bind(fd, argument);
        return 0;
    case IOMMUFD_IOAS_ALLOC:
        assert_int_equal(((struct iommufd_ioas_alloc *)argument)->size, 12);
        assert_int_equal(fd, kernel.iommufd);
        ((struct iommufd_ioas_alloc *)argument)->out_ioas_id = IOAS;
        return 0;
    case CDEV_ATTACH_PT:
        assert_int_equal(fd, kernel.cdev);
        assert_int_equal(((struct cdev_attach_pt *)argument)->argsz, 12);
        assert_int_equal(((struct cdev_attach_pt *)argument)->pt_id, IOAS);
        return 0;
    case IOMMUFD_IOAS_IOVA_RANGES:
        return ranges(argument);
    case IOMMUFD_IOAS_MAP:
        kernel.map = *(struct iommufd_ioas_map *)argument;
        return 0;
    case IOMMUFD_IOAS_UNMAP:
        assert_int_equal(((struct iommufd_ioas_unmap *)argument)->size, 24);
        assert_int_equal(((struct iommufd_ioas_unmap *)argument)->ioas_id, IOAS);
        return 0;
    case KVM_CREATE_DEVICE:
        assert_int_equal(fd, KVM_FD);
        ((struct kvm_create_device *)argument)->fd = (uint32_t)dup(STDERR_FILENO);
        return 0;
    default:
        kvm_attribute(argument);
        return 0;
    }
}

static void make_node(char path[32])
{
    strcpy(path, "/tmp/iommufd-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static int set_up(void **state)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.range_count = 2; /* around the interrupts', as wide as most graphics units */
    kernel.ranges[0] = (struct iommufd_iova_range){ 0, 0xfedfffff };
    kernel.ranges[1] = (struct iommufd_iova_range){ 0xfef00000, 0x7fffffffff };
    make_node(iommu_path);
    make_node(cdev_path);
    log_set_level(LOG_ERROR);
    return 0;
}

static int tear_down(void **state)
{
    unlink(iommu_path);
    unlink(cdev_path);
    return 0;
}

static struct kernel_iommu *open_device(int kvm_fd, struct error *err)
{
    struct kernel_choice choice = { .backend = VFIO_KERNEL_IOMMUFD };
    strcpy(choice.iommu, iommu_path);
    strcpy(choice.cdev, cdev_path);
    return kernel_iommufd_open(ADDRESS, &choice, kvm_fd, NULL, err);
}

static void calls_come_in_order(void **state)
{
    struct error err = { 0 };
    unsigned before = open_files();
    struct kernel_iommu *iommu = open_device(KVM_FD, &err);
    assert_non_null(iommu);
    assert_int_equal(err.code, 0);
    assert_string_equal(iommu->ops->name, "iommufd");
    assert_int_equal(iommu->device, kernel.cdev);
    assert_int_equal(iommu->device, kernel.kvm_file);
    assert_int_not_equal(kernel.iommufd, kernel.cdev);
    assert_string_equal(kernel.calls,
                        " kvm-device kvm-attribute(add) bind alloc attach ranges");
    kernel.calls[0] = '\0';
    iommu->ops->close(iommu);
    assert_string_equal(kernel.calls, " kvm-attribute(del)");
    assert_int_equal(open_files(), before);
}

/* A second device of the VM: the same address space, the same VFIO device of KVM. */
static void two_share_an_address_space(void **state)
{
    struct error err = { 0 };
    struct kernel_choice choice = { .backend = VFIO_KERNEL_IOMMUFD };
    unsigned before = open_files();
    struct kernel_iommu *first = open_device(KVM_FD, &err);
    assert_non_null(first);
    kernel.calls[0] = '\0';
    strcpy(choice.iommu, "/nowhere"); /* not opened again */
    strcpy(choice.cdev, cdev_path);
    struct kernel_iommu *second =
        kernel_iommufd_open(ADDRESS, &choice, KVM_FD, first, &err);
    assert_non_null(second);
    assert_string_equal(kernel.calls, " kvm-attribute(add) bind attach ranges");
    kernel.kvm_file = first->device;
    first->ops->close(first);
    kernel.kvm_file = second->device;
    second->ops->close(second);
    assert_int_equal(open_files(), before);
}

static void without_a_vm_kvm_is_not_told(void **state)
{
    struct error err = { 0 };
    struct kernel_iommu *iommu = open_device(-1, &err);
    assert_non_null(iommu);
    assert_string_equal(kernel.calls, " bind alloc attach ranges");
    iommu->ops->close(iommu);
}

static void a_kvm_without_vfio_device_will_do(void **state)
{
    struct error err = { 0 };
    kernel.failing = KVM_CREATE_DEVICE;
    kernel.code = ENODEV;
    struct kernel_iommu *iommu = open_device(KVM_FD, &err);
    assert_non_null(iommu);
    assert_int_equal(iommu->kvm_device, -1);
    iommu->ops->close(iommu);
}

static void each_failure_has_its_words(void **state)
{
    static const struct {
        unsigned long failing;
        int code;
        enum error_kind kind;
        const char *words;
    } cases[] = {
        { KVM_CREATE_DEVICE, EBUSY, ERROR_IMPOSSIBLE, "a VFIO device of KVM already" },
        { KVM_CREATE_DEVICE, EIO, ERROR_SYSTEM, "KVM's VFIO device" },
        { KVM_SET_DEVICE_ATTR, EBADF, ERROR_SYSTEM, "registering the device with KVM" },
        { CDEV_BIND_IOMMUFD, EPERM, ERROR_IMPOSSIBLE, "allow_unsafe_interrupts" },
        { CDEV_BIND_IOMMUFD, EBUSY, ERROR_IMPOSSIBLE, "in use by another process" },
        { CDEV_BIND_IOMMUFD, EINVAL, ERROR_IMPOSSIBLE, "in use by another process" },
        { CDEV_BIND_IOMMUFD, ENOTTY, ERROR_SYSTEM, "binding it to iommufd" },
        { IOMMUFD_IOAS_ALLOC, ENOMEM, ERROR_SYSTEM, "an address space of iommufd" },
        { CDEV_ATTACH_PT, EINVAL, ERROR_SYSTEM, "attaching it" },
        { IOMMUFD_IOAS_IOVA_RANGES, ENOENT, ERROR_SYSTEM, "its IOMMU translates" },
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        unsigned before = open_files();
        kernel.failing = cases[i].failing;
        kernel.code = cases[i].code;
        kernel.calls[0] = '\0';
        assert_null(open_device(KVM_FD, &err));
        assert_int_equal(err.code, -cases[i].code);
        assert_int_equal(err.kind, cases[i].kind);
        if (!strstr(err.text, cases[i].words) || !strstr(err.text, ADDRESS))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].words);
        assert_int_equal(open_files(), before);
    }
}

static void a_node_that_is_gone(void **state)
{
    struct error err = { 0 };
    unlink(cdev_path);
    assert_null(open_device(-1, &err));
    assert_int_equal(err.code, -ENOENT);
    assert_non_null(strstr(err.text, cdev_path));
    unlink(iommu_path);
    assert_null(open_device(-1, &err));
    assert_int_equal(err.code, -ENOENT);
    assert_non_null(strstr(err.text, iommu_path));
}

static struct vfio_dma dma_at(uint64_t iova, uint64_t size)
{
    return (struct vfio_dma){ .iova = iova, .size = size, .host = &kernel, .fd = -1 };
}

static void memory_is_mapped_and_unmapped(void **state)
{
    struct error err = { 0 };
    struct kernel_iommu *iommu = open_device(-1, &err);
    struct vfio_dma dma = dma_at(0x100000000, 0x40000000);
    assert_int_equal(kernel_iommu_map(iommu, &dma, &err), 0);
    assert_int_equal(kernel.map.size, sizeof(kernel.map));
    assert_int_equal(kernel.map.flags, 7); /* at this address, to read and write */
    assert_int_equal(kernel.map.ioas_id, IOAS);
    assert_int_equal(kernel.map.reserved, 0);
    assert_int_equal(kernel.map.user_va, (uintptr_t)&kernel);
    assert_int_equal(kernel.map.length, dma.size);
    assert_int_equal(kernel.map.iova, dma.iova);
    assert_int_equal(iommu->ops->unmap(iommu, dma.iova, dma.size), 0);
    kernel.failing = IOMMUFD_IOAS_UNMAP;
    kernel.code = ENOENT;
    assert_int_equal(iommu->ops->unmap(iommu, dma.iova, dma.size), -ENOENT);
    iommu->ops->close(iommu);
}

/* The mapping fails, before or in the kernel, with these words. */
static void assert_not_mapped(struct kernel_iommu *iommu, struct vfio_dma dma, int code,
                              enum error_kind kind, const char *words)
{
    struct error err = { 0 };
    assert_int_equal(kernel_iommu_map(iommu, &dma, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.kind, kind);
    if (!strstr(err.text, words) || strncmp(err.text, ADDRESS, strlen(ADDRESS)) != 0)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void what_the_iommu_cannot_translate(void **state)
{
    struct error err = { 0 };
    struct kernel_iommu *iommu = open_device(-1, &err);
    kernel.calls[0] = '\0';
    assert_not_mapped(iommu, dma_at(0x7fffff0000, 0x20000), -EINVAL, ERROR_IMPOSSIBLE,
                      "beyond what this host's IOMMU can translate");
    assert_not_mapped(iommu, dma_at(0xfee00000, 0x1000), -EINVAL, ERROR_IMPOSSIBLE,
                      "the host's IOMMU reserves");
    assert_not_mapped(iommu, dma_at(0x800, 0x1000), -EINVAL, ERROR_SYSTEM,
                      "not a multiple of the IOMMU's page of 0x1000");
    assert_string_equal(kernel.calls, "");
    iommu->ops->close(iommu);
}

/* More ranges than are kept: nothing is known, and the kernel's own check counts. */
static void too_many_ranges(void **state)
{
    struct error err = { 0 };
    kernel.range_count = IOVA_RANGES_MAX + 1;
    struct kernel_iommu *iommu = open_device(-1, &err);
    assert_non_null(iommu);
    assert_int_equal(iommu->ranges.count, 0);
    struct vfio_dma dma = dma_at(0x7fffff0000, 0x20000);
    assert_int_equal(kernel_iommu_map(iommu, &dma, &err), 0);
    kernel.failing = IOMMUFD_IOAS_MAP;
    kernel.code = EINVAL;
    assert_not_mapped(iommu, dma, -EINVAL, ERROR_IMPOSSIBLE,
                      "does not translate addresses that wide");
    iommu->ops->close(iommu);
}

static void the_kernel_does_not_map(void **state)
{
    struct error err = { 0 };
    struct rlimit before, small;
    struct kernel_iommu *iommu = open_device(-1, &err);
    kernel.failing = IOMMUFD_IOAS_MAP;
    kernel.code = EEXIST;
    assert_not_mapped(iommu, dma_at(0, 0x1000), -EEXIST, ERROR_SYSTEM,
                      "mapped for DMA already");
    kernel.code = EFAULT;
    assert_not_mapped(iommu, dma_at(0, 0x1000), -EFAULT, ERROR_SYSTEM,
                      "mapping guest memory 0x0-0xfff");
    getrlimit(RLIMIT_MEMLOCK, &before);
    small = before;
    small.rlim_cur = 65536;
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &small), 0);
    kernel.code = ENOMEM;
    assert_not_mapped(iommu, dma_at(0, 0x1000), -ENOMEM, ERROR_IMPOSSIBLE,
                      "the limit of locked memory is 64 KiB");
    setrlimit(RLIMIT_MEMLOCK, &before);
    iommu->ops->close(iommu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_come_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_share_an_address_space, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_vm_kvm_is_not_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_kvm_without_vfio_device_will_do, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_failure_has_its_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_node_that_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_is_mapped_and_unmapped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_iommu_cannot_translate, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_many_ranges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_kernel_does_not_map, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
