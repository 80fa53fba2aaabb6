/* snapshot_guest.c: what matters of guests' configurations and of QEMU's logs. */
#include "host/snapshot_select.h"

#include "base/bytes.h"      /* ARRAY_SIZE */
#include "host/guests.h"     /* what is a message */
#include "host/guests_xml.h" /* options of guests */
#include "host/lines.h"      /* lines */

#include <fnmatch.h>       /* patterns */
#include <libxml/parser.h> /* XML */
#include <libxml/tree.h>   /* its tree */
#include <limits.h>        /* INT_MAX */
#include <stdbool.h>       /* bool */
#include <stdlib.h>        /* free */
#include <string.h>        /* text */

#define MAX_DEPTH 64
#define START     "starting up libvirt"

/* One of these in an option or a message makes it matter. */
static const char *const option_words[] = {
    "vfio",  "x-igd", "VGA",  "vga",  "qxl",        "bochs-display",
    "ramfb", "OVMF",  "ovmf", "edk2", "virtio-gpu",
};
static const char *const message_words[] = {
    "vfio",
    "VFIO",
    "IGD",
    "igd",
    "pRegion",
    "KVM",
    "kvm",
    "dma_map",
    "rom",
    "ROM",
    "VGA",
    "BAR",
    "GMS",
    "iommu",
    "IOMMU",
    "viable",
    "slot ",
    "hotplug",
    "in use by driver",
};

/* QEMU's options, which matter whatever they say; the others only with such a word. */
static const char *const kept_options[] = {
    "-machine",    "-M",      "-cpu", "-m",       "-vga",       "-nodefaults", "-accel",
    "-enable-kvm", "-global", "-set", "-display", "-nographic", "-bios",
};

static bool holds_one(const char *text, const char *const *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strstr(text, words[i]))
            return true;
    }
    return false;
}

static bool is_kept_option(const char *option)
{
    size_t name = strcspn(option, " \t\\");
    for (unsigned i = 0; i < ARRAY_SIZE(kept_options); i++) {
        if (strlen(kept_options[i]) == name && !strncmp(option, kept_options[i], name))
            return true;
    }
    return holds_one(option, option_words, ARRAY_SIZE(option_words));
}

/* A part of QEMU's command line: its options that matter, each with `after`. */
static void put_options(FILE *out, const char *line, const char *after)
{
    char option[LINE_SIZE];
    for (const char *at = line; at && *at;) {
        const char *next = strstr(at, " -");
        size_t length = next ? (size_t)(next - at) : strlen(at);
        snprintf(option, sizeof(option), "%.*s", (int)length, at);
        size_t end = strlen(option);
        while (end && strchr(" \\", option[end - 1]))
            option[--end] = '\0';
        if (option[0] == '-' && is_kept_option(option))
            fprintf(out, "%s%s", option, after);
        at = next ? next + 1 : NULL;
    }
}

/* The line of a start without the host's name, which is its last word. */
static void put_start(FILE *out, const char *line)
{
    const char *name = strstr(line, "hostname: ");
    /* The name comes last; where it does not the line is none of libvirt's. */
    if (name && name < strstr(line, START))
        return;
    fprintf(out, "%.*s\n", name ? (int)(name - line) : (int)strlen(line), line);
}

/* A line of a log: a start, what QEMU said, or a part of its command line. */
static void put_log_line(FILE *out, char *line)
{
    const char *text = line + strspn(line, " \t");
    const char *options = *text == '-' ? text : strstr(text, " -");
    if (strstr(text, START))
        put_start(out, text);
    else if (host_guest_log_says(text) &&
             holds_one(text, message_words, ARRAY_SIZE(message_words)))
        fprintf(out, "%s\n", text);
    else if (!host_guest_log_says(text) && options)
        put_options(out, options + (*options == ' '), " \\\n");
}

char *snapshot_select_guest_log(const char *text)
{
    return snapshot_select_lines(text, put_log_line);
}

/* Keys of Proxmox's files; what stands in sections is of snapshots. */
static bool is_kept_key(const char *key)
{
    static const char *const keys[] = { "hostpci*", "machine", "bios",    "vga",
                                        "memory",   "cpu",     "ostype",  "cores",
                                        "sockets",  "numa",    "balloon", "hugepages" };
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!fnmatch(keys[i], key, 0))
            return true;
    }
    return false;
}

