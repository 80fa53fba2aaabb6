/*
 * handover_outputs.c: looks at a GPU's connectors, and recalls what was seen there.
 *
 * A device in vfio-pci's hands does not tell whether it has a monitor; the driver that
 * had it before does, so a handover's journal keeps it. igdvm run reads that one line.
 */
#include "host/handover_outputs.h"

#include "host/sysfs.h" /* the kernel's files */

#include <json-c/json.h> /* the journal's line */
#include <string.h>      /* strcmp */

#define CARDS     "sys/bus/pci/devices/%s/drm"
#define CARD      "card"
#define LINE_SIZE 512 /* of the journal's first */

/* "card0-HDMI-A-1" is connector HDMI-A-1. */
static const char *connector_of(const char *name)
{
    const char *dash = strchr(name, '-');
    return strncmp(name, CARD, strlen(CARD)) == 0 && dash ? dash + 1 : NULL;
}

static void add_name(struct handover_outputs *outputs, const char *name)
{
    size_t used = strlen(outputs->names), more = strlen(name);
    if (used + 1 + more >= sizeof(outputs->names))
        return;
    if (used)
        outputs->names[used++] = ' ';
    memcpy(outputs->names + used, name, more + 1);
}

/* Count the connectors of a card; those that are surely empty apart. */
static void look_at_card(const char *root, const char *device, const char *card,
                         struct handover_outputs *outputs, unsigned *found,
                         unsigned *empty)
{
    char **names, status[32];
    if (sysfs_list(&names, root, CARDS "/%s", device, card) < 0)
        return;
    for (char **name = names; *name; name++) {
        const char *connector = connector_of(*name);
        if (!connector || !sysfs_read_line(status, sizeof(status), root,
                                           CARDS "/%s/%s/status", device, card, *name))
            continue;
        ++*found;
        if (strcmp(status, "connected") == 0) {
            outputs->monitor = IGD_MONITOR_PLUGGED;
            add_name(outputs, connector);
        }
        *empty += strcmp(status, "disconnected") == 0;
    }
    sysfs_list_free(names);
}

void handover_outputs_look(const char *root, const char *device,
                           struct handover_outputs *outputs)
{
    char **cards;
    unsigned found = 0, empty = 0;
    *outputs = (struct handover_outputs){ .monitor = IGD_MONITOR_UNKNOWN };
    if (sysfs_list(&cards, root, CARDS, device) < 0)
        return;
    /* Beside cards, nodes that render, and links to cards by names of before. */
    for (char **card = cards; *card; card++) {
        if (strncmp(*card, CARD, strlen(CARD)) == 0)
            look_at_card(root, device, *card, outputs, &found, &empty);
    }
    sysfs_list_free(cards);
    if (found && empty == found)
        outputs->monitor = IGD_MONITOR_NONE;
}

static const char *text_of(json_object *line, const char *key)
{
    json_object *value;
    return json_object_object_get_ex(line, key, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

void handover_outputs_parse(const char *line, const char *device,
                            struct handover_outputs *outputs)
{
    json_object *object = json_tokener_parse(line);
    const char *of = text_of(object, "device");
    const char *names = text_of(object, HANDOVER_MONITORS_KEY);
    *outputs = (struct handover_outputs){ .monitor = IGD_MONITOR_UNKNOWN };
    if (of && names && strcmp(of, device) == 0 &&
        strlen(names) < sizeof(outputs->names)) {
        outputs->monitor = *names ? IGD_MONITOR_PLUGGED : IGD_MONITOR_NONE;
        memcpy(outputs->names, names, strlen(names) + 1);
    }
    json_object_put(object);
}

void handover_outputs_recall(const char *root, const char *device,
                             struct handover_outputs *outputs)
{
    char line[LINE_SIZE];
    if (!sysfs_read_line(line, sizeof(line), root, HANDOVER_JOURNAL_NAME))
        line[0] = '\0';
    handover_outputs_parse(line, device, outputs);
}
