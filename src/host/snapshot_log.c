/* snapshot_log.c: the lines of a kernel log that matter to assignment. */
#include "host/snapshot_log.h"

#include "host/lines.h"           /* lines */
#include "host/snapshot_select.h" /* the command line's part */

#include <stdbool.h> /* bool */
#include <stdio.h>   /* streams of memory */
#include <string.h>  /* strstr */

#define COMMAND "ommand line: "
#define UNKNOWN "Unknown kernel command line parameter"

/* One of these words makes a line matter. */
static const char *const words[] = {
    "Linux version",
    COMMAND,
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
    "shadowed ROM",
    "PCI ROM",
    "ROM contents",
    "gvt",
    "mdev",
    "BUG:",
    "Oops:",
    "general protection",
    "BUG at ",
    "RIP: ",
    "[xe]",
    "blocked for more than",
    "from FLR",
    "Interpreter disabled",
    "interrupt remapping",
    UNKNOWN,
    "Secure boot",
    "secureboot",
    "sysfb",
};

/* Where a line gives the kernel's parameters; NULL: it gives none. */
static const char *parameters_of(const char *line)
{
    const char *at = strstr(line, COMMAND);
    if (at)
        return at + strlen(COMMAND);
    at = strstr(line, UNKNOWN);
    return at ? at + strlen(UNKNOWN) : NULL;
}

/* Lines of programs, not of the kernel: who logged in, what was run. */
static bool is_of_programs(const char *line)
{
    return !strstr(line, COMMAND) &&
           (strstr(line, "audit:") || strstr(line, "systemd") ||
            strstr(line, "apparmor") || strstr(line, "EDID"));
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

/* "Feb 11 08:12:01 HOST kernel: text": where the text begins and the host's name was.
 */
static const char *after_host(const char *line)
{
    const char *kernel = strstr(line, " kernel: ");
    const char *host = kernel;
    while (host && host > line && host[-1] != ' ')
        host--;
    return host > line && host < kernel && line[0] != '[' && line[0] != '<' ? kernel + 1
                                                                            : NULL;
}

static void put_line(FILE *out, const char *line)
{
    const char *kernel = after_host(line);
    const char *parameters = parameters_of(line);
    const char *text = kernel ? kernel : line;
    if (kernel) {
        const char *host = kernel - 1;
        while (host[-1] != ' ')
            host--;
        fprintf(out, "%.*sX ", (int)(host - line), line);
    }
    if (parameters && parameters > text) {
        fprintf(out, "%.*s", (int)(parameters - text), text);
        snapshot_put_command_line(out, parameters);
    } else {
        fputs(text, out);
    }
    fputc('\n', out);
}

char *snapshot_log_select(const char *log, unsigned *kept, unsigned *lines)
{
    char *selected = NULL, line[LINE_SIZE];
    size_t size;
    FILE *out = open_memstream(&selected, &size);
    *kept = *lines = 0;
    if (!out)
        return NULL;
    for (const char *cursor = log; next_line(&cursor, line, sizeof(line));) {
        ++*lines;
        if (!matters(line))
            continue;
        put_line(out, line);
        ++*kept;
    }
    fclose(out);
    return selected;
}
