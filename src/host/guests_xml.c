/* guests_xml.c: reads libvirt's domain XML. */
#include "host/guests_xml.h"

#include <libxml/parser.h> /* XML */
#include <libxml/tree.h>   /* its tree */
#include <limits.h>        /* INT_MAX */
#include <stdio.h>         /* snprintf */
#include <stdlib.h>        /* strtoul */
#include <string.h>        /* text */

#define MAX_DEPTH 64

static bool is_named(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

static const xmlNode *child(const xmlNode *node, const char *name)
{
    for (const xmlNode *at = node ? node->children : NULL; at; at = at->next) {
        if (is_named(at, name))
            return at;
    }
    return NULL;
}

/* An attribute's value into value; false when it is not there. */
static bool attribute(const xmlNode *node, const char *name, char *value, size_t size)
{
    xmlChar *text =
        node ? xmlGetProp((xmlNode *)(uintptr_t)node, (const xmlChar *)name) : NULL;
    if (!text)
        return false;
    snprintf(value, size, "%s", (const char *)text);
    xmlFree(text);
    return true;
}

static unsigned hexadecimal(const xmlNode *node, const char *name)
{
    char value[32];
    return attribute(node, name, value, sizeof(value))
               ? (unsigned)strtoul(value, NULL, 0)
               : 0;
}

static void take_hostdev(struct host_guest *guest, const xmlNode *hostdev)
{
    char value[160];
    if (attribute(hostdev, "type", value, sizeof(value)) && !strcmp(value, "mdev")) {
        guest->mdev = true;
        return;
    }
    const xmlNode *from = child(child(hostdev, "source"), "address");
    if (!from || !host_guest_take_device(
                     guest, hexadecimal(from, "domain"), hexadecimal(from, "bus"),
                     hexadecimal(from, "slot"), hexadecimal(from, "function")))
        return;
    const xmlNode *to = child(hostdev, "address");
    if (to && attribute(to, "slot", value, sizeof(value))) {
        guest->slot_known = true;
        guest->bus = hexadecimal(to, "bus");
        guest->slot = hexadecimal(to, "slot");
        guest->function = hexadecimal(to, "function");
    }
    const xmlNode *rom = child(hostdev, "rom");
    if (attribute(rom, "bar", value, sizeof(value)))
        guest->rom_bar_off = !strcmp(value, "off");
    if (attribute(rom, "enabled", value, sizeof(value)) && !strcmp(value, "no"))
        guest->rom_bar_off = true;
    attribute(rom, "file", guest->rom_file, sizeof(guest->rom_file));
}

static void take_video(struct host_guest *guest, const xmlNode *video)
{
    char value[64];
    if (!attribute(child(video, "model"), "type", value, sizeof(value)))
        return;
    if (strcmp(value, "none") != 0)
        guest->emulated_video = FACT_YES;
    else if (!guest->emulated_video)
        guest->emulated_video = FACT_NO;
}

/* <qemu:property name='x-igd-opregion' value='off'/> as "x-igd-opregion=off". */
static void take_property(struct host_guest *guest, const xmlNode *node)
{
    char name[64], value[96], text[192];
    if (attribute(node, "name", name, sizeof(name)) &&
        attribute(node, "value", value, sizeof(value))) {
        snprintf(text, sizeof(text), "%s=%s", name, value);
        host_guest_take_igd_options(guest, text);
    }
}

static void take_text(char *to, size_t size, const xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent((xmlNode *)(uintptr_t)node);
    if (text)
        snprintf(to, size, "%s", (const char *)text);
    xmlFree(text);
}

static void take_element(struct host_guest *guest, const xmlNode *node)
{
    char value[256] = "";
    if (is_named(node, "hostdev")) {
        take_hostdev(guest, node);
    } else if (is_named(node, "video")) {
        take_video(guest, node);
    } else if (is_named(node, "type") && attribute(node, "machine", value, 64)) {
        host_guest_take_machine(guest, value);
    } else if (is_named(node, "os") && attribute(node, "firmware", value, 64)) {
        guest->uefi = fact_from(!strcmp(value, "efi"));
    } else if (is_named(node, "loader")) {
        take_text(value, sizeof(value), node);
        if (strstr(value, "OVMF") || strstr(value, "ovmf") || strstr(value, "edk2"))
            guest->uefi = FACT_YES;
    } else if (is_named(node, "arg") &&
               attribute(node, "value", value, sizeof(value))) {
        if (strstr(value, "vfio-pci"))
            host_guest_take_command_line(guest, value);
        else
            host_guest_take_igd_options(guest, value);
    } else if (is_named(node, "property")) {
        take_property(guest, node);
    } else if (is_named(node, "memory") && node->parent &&
               is_named(node->parent, "domain")) {
        char unit[16] = "KiB";
        attribute(node, "unit", unit, sizeof(unit));
        take_text(value, sizeof(value), node);
        guest->ram_size = host_guest_size(value + strspn(value, " \t\n"), unit[0]);
    } else if (is_named(node, "maxphysaddr")) {
        guest->address_limit |=
            attribute(node, "limit", value, 64) || attribute(node, "bits", value, 64);
    }
}

static void walk(struct host_guest *guest, const xmlNode *node, unsigned depth)
{
    for (; node && depth < MAX_DEPTH; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        take_element(guest, node);
        walk(guest, node->children, depth + 1);
    }
}

bool host_guest_parse_xml(struct host_guest *guest, const char *xml, size_t size)
{
    if (size > INT_MAX)
        return false;
    xmlDoc *document =
        xmlReadMemory(xml, (int)size, "domain.xml", NULL,
                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!document)
        return false;
    const xmlNode *domain = xmlDocGetRootElement(document);
    if (domain && is_named(domain, "domain")) {
        walk(guest, domain, 0);
        /* "Without one libvirt adds none": no <video> is no display. */
        if (guest->emulated_video == FACT_UNKNOWN)
            guest->emulated_video = FACT_NO;
    }
    xmlFreeDoc(document);
    return guest->host_address[0] || guest->mdev;
}
