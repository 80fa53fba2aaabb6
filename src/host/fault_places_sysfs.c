/* fault_places_sysfs.c: the places of this computer, for who looks at nothing else. */
#include "base/bytes.h"        /* loads */
#include "host/fault_places.h" /* what is filled */
#include "host/sysfs.h"        /* the kernel's files */
#include "pci/regs.h"          /* PCI_CONFIG_SIZE */

#include <fcntl.h>    /* open */
#include <inttypes.h> /* SCNx64 */
#include <limits.h>   /* PATH_MAX */
#include <stdio.h>    /* sscanf */
#include <string.h>   /* strchr */
#include <unistd.h>   /* read */

#define DEVICES "sys/bus/pci/devices"
#define GPU     "0000:00:02.0"

/* What a file holds, at most size bytes; 0: nothing, or it cannot be read. */
static size_t read_file(const char *root, const char *device, const char *file,
                        void *bytes, size_t size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/" DEVICES "/%s/%s", root, device, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, bytes, size);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

static void add_gpu(struct fault_places *places, const char *root)
{
    uint8_t config[PCI_CONFIG_SIZE];
    /* Without root the kernel gives 64 bytes, and these tell nothing. */
    if (read_file(root, GPU, "config", config, sizeof(config)) == sizeof(config) &&
        load16(config) == 0x8086)
        fault_places_add_gpu(places, load16(config + PCI_DEVICE_ID), config);
}

/* A line a BAR: "0xSTART 0xEND 0xFLAGS". */
static void add_bars(struct fault_places *places, const char *root, const char *device,
                     bool own)
{
    char text[1024];
    size_t size = read_file(root, device, "resource", text, sizeof(text) - 1);
    const char *line = text;
    text[size] = '\0';
    for (unsigned bar = 0; bar < 6 && line; bar++) {
        uint64_t start, end;
        if (sscanf(line, "%" SCNx64 " %" SCNx64, &start, &end) == 2 && end > start)
            fault_places_add_bar(places, own, device, bar, start, end - start + 1);
        line = strchr(line, '\n');
        line += line != NULL;
    }
}

void fault_places_sysfs(struct fault_places *places, const char *root,
                        const char *device)
{
    char **names, reserved[2048];
    *places = (struct fault_places){ 0 };
    add_gpu(places, root);
    if (strcmp(device, GPU) == 0) {
        size_t size = read_file(root, device, "iommu_group/reserved_regions", reserved,
                                sizeof(reserved) - 1);
        reserved[size] = '\0';
        fault_places_add_reserved(places, reserved);
    }
    add_bars(places, root, device, true);
    if (sysfs_list(&names, root, DEVICES) < 0)
        return;
    for (char **name = names; *name; name++) {
        if (strcmp(*name, device) != 0)
            add_bars(places, root, *name, false);
    }
    sysfs_list_free(names);
}
