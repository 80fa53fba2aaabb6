/* print_devices.c: prints libigd's tables, a row a line, fields separated by tabs. */
#include "igd/ggc.h"      /* register places */
#include "igd/platform.h" /* the tables */

#include "base/bytes.h" /* MIB */

#include <stdio.h> /* printf */

static const char *const layouts[] = {
    [IGD_GGC_GEN6] = "gen6", [IGD_GGC_CHV] = "cherryview",  [IGD_GGC_GEN8] = "gen8",
    [IGD_GGC_GEN9] = "gen9", [IGD_GGC_MTL] = "meteor-lake",
};
static const char *const styles[] = {
    [IGD_STOLEN_NONE] = "none",
    [IGD_STOLEN_BDSM32] = "32 bits at 5c",
    [IGD_STOLEN_BDSM64] = "64 bits at c0",
};
static const char *const fuses[] = {
    [IGD_DISPLAY_DFSM] = "DFSM, 51000",
    [IGD_DISPLAY_FUSE_STRAP] = "FUSE_STRAP, 42014",
    [IGD_DISPLAY_PORTS] = "none",
    [IGD_DISPLAY_PORTS_VLV] = "none",
};
static const char *const statuses[] = {
    [IGD_STATUS_UNKNOWN] = "unknown",
    [IGD_STATUS_REPORTED] = "reported",
    [IGD_STATUS_WORKS] = "works",
};

static const char *text(const char *string)
{
    return string ? string : "";
}

int main(void)
{
    const struct igd_platform *platform;
    const struct igd_device *device;

    for (size_t i = 0; (platform = igd_platform_at(i)); i++) {
        char generation[8];
        printf("platform\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%u\t%u\t%u\t%u\t%s\t%s\t%s\n",
               platform->name, platform->title,
               igd_generation_text(platform, generation, sizeof(generation)),
               layouts[platform->ggc], styles[platform->stolen], platform->has_vbios,
               platform->host_blocks_iommu, (unsigned)(platform->bar0_size / MIB),
               (unsigned)(platform->gtt_offset / MIB), platform->pte_size,
               platform->dbuf_slices, fuses[platform->display], platform->source,
               text(platform->note));
    }
    for (size_t i = 0; (device = igd_device_at(i)); i++)
        printf("device\t%04x\t%s\t%s\t%s\t%s\n", device->device_id,
               igd_device_platform(device)->name, statuses[device->status],
               IGD_DEVICE_SOURCE, text(igd_device_note(device)));
    return 0;
}
