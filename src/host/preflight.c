/* preflight.c: finds what keeps a host device from being assigned. */
#include "host/preflight.h"

#include "base/error.h"         /* error_set */
#include "host/find_gpu.h"      /* display devices */
#include "host/group_rules.h"   /* who keeps a group */
#include "host/sysfs.h"         /* the kernel's files */
#include "igd/platform.h"       /* chips whose IOMMU the kernel switches off */
#include "vfio/kernel_choice.h" /* which backend will be used */

#include <fcntl.h>    /* AT_EACCESS */
#include <inttypes.h> /* PRIx64 */
#include <stdio.h>    /* snprintf */
#include <string.h>   /* strcmp */
#include <unistd.h>   /* faccessat */

#define DEVICES       "bus/pci/devices"
#define VENDOR_INTEL  0x8086
#define CLASS_DISPLAY 0x03

struct host_paths host_paths_default(void)
{
    return (struct host_paths){ .sys = "/sys", .dev = "/dev" };
}

int host_address_parse(const char *text, char address[VFIO_ADDRESS_SIZE],
                       struct error *err)
{
    if (vfio_address_parse(text, address) == 0)
        return 0;
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "\"%s\" is no PCI address: expected bus:device.function such as "
                     "00:02.0, in hexadecimal",
                     text);
}

/* "0000:00:02.0 (8086:5917)" for each Intel display device, into text. */
static unsigned list_intel_displays(const struct host_paths *paths, char *text,
                                    size_t size)
{
    struct display_device devices[FIND_GPU_MAX];
    unsigned found = find_displays(paths->sys, devices), count = 0;
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < found && used < size; i++) {
        if (devices[i].vendor == VENDOR_INTEL)
            used += (size_t)snprintf(text + used, size - used, "%s%s (8086:%04x)",
                                     count++ ? ", " : "", devices[i].address,
                                     devices[i].device);
    }
    return count;
}

static int check_exists(const struct host_paths *paths, const char *address,
                        struct error *err)
{
    char displays[256];
    if (sysfs_exists(paths->sys, DEVICES "/%s", address))
        return 0;
    if (list_intel_displays(paths, displays, sizeof(displays)))
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENODEV,
            "igd-absent: there is no PCI device %s; Intel display devices of this "
            "computer: %s",
            address, displays);
    return error_set(
        err, ERROR_IMPOSSIBLE, -ENODEV,
        "igd-absent: there is no PCI device %s, nor any Intel display device: turn the "
        "integrated graphics on in the firmware's settings",
        address);
}

/* The IOMMU group's number, as text. Without one, no driver can help: so this goes
 * first. */
static int check_group(const struct host_paths *paths, const char *address, char *group,
                       size_t size, struct error *err)
{
    uint64_t vendor = 0, device = 0;
    char **groups;
    if (sysfs_link_name(group, size, paths->sys, DEVICES "/%s/iommu_group", address))
        return 0;
    int count = sysfs_list(&groups, paths->sys, "kernel/iommu_groups");
    sysfs_list_free(groups);
    if (count <= 0)
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENODEV,
            "no-group: %s is in no IOMMU group, nor is any other device: turn on VT-d "
            "in the firmware's settings and boot with intel_iommu=on on the "
            "kernel command line",
            address);
    sysfs_read_number(&vendor, paths->sys, DEVICES "/%s/vendor", address);
    sysfs_read_number(&device, paths->sys, DEVICES "/%s/device", address);
    const struct igd_device *known =
        vendor == VENDOR_INTEL ? igd_device_find((uint16_t)device) : NULL;
    if (known && igd_device_platform(known)->host_blocks_iommu)
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENODEV,
            "host-iommu: %s is in no IOMMU group: Linux switches the IOMMU of %s "
            "graphics off, such a device cannot be assigned",
            address, igd_device_platform(known)->title);
    return error_set(
        err, ERROR_IMPOSSIBLE, -ENODEV,
        "igfx-off: %s is in no IOMMU group though other devices are: boot with "
        "intel_iommu=on on the kernel command line, which some kernels need for "
        "graphics, and without igfx_off in it",
        address);
}

static int check_driver(const struct host_paths *paths, const char *address,
                        struct error *err)
{
    char driver[64];
    bool bound = sysfs_link_name(driver, sizeof(driver), paths->sys,
                                 DEVICES "/%s/driver", address);
    if (bound && !strcmp(driver, "vfio-pci"))
        return 0;
    char unbind[128] = "";
    if (bound)
        snprintf(unbind, sizeof(unbind),
                 "echo %s > /sys/bus/pci/devices/%s/driver/unbind; ", address, address);
    return error_set(
        err, ERROR_IMPOSSIBLE, -ENODEV,
        "%s: %s is bound to %s%s, it must be bound to vfio-pci: as root, igdvm bind, "
        "or modprobe vfio-pci; echo vfio-pci > "
        "/sys/bus/pci/devices/%s/driver_override; %secho %s > "
        "/sys/bus/pci/drivers_probe",
        bound ? "host-driver" : "unbound", address, bound ? "the driver " : "no driver",
        bound ? driver : "", address, unbind, address);
}