char *snapshot_select_proxmox(const char *text)
{
    char *selected = NULL, line[LINE_SIZE], key[64];
    size_t size;
    FILE *out = open_memstream(&selected, &size);
    if (!out)
        return NULL;
    for (const char *cursor = text;
         next_line(&cursor, line, sizeof(line)) && line[0] != '[';) {
        snprintf(key, sizeof(key), "%.*s", (int)strcspn(line, ":"), line);
        if (!strncmp(line, "args:", 5)) {
            fputs("args: ", out);
            put_options(out, line + 5 + strspn(line + 5, " "), " ");
            fputc('\n', out);
        } else if (is_kept_key(key)) {
            fprintf(out, "%s\n", line);
        }
    }
    fclose(out);
    return selected;
}

/* Names, and the addresses of their devices; not what computers they are of. */
static void put_mapping(FILE *out, char *line)
{
    char path[64];
    const char *text = trimmed(line);
    if (*text && *text != '#' && text == line)
        fprintf(out, "%s\n", text);
    else if (!strncmp(text, "map", 3) &&
             host_guest_option(text + 3, "path", path, sizeof(path)))
        fprintf(out, "\tmap path=%.*s\n",
                (int)strspn(path, "0123456789abcdefABCDEF:.;"), path);
}

char *snapshot_select_mappings(const char *text)
{
    return snapshot_select_lines(text, put_mapping);
}

/* Elements of libvirt's XML that are kept, by the one they are in; all of what is in
 * those that are not named here. */
static const struct {
    const char *in, *kept[10];
} elements[] = {
    { "domain",
      { "name", "memory", "currentMemory", "vcpu", "os", "cpu", "devices",
        "commandline", "override" } },
    { "os", { "type", "loader", "boot" } },
    { "devices", { "emulator", "controller", "hostdev", "video" } },
    { "commandline", { "arg" } },
};

static bool is_kept_element(const xmlNode *node)
{
    const char *name = (const char *)node->name;
    const char *in = node->parent ? (const char *)node->parent->name : NULL;
    for (unsigned i = 0; in && i < ARRAY_SIZE(elements); i++) {
        if (strcmp(in, elements[i].in) != 0)
            continue;
        for (unsigned j = 0; elements[i].kept[j]; j++) {
            if (!strcmp(name, elements[i].kept[j]))
                return true;
        }
        return false;
    }
    return true;
}

/* The value of an argument that QEMU gets past libvirt, unless it matters. */
static void blank_argument(xmlNode *node)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)"value");
    if (value && *value != '-' &&
        !holds_one((const char *)value, option_words, ARRAY_SIZE(option_words)) &&
        !strstr((const char *)value, "device.") &&
        !strstr((const char *)value, "phys-bits"))
        xmlSetProp(node, (const xmlChar *)"value", (const xmlChar *)"X");
    xmlFree(value);
}

static void prune(xmlNode *node, unsigned depth)
{
    for (xmlNode *next; node; node = next) {
        next = node->next;
        bool element = node->type == XML_ELEMENT_NODE;
        if (depth >= MAX_DEPTH || node->type == XML_COMMENT_NODE ||
            node->type == XML_PI_NODE || (element && !is_kept_element(node))) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
            continue;
        }
        if (element && !strcmp((const char *)node->name, "arg"))
            blank_argument(node);
        if (element)
            prune(node->children, depth + 1);
    }
}

char *snapshot_select_domain(const char *text)
{
    size_t length = strlen(text);
    xmlDoc *document =
        length > INT_MAX
            ? NULL
            : xmlReadMemory(text, (int)length, "domain.xml", NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!document)
        return strdup(""); /* doctor could not read it either */
    xmlChar *pruned = NULL;
    int size;
    prune(document->children, 0);
    xmlDocDumpMemory(document, &pruned, &size);
    xmlFreeDoc(document);
    char *selected = strdup(pruned ? (const char *)pruned : "");
    xmlFree(pruned);
    return selected;
}
