/* compare.c: what differs between two captures, ranked by what matters to assignment.
 */
#include "doctor/compare.h"

#include "base/bytes.h"     /* loads, ARRAY_SIZE */
#include "host/lines.h"     /* words */
#include "host/printable.h" /* texts of others */
#include "igd/ggc.h"        /* registers */

#include <stdio.h>  /* snprintf */
#include <string.h> /* words */

#define TEXT_SIZE 200
#define NOT_KNOWN "not known"

typedef void value_function(const struct doctor_report *report, char *text);

static void put(char *text, const char *value)
{
    snprintf(text, TEXT_SIZE, "%s", value && *value ? value : NOT_KNOWN);
}

static void put_fact(char *text, enum fact fact)
{
    put(text, fact == FACT_YES ? "yes" : fact == FACT_NO ? "no" : NULL);
}

static void first_cause(const struct doctor_report *report, char *text)
{
    put(text, report->first ? check_id(report->first->check) : "none");
}

static void legacy_verdict(const struct doctor_report *report, char *text)
{
    put(text, doctor_verdict_name(report->verdict[DOCTOR_LEGACY]));
}

static void upt_verdict(const struct doctor_report *report, char *text)
{
    put(text, doctor_verdict_name(report->verdict[DOCTOR_UPT]));
}

static void uefi_verdict(const struct doctor_report *report, char *text)
{
    put(text, doctor_verdict_name(report->verdict[DOCTOR_UEFI]));
}

static void device(const struct doctor_report *report, char *text)
{
    if (report->device)
        snprintf(text, TEXT_SIZE, "8086:%04x", report->device->device);
    else
        put(text, "none");
}

static void device_class(const struct doctor_report *report, char *text)
{
    put(text, NULL);
    if (report->device && report->device->class_known)
        snprintf(text, TEXT_SIZE, "%04x", report->device->class_code >> 8);
}

static void driver(const struct doctor_report *report, char *text)
{
    const struct host_pci_device *igd = report->device;
    put(text, !igd || !igd->bound      ? NULL
              : igd->bound == FACT_YES ? igd->driver
                                       : "none");
}

static void group(const struct doctor_report *report, char *text)
{
    const struct host_pci_device *igd = report->device;
    put(text, !igd || !igd->grouped ? NULL : igd->grouped == FACT_YES ? "yes" : "none");
}

/* The other devices of the GPU's group. */
static void group_members(const struct doctor_report *report, char *text)
{
    const struct host_pci *pci = &report->facts->pci;
    const struct host_pci_device *igd = report->device;
    size_t used = 0;
    put(text, igd && igd->group[0] ? "it alone" : NULL);
    for (unsigned i = 0; igd && igd->group[0] && i < pci->count && used < TEXT_SIZE;
         i++) {
        if (&pci->devices[i] != igd && !strcmp(pci->devices[i].group, igd->group))
            used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s%s",
                                     used ? ", " : "", pci->devices[i].address);
    }
}

static void vfs(const struct doctor_report *report, char *text)
{
    put(text, NULL);
    if (report->device && report->device->vfs >= 0)
        snprintf(text, TEXT_SIZE, "%d", report->device->vfs);
}

static void mdevs(const struct doctor_report *report, char *text)
{
    put(text, NULL);
    if (report->device)
        snprintf(text, TEXT_SIZE, "%u", report->device->mdevs);
}

static void boot_vga(const struct doctor_report *report, char *text)
{
    put_fact(text, report->device ? report->device->boot_vga : FACT_UNKNOWN);
}

static void opregion(const struct doctor_report *report, char *text)
{
    const struct host_pci_device *igd = report->device;
    put(text, NULL);
    /* Where it is moves from boot to boot; that it is there does not. */
    if (igd && igd->config_size == 256)
        put(text, load32(igd->config + IGD_REG_ASLS) ? "there" : "none");
}

static void ggc(const struct doctor_report *report, char *text)
{
    const struct host_pci_device *igd = report->device;
    put(text, NULL);
    if (igd && igd->config_size == 256)
        snprintf(text, TEXT_SIZE, "0x%04x", load16(igd->config + IGD_REG_GGC));
}

static void kernel(const struct doctor_report *report, char *text)
{
    put(text, report->facts->kernel.release);
}

static void bios(const struct doctor_report *report, char *text)
{
    put(text, report->facts->platform.bios);
}

