/* guests.c: how the GPU was given to guests: QEMU's command lines and logs. */
#include "host/guests.h"

#include "host/guests_xml.h" /* libvirt's XML */
#include "host/lines.h"      /* lines */
#include "host/root.h"       /* the files */

#include <ctype.h>   /* isdigit */
#include <stdio.h>   /* sscanf */
#include <stdlib.h>  /* memory */
#include <string.h>  /* text */
#include <strings.h> /* strcasecmp */

#define MAX_FILES 64

/* QEMU's words (hw/vfio, accel/kvm), over its versions; both words, when there are two.
 */
static const struct {
    enum qemu_sign sign;
    const char *word, *also;
} signs[] = {
    { QEMU_NO_OPREGION, "IGD OpRegion", "does not support requested" },
    { QEMU_NO_OPREGION, "failed to read IGD OpRegion", NULL },
    { QEMU_NO_OPREGION, "does not support OpRegion", NULL },
    { QEMU_NO_OPREGION, "OpRegion", "No such device" },
    { QEMU_NO_LEGACY_GENERATION, "unsupported in legacy mode", NULL },
    { QEMU_NO_LEGACY_GENERATION, "IGD", "isn't supported in legacy mode" },
    { QEMU_NO_ROM, "has no ROM", NULL },
    { QEMU_NO_ROM, "Device has no ROM", NULL },
    { QEMU_NO_VGA, "failed to enable VGA access", NULL },
    { QEMU_NO_VGA, "Unable to enable VGA access", NULL },
    { QEMU_NO_VGA, "requested feature x-vga", NULL },
    { QEMU_NO_VGA, "VGA region index", NULL },
    { QEMU_NO_VGA, "unexpected VGA info", NULL },
    { QEMU_SLOT_TAKEN, "slot 2 function 0 not available", NULL },
    { QEMU_LPC_TAKEN, "existing device", "1f.0" },
    { QEMU_NO_BRIDGE_REGIONS, "does not support host bridge access", NULL },
    { QEMU_NO_BRIDGE_REGIONS, "does not support LPC bridge access", NULL },
    { QEMU_NO_BRIDGE_REGIONS, "bridge access is not supported by kernel", NULL },
    { QEMU_HOT_PLUGGED, "hotplugged", NULL },
    { QEMU_HOT_PLUGGED, "hot-plug", "IGD" },
    { QEMU_NOT_VIABLE, "is not viable", NULL },
    { QEMU_NO_GROUP, "no iommu_group found", NULL },
    { QEMU_MAP_FAILED, "dma_map", "Invalid argument" },
    { QEMU_MAP_FAILED, "dma_map", "-22" },
    { QEMU_MAP_FAILED, "VFIO_MAP_DMA", "-22" },
    { QEMU_MAP_FAILED, "VFIO_MAP_DMA", "Invalid argument" },
    { QEMU_MAP_MEMORY, "dma_map", "Cannot allocate memory" },
    { QEMU_MAP_MEMORY, "dma_map", "-12" },
    { QEMU_MAP_MEMORY, "VFIO_MAP_DMA", "Cannot allocate memory" },
    { QEMU_MAP_MEMORY, "VFIO_MAP_DMA", "-12" },
    { QEMU_MAP_MEMORY, "IOMMU_IOAS_MAP", "Cannot allocate memory" },
    { QEMU_MAP_FAILED, "IOMMU_IOAS_MAP", "Invalid argument" },
    { QEMU_MMAP_FAILED, "ailed to mmap", "BAR" },
    { QEMU_MMAP_FAILED, "vfio_region_write", "Device or resource busy" },
    { QEMU_MMAP_FAILED, "vfio_region_read", "Device or resource busy" },
    { QEMU_OPTION_UNKNOWN, "x-igd-", "' not found" },
    { QEMU_OPTION_UNKNOWN, "x-pci-class-code", "' not found" },
    { QEMU_ROM_EMPTY, "ROM size is zero", NULL },
    { QEMU_ROM_EMPTY, "Device option ROM contents are probably invalid", NULL },
    { QEMU_ROM_EMPTY, "vfio_pci_size_rom", NULL },
    { QEMU_GMS_REFUSED, "x-igd-gms is not supported", NULL },
    { QEMU_GMS_REFUSED, "Unsupported IGD GMS value", NULL },
    { QEMU_LEGACY_REFUSED, "legacy mode requires", NULL },
    { QEMU_LEGACY_REFUSED, "Machine is not configured for legacy mode", NULL },
    { QEMU_LEGACY_DISABLED, "legacy mode disabled", NULL },
    { QEMU_NO_REMAPPING, "No interrupt remapping", NULL },
    { QEMU_NO_REMAPPING, "set iommu for container: Operation not permitted", NULL },
    { QEMU_NO_ACCESS, "failed to open /dev/vfio/", "Permission denied" },
    { QEMU_NO_ACCESS, "Could not open '/dev/vfio", "Permission denied" },
    { QEMU_NO_ACCESS, "pen '/dev/vfio", "Operation not permitted" },
    { QEMU_NO_ACCESS, "pen /dev/vfio/", "Operation not permitted" },
    { QEMU_NO_IOMMU_MODEL, "No available IOMMU models", NULL },
    { QEMU_STUCK, "stuck in D3", NULL },
    { QEMU_NOT_OPENED, "error getting device from group", "Invalid argument" },
    { QEMU_NO_OPREGION, "error getting device from group", "No such device" },
    { QEMU_BUSY, "error getting device from group", "Device or resource busy" },
    { QEMU_ROM_FILE, "failed to find romfile", NULL },
    { QEMU_ROM_FILE, "failed to load romfile", NULL },
    { QEMU_ROM_FILE, "romfile", "Permission denied" },
    { QEMU_ROM_FILE, "romfile", "No such file" },
    { QEMU_NO_KVM, "Could not access KVM kernel module", NULL },
    { QEMU_NO_KVM, "failed to initialize kvm", NULL },
    { QEMU_NO_KVM, "failed to initialize KVM", NULL },
    { QEMU_KVM_DENIED, "access KVM kernel module", "Permission denied" },
    { QEMU_KVM_DENIED, "failed to initialize kvm", "Permission denied" },
    { QEMU_KVM_DENIED, "failed to initialize KVM", "Permission denied" },
    { QEMU_KVM_BUSY, "ioctl(KVM_CREATE_VM) failed", "Device or resource busy" },
    { QEMU_KVM_BUSY, "failed to initialize kvm", "Device or resource busy" },
    { QEMU_KVM_BUSY, "failed to initialize KVM", "Device or resource busy" },
    { QEMU_BUSY, "open /dev/vfio/", "Device or resource busy" },
    { QEMU_BUSY, "error opening /dev/vfio/", "Device or resource busy" },
    { QEMU_NO_ACCESS, "error opening /dev/vfio/", "Permission denied" },
    { QEMU_BUSY, "Could not open '/dev/vfio", "Device or resource busy" },
    { QEMU_BUSY, "is in use by driver QEMU", NULL },
    { QEMU_BUSY, "to iommufd", "Device or resource busy" },
    { QEMU_NO_REMAPPING, "to iommufd", "Operation not permitted" },
    { QEMU_NO_ACCESS, "pen '/dev/iommu'", "Permission denied" },
    { QEMU_NO_ACCESS, "pen /dev/iommu", "Permission denied" },
};

