/* pci.c: a host's PCI devices, IOMMU groups and IOMMU units. */
#include "host/pci.h"

#include "host/lines.h"     /* lines */
#include "host/printable.h" /* a group's name */
#include "host/root.h"      /* the files */

#include <ctype.h>    /* isxdigit */
#include <inttypes.h> /* SCNx64 */
#include <stdio.h>    /* sscanf */
#include <stdlib.h>   /* memory */
#include <string.h>   /* text */

#define DEVICES     "sys/bus/pci/devices"
#define MAX_DEVICES 512

static bool number(const struct host_root *root, const char *address, const char *file,
                   uint64_t *value)
{
    return host_root_number(root, value, DEVICES "/%s/%s", address, file);
}

/* "0x8086"; written by hand also "8086", which is hexadecimal, too. */
static bool identifier(const struct host_root *root, const char *address,
                       const char *file, uint64_t *value)
{
    char line[32], *end;
    if (!host_root_line(root, line, sizeof(line), DEVICES "/%s/%s", address, file))
        return false;
    *value = strtoull(line, &end, 16);
    return end != line && !*trimmed(end);
}

/* "8086 1916" or what config says, when the small files are not there. */
static void identify_by_config(struct host_pci_device *device)
{
    const uint8_t *config = device->config;
    if (device->config_size < 64)
        return;
    if (!device->identified) {
        device->vendor = (uint16_t)(config[0] | config[1] << 8);
        device->device = (uint16_t)(config[2] | config[3] << 8);
        device->identified = device->vendor != 0xffff;
    }
    if (!device->class_known && device->vendor != 0xffff) {
        device->class_code = (uint32_t)config[9] | (uint32_t)config[10] << 8 |
                             (uint32_t)config[11] << 16;
        device->class_known = true;
    }
}

static void read_identity(struct host_pci_device *device, const struct host_root *root)
{
    uint64_t vendor, id, value;
    if (identifier(root, device->address, "vendor", &vendor) &&
        identifier(root, device->address, "device", &id)) {
        device->vendor = (uint16_t)vendor;
        device->device = (uint16_t)id;
        device->identified = true;
    }
    if (identifier(root, device->address, "class", &value)) {
        /* "0x0300" is a class without its last byte. */
        device->class_code =
            (uint32_t)(value <= 0xffff && value >= 0x100 ? value << 8 : value) &
            0xffffff;
        device->class_known = true;
    }
    if (identifier(root, device->address, "subsystem_vendor", &value))
        device->subsystem_vendor = (uint16_t)value;
    if (identifier(root, device->address, "subsystem_device", &value))
        device->subsystem_device = (uint16_t)value;
}

static void read_config(struct host_pci_device *device, const struct host_root *root)
{
    char *bytes;
    size_t size;
    if (host_root_read(root, &bytes, &size, DEVICES "/%s/config", device->address) < 0)
        return;
    device->config_size = size < sizeof(device->config) ? size : sizeof(device->config);
    memcpy(device->config, bytes, device->config_size);
    free(bytes);
    identify_by_config(device);
}

/* "0x00000000f6000000 0x00000000f6ffffff 0x0000000000140204" a line, a BAR each. */
static void read_resources(struct host_pci_device *device, const struct host_root *root)
{
    char *text, line[256];
    size_t size;
    if (host_root_read(root, &text, &size, DEVICES "/%s/resource", device->address) < 0)
        return;
    device->resources = FACT_YES;
    const char *cursor = text;
    for (unsigned i = 0; i < 6 && next_line(&cursor, line, sizeof(line)); i++) {
        uint64_t start, end;
        if (sscanf(line, "%" SCNx64 " %" SCNx64, &start, &end) == 2 && end > start) {
            device->bar_start[i] = start;
            device->bar_size[i] = end - start + 1;
        }
    }
    free(text);
}

/* A mediated device is a folder named by a UUID, of which captures keep the form. */
static bool is_mdev(const char *name)
{
    unsigned dashes = 0;
    for (const char *at = name; *at; at++) {
        dashes += *at == '-';
        if (*at != '-' && !isxdigit((unsigned char)*at) && *at != 'x' && *at != 'X')
            return false;
    }
    return dashes == 4 && strlen(name) == 36;
}

static void read_names(struct host_pci_device *device, const struct host_root *root)
{
    char **names;
    if (host_root_list(root, &names, DEVICES "/%s", device->address) < 0)
        return;
    for (char **name = names; *name; name++) {
        device->mdevs += is_mdev(*name);
        device->is_vf |= !strcmp(*name, "physfn");
    }
    host_root_list_free(names);
}

