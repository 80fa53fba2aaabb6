/* facts.c: reads all of a host. */
#include "host/facts.h"

#include "host/device_regions.h" /* the device itself */
#include "host/root.h"           /* the files */

#include <json-c/json.h>  /* the manifest, the regions */
#include <stdio.h>        /* paths */
#include <stdlib.h>       /* memory */
#include <string.h>       /* names */
#include <sys/resource.h> /* RLIMIT_MEMLOCK */
#include <unistd.h>       /* access */

#define MAX_JSON (1u << 20)

static json_object *read_json(const struct host_root *root, const char *path)
{
    char *text;
    size_t size;
    if (host_root_read(root, &text, &size, "%s", path) < 0)
        return NULL;
    json_object *object = size <= MAX_JSON ? json_tokener_parse(text) : NULL;
    free(text);
    return object;
}

static enum node_access look_at_node(const char *path)
{
    if (access(path, R_OK | W_OK) == 0)
        return NODE_USABLE;
    return access(path, F_OK) == 0 ? NODE_DENIED : NODE_ABSENT;
}

static enum node_access named_access(json_object *nodes, const char *key)
{
    json_object *value;
    if (!json_object_object_get_ex(nodes, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NODE_UNKNOWN;
    const char *text = json_object_get_string(value);
    return !strcmp(text, "usable")   ? NODE_USABLE
           : !strcmp(text, "denied") ? NODE_DENIED
           : !strcmp(text, "absent") ? NODE_ABSENT
                                     : NODE_UNKNOWN;
}

/* What the manifest of a snapshot tells of who took it. */
static void read_manifest(struct host_user *user, const struct host_root *root)
{
    json_object *manifest = read_json(root, "igdvm/manifest.json");
    json_object *part, *value;
    if (json_object_is_type(manifest, json_type_object) &&
        json_object_object_get_ex(manifest, "complete", &value))
        user->complete = json_object_get_boolean(value);
    if (json_object_is_type(manifest, json_type_object) &&
        json_object_object_get_ex(manifest, "user", &part) &&
        json_object_is_type(part, json_type_object)) {
        if (json_object_object_get_ex(part, "root", &value))
            user->root = fact_from(json_object_get_boolean(value));
        user->kvm = named_access(part, "dev_kvm");
        user->vfio = named_access(part, "dev_vfio");
        if (json_object_object_get_ex(part, "memlock", &value) &&
            json_object_is_type(value, json_type_int)) {
            user->memlock_known = true;
            user->memlock = json_object_get_uint64(value);
        }
    }
    json_object_put(manifest);
}

static void read_user(struct host_user *user, const struct host_root *root)
{
    struct rlimit limit;
    if (!host_root_is_live(root)) {
        read_manifest(user, root);
        return;
    }
    user->complete = true;
    user->root = fact_from(geteuid() == 0);
    user->kvm = look_at_node("/dev/kvm");
    user->vfio = look_at_node("/dev/vfio/vfio");
    user->memlock_known = getrlimit(RLIMIT_MEMLOCK, &limit) == 0;
    user->memlock = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

/* A number, or its text as "0xc0000". */
static bool json_number(json_object *object, const char *key, uint64_t *number)
{
    json_object *value;
    if (!json_object_object_get_ex(object, key, &value))
        return false;
    if (json_object_is_type(value, json_type_string))
        *number = strtoull(json_object_get_string(value), NULL, 0);
    else
        *number = json_object_get_uint64(value);
    return true;
}

/* The numbers of Linux include/uapi/linux/vfio.h. */
#define INDEX_ROM   6
#define INDEX_VGA   8
#define INDEX_FIRST 9 /* of the device's own regions */

/* Where the fact about a region is kept, by its name or its numbers; NULL: another. */
static enum fact *region_fact(struct host_vfio *vfio, uint64_t index, uint64_t subtype,
                              const char *name)
{
    bool own = index == UINT64_MAX || index >= INDEX_FIRST;
    if (index == INDEX_ROM || strcasestr(name, "rom"))
        return &vfio->rom_region;
    if (index == INDEX_VGA || strcasestr(name, "vga"))
        return &vfio->vga_region;
    if ((own && subtype == 1) || strcasestr(name, "opregion"))
        return &vfio->opregion_region;
    if ((own && subtype == 3) || strcasestr(name, "lpc"))
        return &vfio->lpc_region;
    if ((own && subtype == 2) || strcasestr(name, "host"))
        return &vfio->host_region;
    return NULL;
}

/*
 * One region: {"name": "vga", "index": 8, "size": 786432}, its name alone, or its size
 * alone where key is its name or index. What is listed without a size is offered. Was
 * it one that matters?
 */
static bool take_region(struct host_vfio *vfio, json_object *entry, const char *key)
{
    uint64_t index = UINT64_MAX, subtype = 0, size = 1;
    json_object *value;
    const char *name = key ? key : "";
    char *end;
    if (*name && (index = strtoull(name, &end, 10), *end))
        index = UINT64_MAX;
    if (json_object_is_type(entry, json_type_object)) {
        if (json_object_object_get_ex(entry, "name", &value))
            name = json_object_get_string(value);
        json_number(entry, "index", &index);
        json_number(entry, "subtype", &subtype);
        json_number(entry, "size", &size);
    } else if (json_object_is_type(entry, json_type_string) && !key) {
        name = json_object_get_string(entry);
    } else if (json_object_is_type(entry, json_type_boolean)) {
        size = json_object_get_boolean(entry);
    } else if (json_object_is_type(entry, json_type_int)) {
        size = json_object_get_uint64(entry);
    } else {
        return false;
    }
    enum fact *fact = region_fact(vfio, index, subtype, name ? name : "");
    if (!fact)
        return false;
    *fact = fact_from(size > 0);
    if (fact == &vfio->rom_region)
        vfio->rom_size = size;
    return true;
}

static bool take_regions(struct host_vfio *vfio, json_object *list)
{
    bool any = false;
    if (json_object_is_type(list, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(list) && i < 64; i++)
            any |= take_region(vfio, json_object_array_get_idx(list, i), NULL);
    } else if (json_object_is_type(list, json_type_object)) {
        json_object_object_foreach(list, key, entry) any |=
            take_region(vfio, entry, key);
    }
    return any;
}

/* {"regions": [{"index": 8, "name": "vga", "size": 786432}, ...]}: what is not listed
 * is not offered. Others may write the list alone, or an object of names. */
static void read_regions(struct host_vfio *vfio, const struct host_root *root)
{
    json_object *object = read_json(root, "igdvm/vfio-regions.json"), *list = NULL;
    struct host_vfio listed = *vfio;
    listed.regions = FACT_YES;
    listed.opregion_region = listed.host_region = listed.lpc_region =
        listed.vga_region = listed.rom_region = FACT_NO;
    bool told = json_object_is_type(object, json_type_object) &&
                json_object_object_get_ex(object, "regions", &list);
    if (take_regions(&listed, told ? list : object) ||
        json_object_is_type(told ? list : object, json_type_array))
        *vfio = listed;
    json_object_put(object);
}

static void read_vfio(struct host_vfio *vfio, const struct host_root *root)
{
    read_regions(vfio, root);
    if (host_root_read(root, &vfio->opregion, &vfio->opregion_size,
                       "igdvm/opregion.bin") < 0)
        vfio->opregion = NULL;
    if (host_root_read(root, &vfio->rom, &vfio->rom_bytes, "igdvm/rom.bin") < 0)
        vfio->rom = NULL;
}

/* Is a host's graphics driver kept from loading? */
static bool drivers_kept_away(const struct host_kernel *kernel)
{
    static const char *const drivers[] = { "i915", "xe" };
    if (host_kernel_parameter(kernel, "nomodeset", NULL, 0))
        return true;
    for (unsigned i = 0; i < 2; i++) {
        if (host_kernel_parameter_has(kernel, "modprobe.blacklist", drivers[i]) ||
            host_kernel_parameter_has(kernel, "module_blacklist", drivers[i]))
            return true;
    }
    for (unsigned i = 0; i < kernel->modprobe_count; i++) {
        if (kernel->modprobe[i].kind == MODPROBE_BLACKLIST &&
            (!strcmp(kernel->modprobe[i].module, "i915") ||
             !strcmp(kernel->modprobe[i].module, "xe")))
            return true;
    }
    return false;
}

/* A capture that has the drivers of so many other devices has the GPU's, if any. */
#define OTHERS_WITH_DRIVERS 2

/*
 * No link to a driver, in a capture that may lack what was there: who has the
 * framebuffer tells, or what keeps drivers away, or that others have theirs; else it is
 * not known.
 */
static void conclude_driver(struct host_facts *facts)
{
    struct host_pci_device *igd = NULL;
    unsigned driven = 0;
    for (unsigned i = 0; i < facts->pci.count; i++) {
        if (!strcmp(facts->pci.devices[i].address, HOST_IGD_ADDRESS))
            igd = &facts->pci.devices[i];
        else
            driven += facts->pci.devices[i].bound == FACT_YES;
    }
    if (!igd || igd->bound == FACT_YES || facts->user.complete)
        return;
    bool none = drivers_kept_away(&facts->kernel) || driven >= OTHERS_WITH_DRIVERS;
    igd->bound = none ? FACT_NO : FACT_UNKNOWN;
    for (unsigned i = 0; i < facts->console.fb_count; i++) {
        bool i915 = !strcmp(facts->console.fbs[i], "i915drmfb");
        if (!i915 && strcmp(facts->console.fbs[i], "xedrmfb") != 0)
            continue;
        igd->bound = FACT_YES;
        snprintf(igd->driver, sizeof(igd->driver), "%s", i915 ? "i915" : "xe");
    }
}

struct host_facts *host_facts_read(const struct host_root *root)
{
    struct host_facts *facts = calloc(1, sizeof(*facts));
    if (!facts)
        return NULL;
    facts->root = root;
    host_log_read(&facts->log, root);
    host_kernel_read(&facts->kernel, root, facts->log.text);
    host_platform_read(&facts->platform, root, &facts->kernel, facts->log.text);
    host_pci_read(&facts->pci, root, facts->log.text);
    host_console_read(&facts->console, root);
    host_guests_read(&facts->guests, root);
    read_user(&facts->user, root);
    read_vfio(&facts->vfio, root);
    conclude_driver(facts);
    if (host_root_is_live(root))
        host_device_regions_read(&facts->vfio, host_pci_igd(&facts->pci));
    return facts;
}

void host_facts_free(struct host_facts *facts)
{
    if (!facts)
        return;
    host_log_free(&facts->log);
    host_kernel_free(&facts->kernel);
    host_platform_free(&facts->platform);
    host_pci_free(&facts->pci);
    free(facts->vfio.opregion);
    free(facts->vfio.rom);
    free(facts);
}