bool host_guest_option(const char *text, const char *key, char *value, size_t size)
{
    size_t length = strlen(key);
    for (const char *at = text; (at = strstr(at, key)); at += length) {
        char before = at > text ? at[-1] : ',';
        const char *after = at + length;
        if (before == '"' && *after == '"') {
            after += 1 + strspn(after + 1, ": ");
            bool quoted = *after == '"';
            after += quoted;
            snprintf(value, size, "%.*s", (int)strcspn(after, quoted ? "\"" : ",}"),
                     after);
            return true;
        }
        if ((before == ',' || before == ' ' || before == '.' || before == '-') &&
            *after == '=') {
            after++;
            snprintf(value, size, "%.*s", (int)strcspn(after, ", \t'\\"), after);
            return true;
        }
    }
    return false;
}

bool host_guest_is_on(const char *value)
{
    return !strcasecmp(value, "on") || !strcasecmp(value, "true") ||
           !strcmp(value, "1") || !strcasecmp(value, "yes");
}

bool host_guest_is_off(const char *value)
{
    return !strcasecmp(value, "off") || !strcasecmp(value, "false") ||
           !strcmp(value, "0") || !strcasecmp(value, "no");
}

/* What igd options say, wherever they stand: -device, -set, qemu:property. */
void host_guest_take_igd_options(struct host_guest *guest, const char *text)
{
    char value[160];
    if (host_guest_option(text, "x-igd-legacy-mode", value, sizeof(value))) {
        guest->legacy_asked |= host_guest_is_on(value);
        guest->legacy_off |= host_guest_is_off(value);
    }
    if (host_guest_option(text, "x-igd-opregion", value, sizeof(value))) {
        guest->opregion_off = host_guest_is_off(value);
        guest->opregion_on |= host_guest_is_on(value);
    }
    if (host_guest_option(text, "rombar", value, sizeof(value)))
        guest->rom_bar_off = host_guest_is_off(value);
    if (host_guest_option(text, "host-phys-bits-limit", value, sizeof(value)) ||
        host_guest_option(text, "phys-bits", value, sizeof(value)) ||
        host_guest_option(text, "guest-phys-bits", value, sizeof(value)))
        guest->address_limit = true;
}