static void read_state(struct host_pci_device *device, const struct host_root *root)
{
    uint64_t value;
    const char *at = device->address;
    if (host_root_link(root, device->driver, sizeof(device->driver),
                       DEVICES "/%s/driver", at))
        device->bound = FACT_YES;
    else if (host_root_kind(root, DEVICES "/%s/driver_override", at) !=
             HOST_PATH_ABSENT)
        device->bound = FACT_NO; /* the folder was read, and has no such link */
    if (host_root_link(root, device->group, sizeof(device->group),
                       DEVICES "/%s/iommu_group", at))
        device->grouped = FACT_YES;
    if (host_root_line(root, device->override, sizeof(device->override),
                       DEVICES "/%s/driver_override", at) &&
        !strcmp(device->override, "(null)"))
        device->override[0] = '\0';
    if (number(root, at, "boot_vga", &value))
        device->boot_vga = fact_from(value != 0);
    device->vfs = number(root, at, "sriov_numvfs", &value) ? (int)value : -1;
    device->vfs_total = number(root, at, "sriov_totalvfs", &value) ? (int)value : -1;
    host_root_line(root, device->reset_method, sizeof(device->reset_method),
                   DEVICES "/%s/reset_method", at);
    host_root_line(root, device->power_state, sizeof(device->power_state),
                   DEVICES "/%s/power_state", at);
}

static void read_devices(struct host_pci *pci, const struct host_root *root)
{
    char **names;
    int count = host_root_list(root, &names, DEVICES);
    if (count < 0)
        return;
    pci->devices = calloc(MAX_DEVICES, sizeof(*pci->devices));
    for (int i = 0; i < count && pci->count < MAX_DEVICES && pci->devices; i++) {
        struct host_pci_device *device = &pci->devices[pci->count];
        if (strlen(names[i]) >= sizeof(device->address) || !strchr(names[i], ':'))
            continue;
        pci->count++;
        snprintf(device->address, sizeof(device->address), "%s", names[i]);
        read_identity(device, root);
        read_config(device, root);
        read_resources(device, root);
        read_names(device, root);
        read_state(device, root);
    }
    host_root_list_free(names);
}

/* NULL when it is not there. */
static struct host_pci_device *find(struct host_pci *pci, const char *address)
{
    for (unsigned i = 0; pci->devices && i < pci->count; i++) {
        if (!strcmp(pci->devices[i].address, address))
            return &pci->devices[i];
    }
    return NULL;
}

static void put_in_group(struct host_pci *pci, const char *address, const char *group)
{
    struct host_pci_device *device = find(pci, address);
    pci->any_group = FACT_YES;
    if (!device || device->grouped == FACT_YES ||
        strlen(group) >= sizeof(device->group))
        return;
    device->grouped = FACT_YES;
    snprintf(device->group, sizeof(device->group), "%s", group);
    make_printable(device->group);
}

/* Is a mediated device made of another device than the GPU? */
static bool is_of_another(const struct host_pci *pci, const struct host_root *root,
                          const char *mdev)
{
    for (unsigned i = 0; pci->devices && i < pci->count; i++) {
        const char *address = pci->devices[i].address;
        if (strcmp(address, HOST_IGD_ADDRESS) != 0 &&
            host_root_kind(root, DEVICES "/%s/%s", address, mdev) != HOST_PATH_ABSENT)
            return true;
    }
    return false;
}

/* Mediated devices, where the bus lists them. */
static void read_mdevs(struct host_pci *pci, const struct host_root *root)
{
    struct host_pci_device *igd = find(pci, HOST_IGD_ADDRESS);
    char **names;
    unsigned count = 0;
    if (host_root_list(root, &names, "sys/bus/mdev/devices") < 0)
        return;
    for (char **name = names; *name; name++)
        count += !is_of_another(pci, root, *name);
    if (igd && igd->mdevs < count)
        igd->mdevs = count;
    host_root_list_free(names);
}

/* The groups' own folders, which name what the devices' links may not. */
static void read_groups(struct host_pci *pci, const struct host_root *root)
{
    char **groups, **members;
    int count = host_root_list(root, &groups, "sys/kernel/iommu_groups");
    if (count < 0)
        return;
    pci->any_group = fact_from(count > 0);
    for (char **group = groups; *group; group++) {
        if (host_root_list(root, &members, "sys/kernel/iommu_groups/%s/devices",
                           *group) < 0)
            continue;
        for (char **member = members; *member; member++)
            put_in_group(pci, *member, *group);
        host_root_list_free(members);
    }
    host_root_list_free(groups);
}

/*
 * "pci 0000:00:02.0: Adding to iommu group 1", before 5.4 "iommu: Adding device
 * 0000:00:02.0 to group 1".
 */
