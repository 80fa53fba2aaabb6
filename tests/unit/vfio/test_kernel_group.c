/* test_kernel_group.c: devices of several IOMMU groups in one container, against a
 * kernel that answers from here: a group's file can be opened once only. */
#include "base/error.h"        /* struct error */
#include "vfio/kernel_iommu.h" /* what is tested */

#include "../open_files.h" /* what leaks */

#include <fcntl.h>      /* O_RDWR */
#include <linux/vfio.h> /* the ioctls */
#include <setjmp.h>     /* cmocka */
#include <stdarg.h>     /* the ioctl's argument */
#include <stdbool.h>    /* bool */
#include <stddef.h>     /* cmocka */
#include <stdint.h>     /* cmocka */
#include <stdio.h>      /* sscanf */
#include <stdlib.h>     /* strtol */
#include <string.h>     /* strcmp */
#include <unistd.h>     /* dup */

#include <cmocka.h> /* assertions; needs the headers above */

#define GROUPS   8
#define CONTAINS "/dev/vfio/vfio"

/* The kernel: which groups are open, and how often it was asked. */
static struct {
    int files[GROUPS]; /* a descriptor of the group's only file, 0: not open */
    unsigned containers, attached, iommus, devices;
    int not_viable; /* this group has a device with a host driver; 0: none */
} kernel;

/* The group of a device is the function in its address. */
int __wrap_kernel_group_of(const char *address);
int __wrap_kernel_group_of(const char *address)
{
    return (int)strtol(address + strlen(address) - 1, NULL, 16);
}

bool __wrap_kernel_driver_of(const char *address, char *name, size_t size);
bool __wrap_kernel_driver_of(const char *address, char *name, size_t size)
{
    snprintf(name, size, "vfio-pci");
    return true;
}

void __wrap_kernel_group_blockers(int number, char *text, size_t size);
void __wrap_kernel_group_blockers(int number, char *text, size_t size)
{
    snprintf(text, size, "0000:00:09.1 (virtio-pci)");
}

int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
    return 0;
}

static bool is_open(int fd)
{
    return fd && fcntl(fd, F_GETFD) >= 0;
}

/* open as it is called with 64-bit file offsets, which Meson asks for. */
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
    int group;
    assert_int_equal(flags, O_RDWR | O_CLOEXEC);
    int fd = dup(STDERR_FILENO);
    if (strcmp(path, CONTAINS) == 0) {
        kernel.containers++;
        return fd;
    }
    assert_int_equal(sscanf(path, "/dev/vfio/%d", &group), 1);
    assert_in_range(group, 1, GROUPS - 1);
    if (kernel.files[group]) {
        close(fd);
        errno = EBUSY;
        return -1;
    }
    kernel.files[group] = fd;
    return fd;
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *argument = va_arg(args, void *);
    va_end(args);
    assert_true(is_open(fd));
    switch (request) {
    case VFIO_GET_API_VERSION:
        return VFIO_API_VERSION;
    case VFIO_CHECK_EXTENSION:
        return 1;
    case VFIO_GROUP_GET_STATUS: {
        bool viable = !kernel.not_viable || kernel.files[kernel.not_viable] != fd;
        ((struct vfio_group_status *)argument)->flags =
            viable ? VFIO_GROUP_FLAGS_VIABLE : 0;
        return 0;
    }
    case VFIO_GROUP_SET_CONTAINER:
        assert_true(is_open(*(int *)argument));
        kernel.attached++;
        return 0;
    case VFIO_SET_IOMMU:
        kernel.iommus++;
        return 0;
    case VFIO_IOMMU_GET_INFO: {
        struct vfio_iommu_type1_info *info = argument;
        info->argsz = sizeof(*info);
        info->flags = VFIO_IOMMU_INFO_PGSIZES;
        info->iova_pgsizes = 4096;
        return 0;
    }
    case VFIO_GROUP_GET_DEVICE_FD:
        kernel.devices++;
        return dup(STDERR_FILENO);
    default:
        fail_msg("ioctl %lx is not known", request);
        return -1;
    }
}

static const char *const addresses[] = {
    "0000:00:02.1", "0000:00:08.5", "0000:00:09.5",
    "0000:00:0a.1", "0000:00:0b.6", "0000:00:0c.5"
};
#define DEVICES (sizeof(addresses) / sizeof(addresses[0]))

/* Each beside the first; the second and third are of a group that the first is not of.
 */
static void test_groups(void **state)
{
    static const unsigned orders[][DEVICES] = { { 0, 1, 2, 3, 4, 5 },
                                                { 5, 4, 3, 2, 1, 0 },
                                                { 1, 3, 5, 0, 2, 4 } };
    unsigned before = open_files();
    for (unsigned order = 0; order < sizeof(orders) / sizeof(orders[0]); order++) {
        struct kernel_iommu *devices[DEVICES];
        struct error err;
        memset(&kernel, 0, sizeof(kernel));
        for (unsigned i = 0; i < DEVICES; i++) {
            devices[i] =
                kernel_group_open(addresses[i], -1, i ? devices[0] : NULL, &err);
            if (!devices[i])
                fail_msg("%s", err.text);
            assert_true(is_open(devices[i]->device));
        }
        assert_int_equal(kernel.containers, 1);
        assert_int_equal(kernel.iommus, 1);
        assert_int_equal(kernel.attached, 3);
        assert_int_equal(kernel.devices, DEVICES);
        for (unsigned i = 0; i < DEVICES; i++) {
            struct kernel_iommu *device = devices[orders[order][i]];
            device->ops->close(device);
        }
        assert_int_equal(open_files(), before);
    }
}

/* One that fails leaves the others, and one of its group may still come. */
static void test_failures(void **state)
{
    unsigned before = open_files();
    struct error err;
    memset(&kernel, 0, sizeof(kernel));
    struct kernel_iommu *first = kernel_group_open("0000:00:02.1", -1, NULL, &err);
    assert_non_null(first);
    unsigned one = open_files();
    kernel.not_viable = 5;
    assert_null(kernel_group_open("0000:00:09.5", -1, first, &err));
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text,
                           "IOMMU group 5 cannot be used while other devices in "
                           "it have host drivers: 0000:00:09.1 (virtio-pci)"));
    assert_int_equal(open_files(), one);
    kernel.not_viable = 0;
    kernel.files[5] = 0;
    struct kernel_iommu *second = kernel_group_open("0000:00:09.5", -1, first, &err);
    assert_non_null(second);
    /* Another VM's group. */
    assert_null(kernel_group_open("0000:00:08.5", -1, NULL, &err));
    assert_non_null(strstr(err.text, "/dev/vfio/5 is in use by another process"));
    first->ops->close(first);
    second->ops->close(second);
    assert_int_equal(open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