bool host_guest_take_address(struct host_guest *guest, const char *text)
{
    unsigned domain = 0, bus, slot, function = 0;
    if (sscanf(text, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4) {
        domain = 0;
        if (sscanf(text, "%x:%x.%x", &bus, &slot, &function) != 3) {
            function = 0;
            if (sscanf(text, "%x:%x:%x", &domain, &bus, &slot) != 3) {
                domain = 0;
                if (sscanf(text, "%x:%x", &bus, &slot) != 2)
                    return false;
            }
        }
    }
    return host_guest_take_device(guest, domain, bus, slot, function);
}

bool host_guest_take_device(struct host_guest *guest, unsigned domain, unsigned bus,
                            unsigned slot, unsigned function)
{
    if (domain || bus || function > 7) {
        guest->others = true;
        return false;
    }
    bool audio = slot == 0x1b || slot == 0x1f || slot == 3;
    if (audio) {
        guest->gives_audio = true;
        snprintf(guest->audio, sizeof(guest->audio), "0000:00:%02x.%x", slot, function);
    }
    if (slot != 2)
        return false;
    snprintf(guest->host_address, sizeof(guest->host_address), "0000:00:02.%x",
             function);
    return true;
}

uint64_t host_guest_size(const char *text, char unit)
{
    char *end;
    uint64_t size = strtoull(text, &end, 10);
    char given = *end && *end != ',' && *end != ' ' ? *end : unit;
    unsigned shift = strchr("gG", given)   ? 30
                     : strchr("mM", given) ? 20
                     : strchr("kK", given) ? 10
                                           : 0;
    return end == text || size > UINT64_MAX >> shift ? 0 : size << shift;
}

void host_guest_take_machine(struct host_guest *guest, const char *machine)
{
    if (strstr(machine, "q35"))
        guest->machine = MACHINE_Q35;
    else if (!strcmp(machine, "pc") || strstr(machine, "i440fx") ||
             !strncmp(machine, "pc-1", 4) || !strncmp(machine, "pc-0", 4))
        guest->machine = MACHINE_I440FX;
    else
        guest->machine = MACHINE_OTHER;
}

/* -device vfio-pci,host=... or its JSON. */
static void take_vfio(struct host_guest *guest, const char *line)
{
    char value[160];
    bool igd = host_guest_option(line, "host", value, sizeof(value)) &&
               host_guest_take_address(guest, value);
    if (host_guest_option(line, "sysfsdev", value, sizeof(value)) && !igd) {
        if (strstr(value, "/mdev/") || strstr(value, "00:02.0/"))
            igd = guest->mdev = true;
    }
    if (!igd)
        return;
    if (host_guest_option(line, "addr", value, sizeof(value))) {
        guest->slot = (unsigned)strtoul(value, NULL, 16);
        guest->slot_known = true;
        guest->bus = host_guest_option(line, "bus", value, sizeof(value)) &&
                     strcmp(value, "pci.0") != 0 && strcmp(value, "pcie.0") != 0;
    }
    if (host_guest_option(line, "romfile", value, sizeof(value)))
        snprintf(guest->rom_file, sizeof(guest->rom_file), "%s", value);
    host_guest_take_igd_options(guest, line);
}

void host_guest_take_command_line(struct host_guest *guest, const char *line)
{
    char value[160];
    const char *at = strstr(line, "-machine ");
    if (!at)
        at = strstr(line, "-M ");
    if (at) {
        at = strchr(at, ' ') + 1;
        snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, ", \\"), at);
        /* "type=q35,..." or "q35,..." */
        host_guest_option(at, "type", value, sizeof(value));
        host_guest_take_machine(guest, value);
    }
    at = strstr(line, "-m ");
    if (at && (at == line || at[-1] == ' ')) {
        at += strspn(at + 3, " ") + 3;
        guest->ram_size =
            host_guest_size(strncmp(at, "size=", 5) == 0 ? at + 5 : at, 'M');
    }
    if (strstr(line, "OVMF") || strstr(line, "ovmf") || strstr(line, "edk2-x86_64"))
        guest->uefi = FACT_YES;
    for (at = line; (at = strstr(at, "vfio-pci")); at++) {
        /* A line may hold the whole command: look at one -device of it. */
        char device[1024];
        const char *end = strstr(at, " -");
        const char *start = at;
        while (start > line && start[-1] != ' ')
            start--;
        size_t length = end ? (size_t)(end - start) : strlen(start);
        snprintf(device, sizeof(device), "%.*s", (int)length, start);
        take_vfio(guest, device);
    }
    host_guest_take_igd_options(guest, line);
    if ((at = strstr(line, "device.hostpci0.addr=")) ||
        (at = strstr(line, "device.hostdev0.addr="))) {
        guest->slot = (unsigned)strtoul(strchr(at, '=') + 1, NULL, 16);
        guest->slot_known = true;
    }
    if (strstr(line, "-vga none") || strstr(line, "-nodefaults"))
        guest->emulated_video = guest->emulated_video ? guest->emulated_video : FACT_NO;
    if (strstr(line, "VGA,") || strstr(line, "qxl") || strstr(line, "virtio-vga") ||
        strstr(line, "cirrus-vga") || strstr(line, "-vga std") ||
        strstr(line, "bochs-display"))
        guest->emulated_video = FACT_YES;
}

