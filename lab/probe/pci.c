/* pci.c: the list of PCI functions, and the config space of those that matter. */
#include <dirent.h> /* scandir */
#include <stdlib.h> /* free */
#include <string.h> /* strrchr */
#include <unistd.h> /* readlink */

#include "probe.h"

static const char *const ATTRIBUTES[] = {
    "vendor", "device", "class", "revision", "subsystem_vendor", "subsystem_device",
};

/* Functions whose whole config space is told. */
static const char *const CONFIGS[] = { "0000:00:00.0", "0000:00:02.0", "0000:00:1f.0" };

static void probe_function(const char *address)
{
    char path[512], text[512];
    ssize_t length;

    json_open(NULL, '{');
    json_string("address", address);
    for (size_t i = 0; i < sizeof(ATTRIBUTES) / sizeof(ATTRIBUTES[0]); i++) {
        snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", address, ATTRIBUTES[i]);
        read_line(path, text, sizeof(text));
        json_string(ATTRIBUTES[i], text);
    }
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver", address);
    length = readlink(path, text, sizeof(text) - 1);
    if (length > 0) {
        text[length] = '\0';
        json_string("driver", strrchr(text, '/') ? strrchr(text, '/') + 1 : text);
    }
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource", address);
    json_lines("resource", path);
    json_close('}');
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

void probe_pci(void)
{
    struct dirent **entries = NULL;
    int count = scandir(PCI_DEVICES, &entries, visible, alphasort);

    json_open("pci", '[');
    for (int i = 0; i < count; i++) {
        probe_function(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    json_close(']');

    json_open("config", '{');
    for (size_t i = 0; i < sizeof(CONFIGS) / sizeof(CONFIGS[0]); i++) {
        uint8_t bytes[256];
        char path[128];
        int got;

        snprintf(path, sizeof(path), PCI_DEVICES "/%s/config", CONFIGS[i]);
        got = read_bytes(path, bytes, sizeof(bytes));
        if (got > 0)
            json_hex(CONFIGS[i] + 5, bytes, (size_t)got);
    }
    json_close('}');
}