static int check_members(const struct host_paths *paths, const char *address,
                         const char *group, struct error *err)
{
    char **members, blockers[384] = "";
    size_t used = 0;
    if (sysfs_list(&members, paths->sys, "kernel/iommu_groups/%s/devices", group) < 0)
        return 0; /* not known; opening the group will tell */
    for (char **member = members; *member && used < sizeof(blockers); member++) {
        char driver[64];
        if (!strcmp(*member, address) ||
            !sysfs_link_name(driver, sizeof(driver), paths->sys, DEVICES "/%s/driver",
                             *member) ||
            !host_driver_keeps_group(driver))
            continue;
        used += (size_t)snprintf(blockers + used, sizeof(blockers) - used, "%s%s (%s)",
                                 used ? ", " : "", *member, driver);
    }
    sysfs_list_free(members);
    if (!used)
        return 0;
    return error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                     "group-shared: %s shares IOMMU group %s with devices that have "
                     "host drivers: %s; "
                     "the whole group is assigned or none of it: bind them to vfio-pci "
                     "too, or to no driver",
                     address, group, blockers);
}

/* Is the node DEV/name there, and may this process read and write it? -ENOENT, -EACCES.
 */
static int check_node(const struct host_paths *paths, const char *name)
{
    char path[512];
    int length = snprintf(path, sizeof(path), "%s/%s", paths->dev, name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return -ENAMETOOLONG;
    if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0)
        return 0;
    return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -EACCES;
}

static int check_group_nodes(const struct host_paths *paths, const char *address,
                             const char *group, struct error *err)
{
    char node[64];
    int status = check_node(paths, "vfio/vfio");
    if (status == -ENOENT)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "vfio-access: there is no /dev/vfio/vfio: as root, modprobe vfio "
            "vfio_iommu_type1 (CONFIG_VFIO and CONFIG_VFIO_CONTAINER of the "
            "kernel)");
    if (status < 0)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "vfio-access: this user may not open /dev/vfio/vfio: as root, chmod 0666 "
            "/dev/vfio/vfio");
    snprintf(node, sizeof(node), "vfio/%s", group);
    status = check_node(paths, node);
    if (status == -ENOENT)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "vfio-access: there is no /dev/vfio/%s though %s is bound to vfio-pci: "
            "udev has not made it, or the kernel lacks CONFIG_VFIO_GROUP",
            group, address);
    if (status < 0)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "vfio-access: this user may not open /dev/vfio/%s, the IOMMU group of %s: "
            "run as root, or as root chown $USER /dev/vfio/%s",
            group, address, group);
    return 0;
}

/* The nodes of the backend that vfio_device_open_by will take. */
static int check_nodes(const struct host_paths *paths, const char *address,
                       const char *group, enum vfio_kernel_backend wanted,
                       struct error *err)
{
    const struct kernel_roots roots = { .sys = paths->sys, .dev = paths->dev };
    struct kernel_choice choice;
    struct error why = { 0 };
    int status = kernel_choose(&roots, address, wanted, &choice, err);
    if (status < 0 || choice.backend == VFIO_KERNEL_IOMMUFD)
        return status;
    status = check_group_nodes(paths, address, group, &why);
    if (!status)
        return 0;
    if (wanted == VFIO_KERNEL_GROUP)
        return error_set(err, why.kind, status, "%s", why.text);
    return error_set(err, why.kind, status, "%s; nor can iommufd be used: %s", why.text,
                     choice.why_not.text);
}

int host_preflight(const struct host_paths *paths, const char *where, struct error *err)
{
    return host_preflight_by(paths, where, VFIO_KERNEL_AUTO, err);
}

int host_preflight_by(const struct host_paths *paths, const char *where,
                      enum vfio_kernel_backend wanted, struct error *err)
{
    char address[VFIO_ADDRESS_SIZE], group[32];
    int status = host_address_parse(where, address, err);
    if (!status)
        status = check_exists(paths, address, err);
    if (!status)
        status = check_group(paths, address, group, sizeof(group), err);
    if (!status)
        status = check_driver(paths, address, err);
    if (!status)
        status = check_members(paths, address, group, err);
    if (!status)
        status = check_nodes(paths, address, group, wanted, err);
    return status;
}

int host_preflight_gpu(const struct host_paths *paths, const char *where,
                       struct error *err)
{
    char address[VFIO_ADDRESS_SIZE], displays[256];
    uint64_t vendor = 0, device = 0, class_code = 0;
    int status = host_address_parse(where, address, err);
    if (!status)
        status = check_exists(paths, address, err);
    if (status ||
        !sysfs_read_number(&vendor, paths->sys, DEVICES "/%s/vendor", address) ||
        !sysfs_read_number(&device, paths->sys, DEVICES "/%s/device", address) ||
        !sysfs_read_number(&class_code, paths->sys, DEVICES "/%s/class", address) ||
        (vendor == VENDOR_INTEL && class_code >> 16 == CLASS_DISPLAY))
        return status;
    bool others = list_intel_displays(paths, displays, sizeof(displays));
    return error_set(
        err, ERROR_IMPOSSIBLE, -ENODEV,
        "igd-absent: %s (%04x:%04x, class %04x) is no Intel display device; those of "
        "this computer: %s",
        address, (unsigned)vendor, (unsigned)device, (unsigned)(class_code >> 8),
        others ? displays
               : "none; turn the integrated graphics on in the firmware's settings");
}

int host_check_kvm(const struct host_paths *paths, struct error *err)
{
    int status = check_node(paths, "kvm");
    if (status == -ENOENT)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "kvm: there is no /dev/kvm: as root, modprobe kvm-intel (kvm-amd on "
            "an AMD processor); if that fails, turn on virtualisation (VT-x, "
            "AMD-V) in the firmware's settings");
    if (status < 0)
        return error_set(
            err, ERROR_IMPOSSIBLE, status,
            "kvm-access: this user may not open /dev/kvm: as root, usermod -aG kvm "
            "$USER, then log in again");
    return 0;
}