/* "TIME qemu-system-x86_64: -device {...}: MESSAGE": what is said, without the rest. */
static const char *message_of(const char *line)
{
    const char *at = strstr(line, "-device ");
    const char *colon = strstr(at ? at : line, ": ");
    return colon && (at || strstr(line, "qemu")) ? colon + 2 : line;
}

/* Does a line name a device on another bus than the GPU's, and none on that one? */
static bool is_of_another(const char *line)
{
    bool another = false;
    for (const char *at = line; (at = strchr(at, ':')); at++) {
        unsigned domain, bus, slot, function;
        /* The four digits of a domain, which the hours of a time have not. */
        if (at - line < 4 || strspn(at - 4, HEX_DIGITS) != 4 ||
            sscanf(at - 4, "%4x:%2x:%2x.%1x", &domain, &bus, &slot, &function) != 4)
            continue;
        if (!bus && !domain)
            return false;
        another = true;
    }
    return another;
}

static void take_message(struct host_guest *guest, const char *line, unsigned order)
{
    if (is_of_another(line))
        return;
    /* Of a BAR that other devices cannot reach, which no guest needs: QEMU goes on. */
    if (strstr(line, "p2p may not work") ||
        (strstr(line, "warning: ") && strstr(line, "dma_map")))
        return;
    if (strstr(line, "PCI peer-to-peer transactions on BARs are not supported")) {
        guest->messages[QEMU_MAP_FAILED][0] = '\0';
        return;
    }
    for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (!strstr(line, signs[i].word) ||
            (signs[i].also && !strstr(line, signs[i].also)))
            continue;
        snprintf(guest->messages[signs[i].sign], sizeof(guest->messages[0]), "%.199s",
                 message_of(line));
        guest->message_order[signs[i].sign] = order;
    }
}

