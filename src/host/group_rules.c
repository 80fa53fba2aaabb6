/* group_rules.c: which drivers keep an IOMMU group from being given away. */
#include "host/group_rules.h"

#include <string.h> /* strcmp */

bool host_driver_keeps_group(const char *driver)
{
    return strncmp(driver, "vfio", 4) != 0 && strcmp(driver, "pci-stub") != 0 &&
           strcmp(driver, "pcieport") != 0;
}
