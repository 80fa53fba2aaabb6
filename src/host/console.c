/* console.c: who draws on a host's screen, and so holds the GPU's memory. */
#include "host/console.h"

#include "host/lines.h" /* lines */
#include "host/pci.h"   /* the GPU's address */
#include "host/root.h"  /* the files */

#include <inttypes.h> /* SCNx64 */
#include <stdio.h>    /* sscanf */
#include <stdlib.h>   /* memory */
#include <string.h>   /* text */

/* Owners of the firmware's picture, as proc/iomem and drivers are named. */
static const char *const firmware_owners[] = {
    "efifb",
    "efidrm",
    "vesafb",
    "vesadrm",
    "simplefb",
    "simpledrm",
    "simple-framebuffer",
    "efi-framebuffer",
    "vesa-framebuffer",
    "BOOTFB",
};

bool host_console_is_firmware(const char *name)
{
    for (unsigned i = 0; i < sizeof(firmware_owners) / sizeof(firmware_owners[0]);
         i++) {
        if (!strcmp(name, firmware_owners[i]))
            return true;
    }
    return false;
}

/* "    c0000000-cfffffff : 0000:00:02.0": two blanks a level. */
static bool parse_claim(const char *line, struct host_claim *claim)
{
    size_t indent = strspn(line, " ");
    claim->depth = (unsigned)indent / 2;
    return sscanf(line + indent, "%" SCNx64 "-%" SCNx64 " : %47[^\n]", &claim->start,
                  &claim->end, claim->name) == 3;
}

static void keep_claim(struct host_console *console, const struct host_claim *claim)
{
    if (console->claim_count < 16)
        console->claims[console->claim_count++] = *claim;
}

static void read_memory(struct host_console *console, const struct host_root *root)
{
    char *text, line[512];
    size_t size;
    unsigned igd_depth = 0;
    bool in_igd = false;
    if (host_root_read(root, &text, &size, "proc/iomem") < 0)
        return;
    console->memory = FACT_NO;
    for (const char *cursor = text; next_line(&cursor, line, sizeof(line));) {
        struct host_claim claim;
        if (!parse_claim(line, &claim))
            continue;
        if (claim.end)
            console->memory = FACT_YES;
        if (in_igd && claim.depth > igd_depth)
            keep_claim(console, &claim);
        else if (host_console_is_firmware(claim.name))
            keep_claim(console, &claim);
        if (!in_igd || claim.depth <= igd_depth) {
            in_igd = !strcmp(claim.name, HOST_IGD_ADDRESS);
            igd_depth = claim.depth;
        }
    }
    free(text);
}

static void read_ports(struct host_console *console, const struct host_root *root)
{
    char *text, line[512];
    size_t size;
    if (host_root_read(root, &text, &size, "proc/ioports") < 0)
        return;
    console->ports = FACT_YES;
    for (const char *cursor = text; next_line(&cursor, line, sizeof(line));) {
        struct host_claim claim;
        if (!parse_claim(line, &claim))
            continue;
        console->vga_ports |= !strcmp(claim.name, "vga+");
        if (host_console_is_firmware(claim.name))
            keep_claim(console, &claim);
    }
    free(text);
}

static void read_firmware(struct host_console *console, const struct host_root *root)
{
    char **names;
    if (host_root_list(root, &names, "sys/bus/platform/devices") < 0)
        return;
    console->firmware_known = FACT_YES;
    for (char **name = names; *name && console->firmware_count < 8; name++) {
        if (!strstr(*name, "framebuffer."))
            continue;
        struct host_firmware_fb *fb = &console->firmware[console->firmware_count++];
        snprintf(fb->name, sizeof(fb->name), "%.39s", *name);
        if (!host_root_link(root, fb->driver, sizeof(fb->driver),
                            "sys/bus/platform/devices/%s/driver", *name))
            fb->driver[0] = '\0';
    }
    host_root_list_free(names);
}

static void add_fb(struct host_console *console, const char *name)
{
    for (unsigned i = 0; i < console->fb_count; i++) {
        if (!strcmp(console->fbs[i], name))
            return;
    }
    if (console->fb_count < 8)
        snprintf(console->fbs[console->fb_count++], sizeof(console->fbs[0]), "%.47s",
                 name);
}

