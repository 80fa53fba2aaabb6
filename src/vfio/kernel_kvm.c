/* kernel_kvm.c: registers a VFIO file with KVM's VFIO device. */
#include "vfio/kernel_kvm.h"

#include "base/error.h" /* error_set, error_system */
#include "base/log.h"   /* log_warning */

#include <fcntl.h>     /* F_DUPFD_CLOEXEC */
#include <linux/kvm.h> /* KVM_CREATE_DEVICE */
#include <stdint.h>    /* uintptr_t */
#include <string.h>    /* strerror */
#include <sys/ioctl.h> /* ioctl */
#include <unistd.h>    /* close */

/*
 * KVM_DEV_VFIO_FILE, _ADD and _DEL of Linux 6.6 on; before, the same numbers under the
 * name of groups, which were all it took (include/uapi/linux/kvm.h).
 */
#define FILES    KVM_DEV_VFIO_GROUP
#define FILE_ADD KVM_DEV_VFIO_GROUP_ADD
#define FILE_DEL KVM_DEV_VFIO_GROUP_DEL

static int set_file(int kvm_device, uint64_t action, int file)
{
    int32_t fd = file;
    struct kvm_device_attr attr = { .group = FILES,
                                    .attr = action,
                                    .addr = (uint64_t)(uintptr_t)&fd };
    return ioctl(kvm_device, KVM_SET_DEVICE_ATTR, &attr) < 0 ? -errno : 0;
}

/* On failure *kvm_device is closed. */
static int add_file(int *kvm_device, int file, const char *address, struct error *err)
{
    int code = set_file(*kvm_device, FILE_ADD, file);
    if (!code)
        return 0;
    close(*kvm_device);
    *kvm_device = -1;
    return error_system(err, code, "%s: registering the device with KVM", address);
}

int kernel_kvm_add(int kvm_fd, int file, const char *address, int *kvm_device,
                   struct error *err)
{
    struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
    *kvm_device = -1;
    if (ioctl(kvm_fd, KVM_CREATE_DEVICE, &device) < 0) {
        int code = -errno;
        if (code == -EBUSY)
            return error_set(err, ERROR_IMPOSSIBLE, code,
                             "%s: the virtual machine has a VFIO device of KVM already",
                             address);
        if (code != -ENODEV && code != -ENOTTY && code != -EINVAL)
            return error_system(err, code, "%s: creating KVM's VFIO device", address);
        log_warning(address,
                    "this kernel's KVM has no VFIO device (CONFIG_KVM_VFIO): the "
                    "guest's cache settings have no effect, expect picture errors");
        return 0;
    }
    *kvm_device = (int)device.fd;
    return add_file(kvm_device, file, address, err);
}

int kernel_kvm_add_beside(int present, int file, const char *address, int *kvm_device,
                          struct error *err)
{
    *kvm_device = fcntl(present, F_DUPFD_CLOEXEC, 0);
    if (*kvm_device < 0)
        return error_system(err, -errno, "%s: KVM's VFIO device", address);
    return add_file(kvm_device, file, address, err);
}

void kernel_kvm_remove(int *kvm_device, int file, const char *address)
{
    if (*kvm_device < 0)
        return;
    int code = set_file(*kvm_device, FILE_DEL, file);
    if (code < 0)
        log_warning(address, "KVM keeps the device registered: %s", strerror(-code));
    close(*kvm_device);
    *kvm_device = -1;
}