static void efi(const struct doctor_report *report, char *text)
{
    enum fact booted = report->facts->platform.efi;
    put(text, booted == FACT_YES ? "UEFI" : booted == FACT_NO ? "BIOS" : NULL);
}

static void framebuffer(const struct doctor_report *report, char *text)
{
    const char *owner = host_console_firmware_fb(&report->facts->console);
    put(text, owner ? owner : "none");
}

static void remapping(const struct doctor_report *report, char *text)
{
    const struct host_log *log = &report->facts->log;
    put(text, !log->text                               ? NULL
              : host_log_has(log, LOG_REMAPPING_READY) ? "yes"
                                                       : "not told");
}

static void lockdown(const struct doctor_report *report, char *text)
{
    put(text, report->facts->kernel.lockdown);
}

static void distribution(const struct doctor_report *report, char *text)
{
    put(text, report->facts->platform.name);
}

static void qemu(const struct doctor_report *report, char *text)
{
    const struct host_guests *guests = &report->facts->guests;
    put(text, NULL);
    for (unsigned i = 0; i < guests->count; i++) {
        if (guests->guests[i].qemu_major)
            snprintf(text, TEXT_SIZE, "%u.%u", guests->guests[i].qemu_major,
                     guests->guests[i].qemu_minor);
    }
}

static void faults(const struct doctor_report *report, char *text)
{
    put(text, NULL);
    if (report->facts->log.text)
        snprintf(text, TEXT_SIZE, "%u", report->facts->log.faults.count);
}

/* In the order of weight. */
static const struct {
    const char *what;
    value_function *value;
    const char *why;
    unsigned rank;
} values[] = {
    { "first cause", first_cause, "what stands in the way", 0 },
    { "legacy mode", legacy_verdict, "how far the mode is", 0 },
    { "UPT mode", upt_verdict, "how far the mode is", 0 },
    { "UEFI mode", uefi_verdict, "how far the mode is", 0 },
    { "GPU", device, "another GPU is another host", 1 },
    { "GPU's class", device_class,
      "0380 means that another card is primary: no VGA, and no OpRegion before Linux "
      "6.15",
      1 },
    { "IOMMU group", group, "what is in no group is not assigned", 1 },
    { "devices in its group", group_members, "they are assigned together", 1 },
    { "OpRegion", opregion, "without it there is no picture", 1 },
    { "virtual functions", vfs, "while there are any, the GPU stays with the host", 1 },
    { "mediated devices", mdevs, "while there are any, the GPU stays with the host",
      1 },
    { "primary display", boot_vga, "the VBIOS in memory is the primary display's", 2 },
    { "kernel", kernel,
      "what vfio-pci offers and who takes the framebuffer changed often", 2 },
    { "booted by", efi, "a VBIOS is there only when a BIOS booted the host", 2 },
    { "firmware", bios, "a firmware update resets VT-d, DVMT and the primary display",
      2 },
    { "framebuffer of the firmware", framebuffer, "it holds the GPU's memory", 2 },
    { "driver of the GPU", driver, "vfio-pci must have it", 2 },
    { "GGC", ggc, "how much stolen memory there is, and whether VGA is answered", 2 },
    { "interrupt remapping", remapping, "vfio refuses without it", 2 },
    { "QEMU", qemu, "its rules for IGD changed in 9.2, 10.0 and 10.1", 2 },
    { "DMA faults of the GPU", faults,
      "many mean that the guest reaches for the host's "
      "memory",
      3 },
    { "distribution", distribution, "where settings are and what the kernel has", 4 },
    { "lockdown", lockdown, "it keeps unsigned modules out", 4 },
};

static const struct {
    const char *option, *why;
} options[] = {
    { "CONFIG_INTEL_IOMMU", "without it there is no IOMMU" },
    { "CONFIG_INTEL_IOMMU_DEFAULT_ON", "without it intel_iommu=on is needed" },
    { "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF", "it leaves the GPU without a group" },
    { "CONFIG_IRQ_REMAP", "vfio refuses without interrupt remapping" },
    { "CONFIG_VFIO_PCI", "devices are assigned through it" },
    { "CONFIG_VFIO_PCI_IGD", "it passes the OpRegion on" },
    { "CONFIG_VFIO_PCI_VGA", "legacy mode draws through it" },
    { "CONFIG_KVM_INTEL", "guests run on it" },
    { "CONFIG_SYSFB_SIMPLEFB", "video=efifb:off does nothing with it" },
    { "CONFIG_DRM_SIMPLEDRM", "it takes the firmware's framebuffer" },
};

