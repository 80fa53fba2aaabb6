/* distribution.c: what kernels of distributions do, as far as their names tell. */
#include "doctor/distribution.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <ctype.h>  /* isdigit */
#include <string.h> /* names */

#define NEVER 0, 0

/*
 * Whose kernels use VT-d unasked since when (CONFIG_INTEL_IOMMU_DEFAULT_ON): Proxmox by
 * its administration guide; Ubuntu by its patch "disable DMAR for SKL integrated gfx",
 * which tells when that was enabled; Arch by its kernel's configuration.
 */
static const struct {
    const char *word; /* of the release */
    const char *id;   /* of the distribution; NULL: the word tells */
    unsigned major, minor;
} users[] = {
    { "-pve", NULL, 6, 8 },
    { "-generic", "ubuntu", 6, 8 },
    { "-generic", "linuxmint", 6, 8 }, /* Ubuntu's */
    { "-arch", NULL, NEVER },
};

enum fact distribution_uses_iommu(const struct host_facts *facts)
{
    const struct host_kernel *kernel = &facts->kernel;
    for (unsigned i = 0; i < ARRAY_SIZE(users); i++) {
        if (strstr(kernel->release, users[i].word) &&
            (!users[i].id || !strcmp(facts->platform.id, users[i].id)))
            return fact_from(
                users[i].major &&
                host_kernel_at_least(kernel, users[i].major, users[i].minor));
    }
    return FACT_UNKNOWN;
}

bool distribution_lacks_vfio_igd(const struct host_facts *facts)
{
    const char *release = facts->kernel.release;
    const char *red_hat = strstr(release, ".el"); /* "5.14.0-427.el9_4.x86_64" */
    return red_hat && isdigit((unsigned char)red_hat[3]) &&
           !strstr(release, "elrepo") && !strstr(release, "uek");
}

/* Of Skylake to Comet Lake, which flickered when VT-d was on unasked. */
#define SPARED_GENERATION 90

bool distribution_spares_graphics(const struct host_facts *facts,
                                  const struct igd_platform *igd)
{
    const struct host_kernel *kernel = &facts->kernel;
    bool ubuntu =
        strstr(kernel->release, "-generic") || strstr(kernel->release, "-pve");
    return igd && igd->generation == SPARED_GENERATION && ubuntu &&
           host_kernel_at_least(kernel, 6, 8);
}
