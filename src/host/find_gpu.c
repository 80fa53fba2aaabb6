/* find_gpu.c: looks through the PCI devices for display devices. */
#include "host/find_gpu.h"

#include "base/error.h" /* error_set */
#include "host/sysfs.h" /* the kernel's files */

#include <stdio.h>  /* snprintf */
#include <string.h> /* strcmp */

#define DEVICES      "bus/pci/devices"
#define VENDOR_INTEL 0x8086
#define IGD_ADDRESS  "0000:00:02.0"

static bool read_display(const char *sys, const char *address,
                         struct display_device *device)
{
    uint64_t class_code, vendor = 0, id = 0;
    memset(device, 0, sizeof(*device));
    if (strlen(address) >= sizeof(device->address) ||
        !sysfs_read_number(&class_code, sys, DEVICES "/%s/class", address) ||
        class_code >> 16 != 3)
        return false;
    memcpy(device->address, address, strlen(address) + 1);
    sysfs_read_number(&vendor, sys, DEVICES "/%s/vendor", address);
    sysfs_read_number(&id, sys, DEVICES "/%s/device", address);
    device->class_code = (uint16_t)(class_code >> 8);
    device->vendor = (uint16_t)vendor;
    device->device = (uint16_t)id;
    sysfs_link_name(device->driver, sizeof(device->driver), sys, DEVICES "/%s/driver",
                    address);
    sysfs_link_name(device->group, sizeof(device->group), sys,
                    DEVICES "/%s/iommu_group", address);
    if (!sysfs_read_line(device->override, sizeof(device->override), sys,
                         DEVICES "/%s/driver_override", address) ||
        !strcmp(device->override, "(null)"))
        device->override[0] = '\0';
    return true;
}

unsigned find_displays(const char *sys, struct display_device devices[FIND_GPU_MAX])
{
    char **names;
    unsigned count = 0;
    if (sysfs_list(&names, sys, DEVICES) < 0)
        return 0;
    for (char **name = names; *name && count < FIND_GPU_MAX; name++)
        count += read_display(sys, *name, &devices[count]);
    sysfs_list_free(names);
    return count;
}

int find_gpu(const char *sys, char address[VFIO_ADDRESS_SIZE], struct error *err)
{
    struct display_device devices[FIND_GPU_MAX];
    unsigned count = find_displays(sys, devices), candidates = 0;
    const struct display_device *found = NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct display_device *device = &devices[i];
        if (device->vendor != VENDOR_INTEL ||
            strncmp(device->address, "0000:00:", 8) != 0)
            continue;
        if (!found || strcmp(device->address, IGD_ADDRESS) == 0)
            found = device;
        candidates++;
    }
    if (found && (candidates == 1 || !strcmp(found->address, IGD_ADDRESS))) {
        memcpy(address, found->address, sizeof(found->address));
        return 0;
    }
    if (found)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%u Intel display devices are on bus 0 and none is 00:02.0: "
                         "choose one with --device",
                         candidates);
    return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                     "this computer shows no Intel GPU on PCI bus 0 (%u other display "
                     "devices): turn the integrated graphics on in the firmware's "
                     "settings",
                     count);
}
