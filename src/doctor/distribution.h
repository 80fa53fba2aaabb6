/* distribution.h: what kernels of distributions do, as far as their names tell. */
#ifndef DOCTOR_DISTRIBUTION_H
#define DOCTOR_DISTRIBUTION_H

#include "host/facts.h" /* the kernel, the distribution */

#include "igd/platform.h" /* the GPU */

/* Does such a kernel use the IOMMU without being told to? UNKNOWN: of others, and of
 * those whose configuration has to be asked. */
enum fact distribution_uses_iommu(const struct host_facts *facts);

/* Is such a kernel built without CONFIG_VFIO_PCI_IGD? */
bool distribution_lacks_vfio_igd(const struct host_facts *facts);

/* Does such a kernel leave the IOMMU off for the graphics of this GPU, which those of
 * others do not? igd may be NULL: not known. */
bool distribution_spares_graphics(const struct host_facts *facts,
                                  const struct igd_platform *igd);

#endif