static void read_groups_of_log(struct host_pci *pci, const char *log)
{
    char line[LINE_SIZE], address[16], group[12];
    for (const char *cursor = log; next_line(&cursor, line, sizeof(line));) {
        const char *at = strstr(line, ": Adding to iommu group ");
        if (at && at - line >= 12 &&
            sscanf(at, ": Adding to iommu group %11[0-9]", group) == 1) {
            snprintf(address, sizeof(address), "%.12s", at - 12);
            pci->groups_in_log = true;
            put_in_group(pci, address, group);
            continue;
        }
        at = strstr(line, "iommu: Adding device ");
        if (at && sscanf(at, "iommu: Adding device %15[0-9a-f:.] to group %11[0-9]",
                         address, group) == 2) {
            pci->groups_in_log = true;
            put_in_group(pci, address, group);
        }
    }
}

/*
 * A device without a group: known once groups were read or others have theirs. Where
 * there are no groups at all, none has; nor where no IOMMU unit is in use.
 */
static void conclude_groups(struct host_pci *pci)
{
    if (pci->any_group == FACT_UNKNOWN && pci->any_unit == FACT_NO)
        pci->any_group = FACT_NO;
    for (unsigned i = 0; i < pci->count; i++) {
        if (pci->devices[i].grouped == FACT_YES)
            pci->any_group = FACT_YES;
    }
    for (unsigned i = 0; i < pci->count; i++) {
        if (pci->devices[i].grouped == FACT_UNKNOWN && pci->any_group)
            pci->devices[i].grouped = FACT_NO;
    }
}

static bool hexadecimal(const struct host_root *root, const char *unit,
                        const char *file, uint64_t *value)
{
    char line[64];
    return host_root_line(root, line, sizeof(line), "sys/class/iommu/%s/%s/%s", unit,
                          "intel-iommu", file) &&
           sscanf(line, "%" SCNx64, value) == 1;
}

static void read_units(struct host_pci *pci, const struct host_root *root)
{
    char **names;
    int count = host_root_list(root, &names, "sys/class/iommu");
    if (count < 0)
        return;
    pci->any_unit = fact_from(count > 0);
    for (char **name = names; *name && pci->unit_count < 16; name++) {
        struct host_iommu_unit *unit = &pci->units[pci->unit_count++];
        snprintf(unit->name, sizeof(unit->name), "%.15s", *name);
        unit->cap_known = hexadecimal(root, *name, "cap", &unit->cap);
        unit->ecap_known = hexadecimal(root, *name, "ecap", &unit->ecap);
    }
    host_root_list_free(names);
}

void host_pci_read(struct host_pci *pci, const struct host_root *root, const char *log)
{
    size_t size;
    *pci = (struct host_pci){ 0 };
    read_devices(pci, root);
    read_mdevs(pci, root);
    read_groups(pci, root);
    read_groups_of_log(pci, log);
    read_units(pci, root);
    conclude_groups(pci);
    const struct host_pci_device *igd = find(pci, HOST_IGD_ADDRESS);
    if (!igd || !igd->group[0])
        return;
    host_root_line(root, pci->group_type, sizeof(pci->group_type),
                   "sys/kernel/iommu_groups/%s/type", igd->group);
    if (host_root_read(root, &pci->reserved_regions, &size,
                       "sys/kernel/iommu_groups/%s/reserved_regions", igd->group) < 0)
        pci->reserved_regions = NULL;
}

void host_pci_free(struct host_pci *pci)
{
    free(pci->devices);
    free(pci->reserved_regions);
}

const struct host_pci_device *host_pci_find(const struct host_pci *pci,
                                            const char *address)
{
    for (unsigned i = 0; i < pci->count; i++) {
        if (!strcmp(pci->devices[i].address, address))
            return &pci->devices[i];
    }
    return NULL;
}

bool host_pci_is_display(const struct host_pci_device *device)
{
    return device->class_known && device->class_code >> 16 == 0x03;
}

const struct host_pci_device *host_pci_igd(const struct host_pci *pci)
{
    const struct host_pci_device *device = host_pci_find(pci, HOST_IGD_ADDRESS);
    if (!device || !device->identified || device->vendor != 0x8086)
        return NULL;
    return !device->class_known || host_pci_is_display(device) ? device : NULL;
}

unsigned host_iommu_unit_width(const struct host_iommu_unit *unit)
{
    return unit->cap_known ? (unsigned)(unit->cap >> 16 & 0x3f) + 1 : 0;
}

unsigned host_pci_iommu_width(const struct host_pci *pci)
{
    unsigned least = 0;
    for (unsigned i = 0; i < pci->unit_count; i++) {
        unsigned width = host_iommu_unit_width(&pci->units[i]);
        if (width && (!least || width < least))
            least = width;
    }
    return least;
}
