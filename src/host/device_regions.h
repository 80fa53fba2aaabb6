/* device_regions.h: what vfio-pci offers of the GPU, read from the device itself. */
#ifndef HOST_DEVICE_REGIONS_H
#define HOST_DEVICE_REGIONS_H

#include "host/facts.h" /* struct host_vfio */

/*
 * Open this computer's GPU, when it is bound to vfio-pci, idle and may be opened, and
 * read its regions into vfio. Opening resets the device, which nobody uses. Does
 * nothing else.
 */
void host_device_regions_read(struct host_vfio *vfio,
                              const struct host_pci_device *igd);

/* The regions as igdvm/vfio-regions.json has them; malloc'ed, NULL when not known. */
char *host_device_regions_json(const struct host_vfio *vfio);

#endif
