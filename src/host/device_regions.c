/* device_regions.c: what vfio-pci offers of the GPU, read from the device itself. */
#include "host/device_regions.h"

#include "base/error.h"   /* errors, which are no matter here */
#include "igd/opregion.h" /* how large one may be */
#include "igd/rom.h"      /* how large one may be */
#include "vfio/device.h"  /* the device */

#include <json-c/json.h> /* vfio-regions.json */
#include <stdio.h>       /* paths */
#include <stdlib.h>      /* memory */
#include <string.h>      /* names */
#include <unistd.h>      /* access */

/* linux/vfio.h: PCI vendor type with Intel's identifier, and its subtypes. */
#define TYPE_INTEL 0x80008086u

static char *read_region(struct vfio_device *device, const struct vfio_region *region,
                         size_t limit, size_t *size)
{
    *size = region->size < limit ? (size_t)region->size : limit;
    char *bytes = *size ? malloc(*size) : NULL;
    if (bytes && vfio_device_read(device, region->index, 0, bytes, *size) != 0) {
        free(bytes);
        bytes = NULL;
    }
    if (!bytes)
        *size = 0;
    return bytes;
}

static enum fact offered(const struct vfio_region *region)
{
    return fact_from(region && region->size);
}

static void take_regions(struct host_vfio *vfio, struct vfio_device *device)
{
    const struct vfio_region *rom = vfio_device_region(device, VFIO_REGION_ROM);
    vfio->regions = FACT_YES;
    vfio->rom_region = offered(rom);
    vfio->rom_size = rom ? rom->size : 0;
    vfio->vga_region = offered(vfio_device_region(device, VFIO_REGION_VGA));
    vfio->opregion_region = vfio->host_region = vfio->lpc_region = FACT_NO;
    for (unsigned i = VFIO_REGION_SPECIFIC; i < vfio_device_region_count(device); i++) {
        const struct vfio_region *region = vfio_device_region(device, i);
        if (!region || region->type != TYPE_INTEL)
            continue;
        enum fact *facts[] = { NULL, &vfio->opregion_region, &vfio->host_region,
                               &vfio->lpc_region };
        if (region->subtype >= 1 && region->subtype <= 3)
            *facts[region->subtype] = offered(region);
        if (region->subtype == 1 && !vfio->opregion)
            vfio->opregion =
                read_region(device, region, IGD_OPREGION_MAX, &vfio->opregion_size);
    }
    if (vfio->rom_region == FACT_YES && !vfio->rom)
        vfio->rom = read_region(device, rom, IGD_ROM_MAX, &vfio->rom_bytes);
}

void host_device_regions_read(struct host_vfio *vfio, const struct host_pci_device *igd)
{
    char node[64];
    struct error err;
    if (!igd || igd->bound != FACT_YES || strcmp(igd->driver, "vfio-pci") != 0 ||
        !igd->group[0])
        return;
    snprintf(node, sizeof(node), "/dev/vfio/%s", igd->group);
    if (access(node, R_OK | W_OK) != 0)
        return;
    struct vfio_device *device = vfio_device_open(igd->address, -1, &err);
    if (!device)
        return; /* in use, or it cannot be opened: other checks tell why */
    take_regions(vfio, device);
    vfio_device_close(device);
}

char *host_device_regions_json(const struct host_vfio *vfio)
{
    const struct {
        const char *name;
        enum fact offered;
        uint64_t size;
    } regions[] = {
        { "rom", vfio->rom_region, vfio->rom_size },
        { "vga", vfio->vga_region, 0xc0000 },
        { "opregion", vfio->opregion_region,
          vfio->opregion_size ? vfio->opregion_size : IGD_OPREGION_SIZE },
        { "host-bridge", vfio->host_region, 0x1000 },
        { "lpc-bridge", vfio->lpc_region, 0x1000 },
    };
    if (vfio->regions != FACT_YES)
        return NULL;
    json_object *root = json_object_new_object();
    json_object *list = json_object_new_array();
    for (unsigned i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        if (regions[i].offered != FACT_YES)
            continue;
        json_object *region = json_object_new_object();
        json_object_object_add(region, "name", json_object_new_string(regions[i].name));
        json_object_object_add(region, "size", json_object_new_uint64(regions[i].size));
        json_object_array_add(list, region);
    }
    json_object_object_add(root, "regions", list);
    char *text = strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
    json_object_put(root);
    return text;
}