static void add(struct comparison *comparison, const char *what, const char *why,
                unsigned rank, const char *before, const char *after)
{
    if (!strcmp(before, after) || comparison->count >= COMPARE_MAX_CHANGES)
        return;
    if (!strcmp(before, NOT_KNOWN) || !strcmp(after, NOT_KNOWN)) {
        comparison->half_known++;
        return;
    }
    struct change *change = &comparison->changes[comparison->count++];
    *change = (struct change){ .what = what, .why = why, .rank = rank };
    snprintf(change->before, sizeof(change->before), "%s", before);
    snprintf(change->after, sizeof(change->after), "%s", after);
    make_printable(change->before);
    make_printable(change->after);
}

static bool has_word(const char *words, const char *wanted)
{
    char word[LINE_SIZE];
    for (const char *cursor = words; next_word(&cursor, word, sizeof(word));) {
        if (!strcmp(word, wanted))
            return true;
    }
    return false;
}

/* Words of the one command line that the other lacks. */
static void compare_words(struct comparison *comparison, const char *one,
                          const char *other, bool added)
{
    static const char *const boot[] = { "BOOT_IMAGE=", "initrd=", "root=" };
    char word[LINE_SIZE];
    for (const char *cursor = one; next_word(&cursor, word, sizeof(word));) {
        bool matters = !has_word(other, word);
        for (unsigned i = 0; i < ARRAY_SIZE(boot); i++)
            matters &= strncmp(word, boot[i], strlen(boot[i])) != 0;
        if (!matters)
            continue;
        word[TEXT_SIZE - 1] = '\0';
        bool heavy =
            strstr(word, "iommu") || strstr(word, "vfio") || strstr(word, "i915");
        add(comparison, "command line", "kernel parameters decide who gets the GPU",
            heavy ? 1 : 3, added ? "" : word, added ? word : "");
    }
}

/* Settings of modprobe.d that the other lacks. */
static void compare_modprobe(struct comparison *comparison,
                             const struct host_kernel *one,
                             const struct host_kernel *other, bool added)
{
    static const char *const kinds[] = { [MODPROBE_OPTIONS] = "options",
                                         [MODPROBE_BLACKLIST] = "blacklist",
                                         [MODPROBE_SOFTDEP] = "softdep",
                                         [MODPROBE_LOAD] = "load" };
    for (unsigned i = 0; i < one->modprobe_count; i++) {
        const struct modprobe_line *line = &one->modprobe[i];
        char text[TEXT_SIZE];
        bool there = false;
        for (unsigned j = 0; j < other->modprobe_count; j++)
            there |= line->kind == other->modprobe[j].kind &&
                     !strcmp(line->module, other->modprobe[j].module) &&
                     !strcmp(line->rest, other->modprobe[j].rest);
        if (there)
            continue;
        snprintf(text, sizeof(text), "%s %.40s %.120s", kinds[line->kind], line->module,
                 line->rest);
        add(comparison, "modprobe.d", "it decides which driver takes the GPU",
            strstr(line->module, "vfio") || !strcmp(line->module, "i915") ? 2 : 4,
            added ? "" : text, added ? text : "");
    }
}

static void sort(struct comparison *comparison)
{
    for (unsigned i = 1; i < comparison->count; i++) {
        struct change moved = comparison->changes[i];
        unsigned to = i;
        for (; to && comparison->changes[to - 1].rank > moved.rank; to--)
            comparison->changes[to] = comparison->changes[to - 1];
        comparison->changes[to] = moved;
    }
}

void compare_reports(const struct doctor_report *before,
                     const struct doctor_report *after, struct comparison *comparison)
{
    const struct host_kernel *old = &before->facts->kernel;
    const struct host_kernel *new = &after->facts->kernel;
    char left[TEXT_SIZE], right[TEXT_SIZE];
    comparison->count = comparison->half_known = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        values[i].value(before, left);
        values[i].value(after, right);
        add(comparison, values[i].what, values[i].why, values[i].rank, left, right);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        put_fact(left, host_kernel_config(old, options[i].option));
        put_fact(right, host_kernel_config(new, options[i].option));
        add(comparison, options[i].option, options[i].why, 1, left, right);
    }
    if (old->command_line && new->command_line) {
        compare_words(comparison, old->command_line, new->command_line, false);
        compare_words(comparison, new->command_line, old->command_line, true);
    }
    compare_modprobe(comparison, old, new, false);
    compare_modprobe(comparison, new, old, true);
    sort(comparison);
}