static void read_framebuffers(struct host_console *console,
                              const struct host_root *root)
{
    char **names, *text, line[128];
    size_t size;
    if (host_root_read(root, &text, &size, "proc/fb") == 0) {
        console->fbs_known = FACT_YES;
        for (const char *cursor = text; next_line(&cursor, line, sizeof(line));) {
            const char *blank = strchr(line, ' ');
            if (blank && blank[1])
                add_fb(console, blank + 1);
        }
        free(text);
    }
    if (host_root_list(root, &names, "sys/class/graphics") < 0)
        return;
    console->fbs_known = FACT_YES;
    for (char **name = names; *name; name++) {
        if (!strncmp(*name, "fb", 2) &&
            host_root_line(root, line, sizeof(line), "sys/class/graphics/%s/name",
                           *name))
            add_fb(console, line);
    }
    host_root_list_free(names);
}

static void read_vtconsoles(struct host_console *console, const struct host_root *root)
{
    char **names;
    uint64_t bound;
    if (host_root_list(root, &names, "sys/class/vtconsole") < 0)
        return;
    for (char **name = names; *name && console->vt_count < 4; name++) {
        struct host_vtconsole *vt = &console->vts[console->vt_count];
        if (!host_root_line(root, vt->name, sizeof(vt->name),
                            "sys/class/vtconsole/%s/name", *name))
            continue;
        if (host_root_number(root, &bound, "sys/class/vtconsole/%s/bind", *name))
            vt->bound = fact_from(bound != 0);
        console->vt_count++;
    }
    host_root_list_free(names);
}

static void read_connectors(struct host_console *console, const struct host_root *root)
{
    char **names;
    if (host_root_list(root, &names, "sys/class/drm") < 0)
        return;
    for (char **name = names; *name && console->connector_count < 24; name++) {
        struct host_connector *connector =
            &console->connectors[console->connector_count];
        if (!host_root_line(root, connector->status, sizeof(connector->status),
                            "sys/class/drm/%s/status", *name))
            continue;
        snprintf(connector->name, sizeof(connector->name), "%.31s", *name);
        console->connector_count++;
    }
    host_root_list_free(names);
}

void host_console_read(struct host_console *console, const struct host_root *root)
{
    *console = (struct host_console){ 0 };
    read_memory(console, root);
    read_ports(console, root);
    read_firmware(console, root);
    read_framebuffers(console, root);
    read_vtconsoles(console, root);
    read_connectors(console, root);
}

const char *host_console_firmware_fb(const struct host_console *console)
{
    static const struct {
        const char *name, *owner;
    } of_names[] = {
        { "efifb", "efifb" },        { "vesafb", "vesafb" },
        { "simplefb", "simplefb" },  { "simpledrm", "simpledrm" },
        { "EFI VGA", "efifb" },      { "VESA VGA", "vesafb" },
        { "simple", "simplefb" },    { "simpledrmdrmfb", "simpledrm" },
        { "efidrmdrmfb", "efidrm" }, { "vesadrmdrmfb", "vesadrm" },
    };
    static const struct {
        const char *driver, *owner;
    } of_drivers[] = {
        { "efi-framebuffer", "efifb" },
        { "vesa-framebuffer", "vesafb" },
        { "simple-framebuffer", "simplefb" },
    };
    /* proc/fb tells the most: one driver name serves simplefb and simpledrm. */
    for (unsigned i = 0; i < console->fb_count; i++) {
        for (unsigned j = 0; j < sizeof(of_names) / sizeof(of_names[0]); j++) {
            if (!strcmp(console->fbs[i], of_names[j].name))
                return of_names[j].owner;
        }
    }
    const char *boot_fb = NULL;
    for (unsigned i = 0; i < console->claim_count; i++) {
        if (!host_console_is_firmware(console->claims[i].name))
            continue;
        if (strcmp(console->claims[i].name, "BOOTFB") != 0)
            return console->claims[i].name;
        boot_fb = "BOOTFB";
    }
    for (unsigned i = 0; i < console->firmware_count; i++) {
        for (unsigned j = 0; j < sizeof(of_drivers) / sizeof(of_drivers[0]); j++) {
            if (!strcmp(console->firmware[i].driver, of_drivers[j].driver))
                return of_drivers[j].owner;
        }
        if (console->firmware[i].driver[0])
            return console->firmware[i].driver;
    }
    return boot_fb;
}
