/* snapshot_log.c: the lines of a kernel log that matter to assignment. */
#include "host/snapshot_log.h"

#include "host/lines.h" /* lines */

#include <stdbool.h> /* bool */
#include <stdlib.h>  /* memory */
#include <string.h>  /* strstr */

/* One of these words makes a line matter. */
static const char *const words[] = {
    "Linux version",
    "ommand line:",
    "BIOS-e820",
    "efi: EFI",
    "ACPI: RSDP",
    "ACPI: FACP",
    "ACPI: DMAR",
    "DMAR",
    "dmar",
    "IOMMU",
    "iommu",
    "pci 0000:00:",
    "vfio",
    "VFIO",
    "i915",
    "xe 0000",
    "[drm]",
    "framebuffer",
    "frame buffer",
    "efifb",
    "vesafb",
    "simplefb",
    "simple-framebuffer",
    "simpledrm",
    "Console:",
    "vgaarb",
    "kvm",
    "KVM",
    "VMX",
    "x86/cpu",
    "Hypervisor",
    "Xen",
    "ockdown",
    "locked down",
    "snd_hda",
    "MEMLOCK",
    "BAR ",
    "can't reserve",
    "not ready",
    "change power state",
    "Directed I/O",
    "ACS override",
    "ROM",
    "gvt",
    "mdev",
    "BUG:",
    "Oops:",
    "general protection",
    "Secure boot",
    "secureboot",
    "sysfb",
};

/* Lines of programs, not of the kernel: who logged in, what was run. */
static bool is_of_programs(const char *line)
{
    return strstr(line, "audit:") || strstr(line, "systemd") ||
           strstr(line, "apparmor");
}

static bool matters(const char *line)
{
    if (is_of_programs(line))
        return false;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(line, words[i]))
            return true;
    }
    return false;
}

char *snapshot_log_select(const char *log, unsigned *kept, unsigned *lines)
{
    char line[LINE_SIZE];
    size_t used = 0;
    /* Lines only get shorter; the last one may gain a newline. */
    char *selected = malloc(strlen(log) + 2);
    *kept = *lines = 0;
    for (const char *cursor = log;
         selected && next_line(&cursor, line, sizeof(line));) {
        size_t length = strlen(line);
        ++*lines;
        if (!matters(line))
            continue;
        memcpy(selected + used, line, length);
        used += length;
        selected[used++] = '\n';
        ++*kept;
    }
    if (selected)
        selected[used] = '\0';
    return selected;
}