static void take_start(struct host_guest *guest, const char *line)
{
    const char *version = strstr(line, "qemu version: ");
    if (version)
        sscanf(version, "qemu version: %4u.%4u", &guest->qemu_major,
               &guest->qemu_minor);
}

bool host_guest_log_says(const char *line)
{
    return strstr(line, ": ") &&
           (isdigit((unsigned char)*line) || !strncmp(line, "qemu", 4) ||
            !strncmp(line, "kvm", 3));
}

bool host_guest_parse_log(struct host_guest *guest, const char *log)
{
    char line[LINE_SIZE];
    unsigned order = 0;
    const char *start = log;
    /* Only the last start counts. */
    for (const char *at = log; (at = strstr(at, "starting up libvirt")); at++) {
        start = at;
        while (start > log && start[-1] != '\n')
            start--;
    }
    for (const char *cursor = start; next_line(&cursor, line, sizeof(line));) {
        if (strstr(line, "qemu version: "))
            take_start(guest, line);
        /* Lines of the command begin with an option, or have it all. */
        const char *text = line + strspn(line, " \t");
        if (*text == '-' || (!host_guest_log_says(text) && strstr(text, " -")))
            host_guest_take_command_line(guest, text);
        take_message(guest, line, ++order);
    }
    bool told = false;
    for (unsigned i = 0; i < QEMU_SIGNS; i++)
        told |= guest->messages[i][0] != '\0';
    /* What a guest said that has only other devices is about those. */
    return guest->host_address[0] || guest->mdev || (told && !guest->others);
}

/* Join what a guest's log tells to what its XML told. */
static struct host_guest *guest_named(struct host_guests *guests, const char *name)
{
    for (unsigned i = 0; i < guests->count; i++) {
        if (!strcmp(guests->guests[i].name, name))
            return &guests->guests[i];
    }
    return NULL;
}

static void read_one(struct host_guests *guests, const struct host_root *root,
                     const char *path, const char *name, unsigned kind)
{
    static struct host_guest found; /* large */
    char *text, *mappings = NULL;
    size_t size, mappings_size;
    if (host_root_read(root, &text, &size, "%s", path) < 0)
        return;
    if (kind == 1 &&
        host_root_read(root, &mappings, &mappings_size, "etc/pve/mapping/pci.cfg") < 0)
        mappings = NULL;
    struct host_guest *before = guest_named(guests, name);
    found = before ? *before : (struct host_guest){ 0 };
    snprintf(found.name, sizeof(found.name), "%.63s", name);
    if (!before)
        snprintf(found.file, sizeof(found.file), "%.127s", path);
    bool has = kind == 0   ? host_guest_parse_xml(&found, text, size)
               : kind == 1 ? host_guest_parse_proxmox(&found, text, mappings)
                           : host_guest_parse_log(&found, text);
    if (has && before)
        *before = found;
    else if (has && guests->count < MAX_GUESTS)
        guests->guests[guests->count++] = found;
    free(mappings);
    free(text);
}

void host_guests_read(struct host_guests *guests, const struct host_root *root)
{
    static const struct {
        const char *directory, *suffix;
    } places[] = {
        { "etc/libvirt/qemu", ".xml" },
        { "etc/pve/qemu-server", ".conf" },
        { "var/log/libvirt/qemu", ".log" },
    };
    guests->count = 0;
    for (unsigned kind = 0; kind < 3; kind++) {
        char **names, path[256], name[128];
        int count = host_root_list(root, &names, "%s", places[kind].directory);
        for (int i = 0; i < count && i < MAX_FILES; i++) {
            size_t length = strlen(names[i]);
            size_t suffix = strlen(places[kind].suffix);
            if (length <= suffix || length >= sizeof(name) ||
                strcmp(names[i] + length - suffix, places[kind].suffix) != 0)
                continue;
            snprintf(name, sizeof(name), "%.*s", (int)(length - suffix), names[i]);
            snprintf(path, sizeof(path), "%s/%s", places[kind].directory, names[i]);
            read_one(guests, root, path, name, kind);
        }
        if (count >= 0)
            host_root_list_free(names);
    }
}
