/* preflight.h: why a host device cannot be assigned, said before it is opened. */
#ifndef HOST_PREFLIGHT_H
#define HOST_PREFLIGHT_H

#include "vfio/address.h" /* VFIO_ADDRESS_SIZE */
#include "vfio/device.h"  /* enum vfio_kernel_backend */

struct error;

/* Where the kernel shows itself; other directories than these in tests and captures. */
struct host_paths {
    const char *sys; /* "/sys" */
    const char *dev; /* "/dev" */
};

/* This computer's. */
struct host_paths host_paths_default(void);

/*
 * Read "0000:00:02.0", "00:02.0" or "0:2.0" into `address`, in full. 0, or -EINVAL with
 * err set.
 */
int host_address_parse(const char *text, char address[VFIO_ADDRESS_SIZE],
                       struct error *err);

/*
 * Can the device at `where` (in any form host_address_parse reads)
 * be opened through VFIO, by the backend wanted (host_preflight: AUTO)? 0, or a
 * negative errno with err naming the first obstacle and its remedy: -EINVAL no address;
 * -ENODEV no such device, the wrong driver or no IOMMU group; -EBUSY another device of
 * the group is in the host's hands; -ENOENT or -EACCES a device node is missing or not
 * permitted; -ENOTSUP iommufd is wanted of a kernel that has it not. Changes nothing.
 * The text begins with the name of a check, a section of igdvm-checks(7), which doctor
 * uses, too.
 */
int host_preflight(const struct host_paths *paths, const char *where,
                   struct error *err);
int host_preflight_by(const struct host_paths *paths, const char *where,
                      enum vfio_kernel_backend wanted, struct error *err);

/*
 * Is the device at `where` an Intel display device, so that looking for what keeps it
 * from being assigned has a point? 0, or a negative errno with err set as above:
 * -EINVAL no address; -ENODEV no such device, or another kind of device.
 */
int host_preflight_gpu(const struct host_paths *paths, const char *where,
                       struct error *err);

/* Can /dev/kvm be used? 0, or -ENOENT or -EACCES with err naming the remedy. */
int host_check_kvm(const struct host_paths *paths, struct error *err);

#endif
