/* doctor_report.c: prints what doctor found, for people. */
#include "cmd/doctor_report.h"

#include "cmd/words.h"    /* lines of a terminal's width */
#include "host/root.h"    /* which host */
#include "igd/platform.h" /* the GPU's name */

#include <string.h> /* names */
#include <unistd.h> /* isatty */

#define INDENT 10

static const struct {
    enum boot_loader loader;
    const char *name;
} loaders[] = {
    { LOADER_GRUB, "GRUB" },
    { LOADER_SYSTEMD_BOOT, "systemd-boot" },
    { LOADER_KERNEL_CMDLINE, "/etc/kernel/cmdline" },
    { LOADER_PROXMOX, "proxmox-boot-tool" },
    { LOADER_OSTREE, "ostree" },
    { LOADER_SYSLINUX, "syslinux" },
    { LOADER_EXTLINUX, "extlinux" },
    { LOADER_LILO, "LILO" },
    { LOADER_LIMINE, "Limine" },
    { LOADER_REFIND, "rEFInd" },
};

static const char *loader_name(enum boot_loader loader)
{
    for (unsigned i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        if (loaders[i].loader == loader)
            return loaders[i].name;
    }
    return NULL;
}

static void print_device(const struct doctor_report *report, FILE *to)
{
    const struct host_pci_device *device = report->device;
    char generation[8];
    if (!device)
        return;
    const struct igd_device *known = igd_device_find(device->device);
    fprintf(to, "%s: 8086:%04x", device->address, device->device);
    if (known)
        fprintf(to, ", %s, Gen%s", igd_device_platform(known)->title,
                igd_generation_text(igd_device_platform(known), generation,
                                    sizeof(generation)));
    if (device->bound)
        fprintf(to, ", driver %s", device->bound == FACT_YES ? device->driver : "none");
    if (device->group[0])
        fprintf(to, ", IOMMU group %s", device->group);
    fputs("\n", to);
}

static void print_host(const struct host_facts *facts, FILE *to)
{
    const struct host_platform *platform = &facts->platform;
    const char *loader = loader_name(platform->loader);
    const char *parts[] = { platform->name[0] ? platform->name : NULL,
                            platform->board[0] ? platform->board : NULL };
    fprintf(to, "host: %s", host_root_name(facts->root));
    for (unsigned i = 0; i < 2; i++) {
        if (parts[i])
            fprintf(to, ", %s", parts[i]);
    }
    if (facts->kernel.release[0])
        fprintf(to, ", Linux %s", facts->kernel.release);
    if (platform->efi)
        fprintf(to, ", booted by %s", platform->efi == FACT_YES ? "UEFI" : "BIOS");
    if (loader)
        fprintf(to, ", %s", loader);
    fputs("\n", to);
}

static void print_finding(const struct finding *finding, FILE *to)
{
    const char *cost = check_cost(finding->check);
    fprintf(to, "%s: %s\n", check_id(finding->check), check_title(finding->check));
    words_print(to, "found", finding->found, INDENT);
    words_print(to, "why", check_why(finding->check), INDENT);
    if (finding_remedy(finding)[0])
        words_print(to, "do", finding_remedy(finding), INDENT);
    if (cost && finding->status == CHECK_FAILED)
        words_print(to, "costs", cost, INDENT);
}

static bool wanted(const struct doctor_options *options, unsigned mode)
{
    return !options->one_mode || options->mode == mode;
}

static void print_modes(const struct doctor_report *report,
                        const struct doctor_options *options, FILE *to)
{
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        const char *before = "";
        if (!wanted(options, mode))
            continue;
        fprintf(to, "%-7s %-11s", doctor_mode_name(mode),
                doctor_verdict_name(report->verdict[mode]));
        for (unsigned i = 0; i < report->count[mode]; i++) {
            if (report->findings[mode][i].status != CHECK_FAILED)
                continue;
            fprintf(to, "%s%s", before, check_id(report->findings[mode][i].check));
            before = ", ";
        }
        fputs("\n", to);
    }
}

/* Each check once, though modes share them: the first mode that has it with a status.
 */
static void print_status(const struct doctor_report *report,
                         const struct doctor_options *options, enum check_status status,
                         FILE *to)
{
    for (unsigned i = 0; check_at(i); i++) {
        for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
            const struct finding *found = NULL;
            for (unsigned j = 0; wanted(options, mode) && j < report->count[mode];
                 j++) {
                if (report->findings[mode][j].check == check_at(i) &&
                    report->findings[mode][j].status == status)
                    found = &report->findings[mode][j];
            }
            if (!found || (report->first && found->check == report->first->check))
                continue;
            if (status == CHECK_OK || status == CHECK_UNKNOWN) {
                words_print(to, check_id(found->check), found->found, 24);
            } else {
                fputs("\n", to);
                print_finding(found, to);
            }
            break;
        }
    }
}

static bool has_status(const struct doctor_report *report, enum check_status status)
{
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        for (unsigned i = 0; i < report->count[mode]; i++) {
            if (report->findings[mode][i].status == status)
                return true;
        }
    }
    return false;
}

static void print_root(const struct host_facts *facts, FILE *to)
{
    if (facts->user.root != FACT_NO)
        return;
    fputs("\n", to);
    words_print(
        to, "root",
        "run as root, doctor would also know: GGC, BDSM and ASLS of the GPU, "
        "the kernel log, who holds which address of the GPU's memory, and guests "
        "of libvirt's",
        INDENT);
}

void doctor_report_text(const struct doctor_report *report,
                        const struct doctor_options *options, bool all, FILE *to)
{
    print_host(report->facts, to);
    print_device(report, to);
    fputs("\n", to);
    print_modes(report, options, to);
    fputs("\n", to);
    if (report->first) {
        fputs("first: ", to);
        print_finding(report->first, to);
    } else {
        fputs("nothing known stands in the way\n", to);
    }
    print_status(report, options, CHECK_FAILED, to);
    print_status(report, options, CHECK_WARNING, to);
    if (has_status(report, CHECK_UNKNOWN)) {
        fputs("\nnot known:\n", to);
        print_status(report, options, CHECK_UNKNOWN, to);
    }
    if (all && has_status(report, CHECK_OK)) {
        fputs("\nin order:\n", to);
        print_status(report, options, CHECK_OK, to);
    }
    print_root(report->facts, to);
}
