/* group_rules.h: which drivers keep an IOMMU group from being given away. */
#ifndef HOST_GROUP_RULES_H
#define HOST_GROUP_RULES_H

#include <stdbool.h> /* bool */

/*
 * Does a device with this driver keep its group from being assigned? Drivers that use
 * no DMA on the host's behalf do not (Linux: driver_managed_dma).
 */
bool host_driver_keeps_group(const char *driver);

#endif
