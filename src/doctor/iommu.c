/* iommu.c: checks of the IOMMU: without a group no device can be assigned. */
#include "doctor/check.h"     /* the table */
#include "doctor/processor.h" /* processors without VT-d */
#include "doctor/remedy.h"    /* remedies */

#include "base/bytes.h"       /* MIB */
#include "host/group_rules.h" /* who keeps a group */
#include "host/lines.h"       /* words */
#include "host/root.h"        /* the ACPI tables' folder */

#include <inttypes.h> /* PRIx64 */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* atoi */
#include <string.h>   /* names */

/* iommu=off, or the last on or off of intel_iommu=; UNKNOWN: neither is there. */
static enum fact told_by_command_line(const struct host_kernel *kernel)
{
    enum fact told = FACT_UNKNOWN;
    if (host_kernel_parameter_has(kernel, "iommu", "off"))
        return FACT_NO;
    char word[LINE_SIZE];
    for (const char *cursor = kernel->command_line;
         next_word(&cursor, word, sizeof(word));) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        if (strcmp(word, "intel_iommu") != 0 && strcmp(word, "intel-iommu") != 0)
            continue;
        for (char *part = strtok(value, ","); part; part = strtok(NULL, ",")) {
            if (!strcmp(part, "off"))
                told = FACT_NO;
            else if (!strcmp(part, "on"))
                told = FACT_YES;
        }
    }
    return told;
}

/* Will this kernel use the IOMMU: by its command line, else as it was built. */
static enum fact switched_on(const struct host_kernel *kernel)
{
    enum fact told = told_by_command_line(kernel);
    if (told || !kernel->command_line)
        return told;
    if (host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON") == FACT_YES ||
        host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF") ==
            FACT_YES)
        return FACT_YES;
    return host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON");
}

/* Is there a DMAR table? */
enum fact iommu_has_dmar(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    const struct host_log *log = &facts->log;
    if (patient->in_group == FACT_YES || facts->pci.unit_count ||
        host_log_has(log, LOG_DMAR_TABLE) || host_log_has(log, LOG_IOMMU_READY) ||
        host_root_kind(facts->root, "sys/firmware/acpi/tables/DMAR") !=
            HOST_PATH_ABSENT)
        return FACT_YES;
    if ((host_log_has(log, LOG_START) && host_log_has(log, LOG_TABLES)) ||
        host_root_kind(facts->root, "sys/firmware/acpi/tables/FACP") !=
            HOST_PATH_ABSENT)
        return FACT_NO;
    /* Told to use it, and neither a unit nor a word of one. */
    bool none = facts->pci.any_unit == FACT_NO || host_log_has(log, LOG_START) ||
                host_log_has(log, LOG_IOMMU_ENABLED);
    if (none && switched_on(&facts->kernel) == FACT_YES &&
        host_kernel_config(&facts->kernel, "CONFIG_INTEL_IOMMU") != FACT_NO &&
        !host_log_has(log, LOG_DMAR_BROKEN) && !host_log_has(log, LOG_IOMMU_FAILED))
        return FACT_NO;
    return FACT_UNKNOWN;
}

/* Another maker's processor has another IOMMU, and no Intel GPU. */
static bool is_foreign(const struct patient *patient)
{
    const char *vendor = patient->facts->platform.cpu_vendor;
    return vendor[0] && strcmp(vendor, "GenuineIntel") != 0;
}

void check_vtd(const struct patient *patient, enum doctor_mode mode,
               struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    (void)mode;
    if (is_foreign(patient)) {
        skipped(finding);
        return;
    }
    switch (iommu_has_dmar(patient)) {
    case FACT_YES:
        ok(finding, "the firmware describes its IOMMU");
        return;
    case FACT_UNKNOWN:
        unknown(finding, "no list of ACPI tables, and no IOMMU unit");
        return;
    default:
        break;
    }
    bool listed = host_log_has(&facts->log, LOG_TABLES);
    failed(finding, "%s%s",
           listed ? "the firmware has no DMAR table, so to Linux there is no IOMMU"
                  : "no IOMMU came up, as if the firmware had no DMAR table",
           told_by_command_line(&facts->kernel) == FACT_YES
               ? "; intel_iommu=on does nothing here"
               : "");
    if (processor_has_no_vtd(facts->platform.cpu_name)) {
        finding->verdict = DOCTOR_IMPOSSIBLE;
        advise(finding, "%s has no VT-d: use another processor",
               facts->platform.cpu_name);
        return;
    }
    if (facts->platform.hypervisor == FACT_YES) {
        advise(finding,
               "this is itself a virtual machine: give it an emulated IOMMU on "
               "the computer below (a q35 machine with -device "
               "intel-iommu,intremap=on in QEMU, <iommu model='intel'> in "
               "libvirt, viommu=intel in Proxmox), or run igdvm there");
        return;
    }
    advise_firmware(finding, facts,
                    "set \"VT-d\" (\"Intel VT for Directed I/O\") to Enabled; if there "
                    "is no such item, update the firmware, or the board has none");
}

void check_dmar_broken(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_log *log = &patient->facts->log;
    (void)mode;
    if (patient->in_group == FACT_YES || host_log_has(log, LOG_IOMMU_READY))
        ok(finding, "the DMAR table is used");
    else if (host_log_has(log, LOG_DMAR_BROKEN)) {
        failed(finding, "the kernel finds the firmware's DMAR table wrong: \"%.160s\"",
               log->marks[LOG_DMAR_BROKEN].first);
        finding->symptom = true;
    } else
        skipped(finding);
}

void check_iommu_built(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    (void)mode;
    if (patient->in_group == FACT_YES) {
        ok(finding, "the kernel uses the IOMMU");
        return;
    }
    enum fact built = host_kernel_config(kernel, "CONFIG_INTEL_IOMMU");
    if (built == FACT_NO) {
        failed(finding, "%s: CONFIG_INTEL_IOMMU is not set", kernel->config_file);
        advise_kernel_with(finding, patient->facts, "CONFIG_INTEL_IOMMU");
    } else if (built == FACT_YES) {
        ok(finding, "CONFIG_INTEL_IOMMU is set");
    } else {
        unknown(finding, "the kernel's configuration is not known");
    }
}

/* Is the IOMMU off, as far as is known? */
enum fact iommu_is_off(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    const struct host_log *log = &facts->log;
    if (patient->in_group == FACT_YES || facts->pci.any_group == FACT_YES ||
        facts->pci.unit_count || host_log_has(log, LOG_IOMMU_READY))
        return FACT_NO;
    enum fact on = switched_on(&facts->kernel);
    if (on == FACT_NO || host_log_has(log, LOG_IOMMU_DISABLED_BY_USER))
        return FACT_YES;
    if (on == FACT_YES)
        return FACT_NO; /* told to be on: another cause */
    /* Not told, and it never came up. */
    bool never = host_log_has(log, LOG_START) && facts->kernel.command_line;
    bool groupless =
        facts->pci.any_group == FACT_NO || guest_said(patient, QEMU_NO_GROUP);
    return never || (groupless && facts->kernel.command_line) ? FACT_YES : FACT_UNKNOWN;
}

void check_iommu_off(const struct patient *patient, enum doctor_mode mode,
                     struct finding *finding)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    (void)mode;
    if (is_foreign(patient)) {
        skipped(finding);
        return;
    }
    switch (iommu_is_off(patient)) {
    case FACT_NO:
        ok(finding, "the kernel is to use the IOMMU");
        return;
    case FACT_UNKNOWN:
        unknown(finding, "neither the command line nor the kernel's configuration nor "
                         "its log tells");
        return;
    default:
        break;
    }
    if (host_kernel_parameter_has(kernel, "iommu", "off")) {
        failed(finding, "the kernel command line has iommu=off");
        advise_remove_parameter(finding, patient->facts, "iommu=off");
        if (!host_kernel_parameter_has(kernel, "intel_iommu", "on"))
            advise(finding, "; and ");
    } else if (told_by_command_line(kernel) == FACT_NO) {
        failed(finding, "the kernel command line has intel_iommu=off");
        advise_remove_parameter(finding, patient->facts, "intel_iommu=off");
        advise(finding, "; and ");
    } else {
        failed(
            finding,
            "the kernel does not use the IOMMU: intel_iommu=on is not on its command "
            "line%s",
            host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON") == FACT_NO
                ? ", and this kernel does not use it unasked"
                : "");
    }
    if (!host_kernel_parameter_has(kernel, "intel_iommu", "on"))
        advise_add_parameter(finding, patient->facts, "intel_iommu=on");
}

/* Debian's kernels use the IOMMU unasked, save for the integrated GPU. */
static bool excluded_by_build(const struct host_kernel *kernel)
{
    return kernel->command_line && told_by_command_line(kernel) != FACT_YES &&
           host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF") ==
               FACT_YES;
}

static bool excluded_by_user(const struct host_kernel *kernel)
{
    return host_kernel_parameter_has(kernel, "intel_iommu", "igfx_off") ||
           host_kernel_parameter_has(kernel, "intel_iommu", "intgpu_off");
}

void check_igfx_off(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    (void)mode;
    if (excluded_by_user(&facts->kernel)) {
        const char *word =
            host_kernel_parameter_has(&facts->kernel, "intel_iommu", "igfx_off")
                ? "igfx_off"
                : "intgpu_off";
        if (patient->in_group == FACT_YES) {
            warned(finding,
                   "intel_iommu= has %s, harmful, though the GPU is in group %s", word,
                   patient->igd->group);
        } else {
            failed(
                finding,
                "intel_iommu= on the kernel command line has %s, which leaves the GPU "
                "without an IOMMU",
                word);
        }
        char parameter[32];
        snprintf(parameter, sizeof(parameter), ",%s", word);
        advise(finding, "intel_iommu=on alone is right: ");
        advise_remove_parameter(finding, facts, word);
        if (told_by_command_line(&facts->kernel) != FACT_YES) {
            advise(finding, "; and ");
            advise_add_parameter(finding, facts, "intel_iommu=on");
        }
    } else if (patient->in_group != FACT_YES && excluded_by_build(&facts->kernel) &&
               facts->pci.any_group != FACT_NO && iommu_has_dmar(patient) != FACT_NO) {
        failed(finding,
               "this kernel uses the IOMMU unasked, but not for the integrated "
               "GPU (CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF)");
        advise_add_parameter(finding, facts, "intel_iommu=on");
    } else if (facts->kernel.command_line) {
        ok(finding, "nothing takes the GPU out of the IOMMU");
    } else {
        unknown(finding, "the kernel command line is not known");
    }
}

/* The kernels that switch Broadwell's IOMMU off: 5.4 on, and older stable ones. */
static bool kernel_has_quirk(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    return host_log_has(&facts->log, LOG_GRAPHICS_UNTRANSLATED) ||
           !facts->kernel.major || host_kernel_at_least(&facts->kernel, 5, 4);
}

/*
 * Host bridges of the chipsets before Sandy Bridge with whose graphics the kernel does
 * the same (Linux drivers/iommu/intel/iommu.c, quirk_iommu_igfx).
 */
static bool chipset_has_quirk(const struct patient *patient)
{
    static const uint16_t bridges[] = {
        0x2A40, 0x2E00, 0x2E10, 0x2E20, 0x2E30, 0x2E90
    };
    const struct host_pci_device *bridge =
        host_pci_find(&patient->facts->pci, "0000:00:00.0");
    for (unsigned i = 0; i < ARRAY_SIZE(bridges); i++) {
        if (bridge && bridge->vendor == 0x8086 && bridge->device == bridges[i])
            return true;
    }
    return false;
}

/* libigd's requirement of the same name, with what is known beside the device. */
void check_host_iommu(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    bool quirk_said = host_log_has(&facts->log, LOG_GRAPHICS_UNTRANSLATED);
    check_requirement(patient, mode, finding);
    if (patient->in_group == FACT_YES) {
        ok(finding, "the GPU is in IOMMU group %s", patient->igd->group);
    } else if (quirk_said) {
        failed(finding, "the kernel switches the IOMMU off for this GPU: \"%.120s\"",
               facts->log.marks[LOG_GRAPHICS_UNTRANSLATED].first);
        finding->symptom = true;
    } else if (patient->igd && chipset_has_quirk(patient)) {
        failed(finding, "Linux switches the IOMMU off for the graphics of this chipset "
                        "(GM45, G45), whose GPU misbehaves with it");
    } else if (finding->status == CHECK_FAILED && !kernel_has_quirk(patient) &&
               !(patient->in_group == FACT_NO && facts->pci.any_group == FACT_YES)) {
        unknown(finding,
                "%s: newer kernels, and some of this age, switch its IOMMU off",
                patient->platform->title);
    }
}

void check_iommu_failed(const struct patient *patient, enum doctor_mode mode,
                        struct finding *finding)
{
    const struct host_log *log = &patient->facts->log;
    (void)mode;
    if (patient->in_group != FACT_YES && host_log_has(log, LOG_IOMMU_FAILED) &&
        !host_log_has(log, LOG_IOMMU_READY)) {
        failed(finding, "the kernel could not start the IOMMU: \"%.160s\"",
               log->marks[LOG_IOMMU_FAILED].last);
        finding->symptom = true;
        advise_firmware(finding, patient->facts,
                        "update it; the kernel log tells what it stumbled over");
    } else {
        skipped(finding);
    }
}

/* Does another check tell why there is no group? */
static bool group_is_explained(const struct patient *patient)
{
    static check_function *const others[] = {
        check_xen,       check_host_iommu, check_vtd,          check_dmar_broken,
        check_iommu_off, check_igfx_off,   check_iommu_failed, check_iommu_built,
    };
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        struct finding finding = { .check = check_find("host-iommu") };
        others[i](patient, DOCTOR_UPT, &finding);
        if (finding.status == CHECK_FAILED)
            return true;
    }
    return false;
}

void check_no_group(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    bool told = guest_said(patient, QEMU_NO_GROUP) != NULL;
    (void)mode;
    if (!patient->igd) {
        skipped(finding);
    } else if (patient->in_group == FACT_YES) {
        ok(finding, "the GPU is in IOMMU group %s", patient->igd->group);
    } else if (group_is_explained(patient)) {
        skipped(finding);
    } else if (told || (patient->in_group == FACT_NO &&
                        (facts->pci.any_group == FACT_NO || facts->pci.groups_in_log ||
                         facts->user.complete))) {
        failed(finding, "the GPU is in no IOMMU group%s",
               facts->pci.any_group == FACT_YES ? ", though other devices are" : "");
        finding->symptom = told;
        advise_firmware(finding, facts,
                        "update it, and see that VT-d is on; the kernel log's DMAR "
                        "lines tell more");
    } else {
        unknown(finding, "IOMMU groups are not known");
    }
}

/* The other devices of a group that host drivers hold, as "0000:00:1b.0 (snd...)". */
static unsigned list_holders(const struct host_pci *pci, const char *group,
                             const char *except, char *text, size_t size)
{
    unsigned count = 0;
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < pci->count && used < size; i++) {
        const struct host_pci_device *device = &pci->devices[i];
        if (strcmp(device->group, group) != 0 || !strcmp(device->address, except) ||
            device->bound != FACT_YES || !host_driver_keeps_group(device->driver))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s (%s)",
                                 count++ ? ", " : "", device->address, device->driver);
    }
    return count;
}

/* The number in "group 1 is not viable"; -1: it does not tell. */
static int group_not_viable(const struct patient *patient)
{
    const char *line = guest_said(patient, QEMU_NOT_VIABLE);
    const char *at = line ? strstr(line, "group ") : NULL;
    return at ? atoi(at + 6) : -1;
}

void check_group_shared(const struct patient *patient, enum doctor_mode mode,
                        struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    char holders[320];
    (void)mode;
    if (!patient->igd || patient->in_group != FACT_YES) {
        skipped(finding);
        return;
    }
    const char *group = patient->igd->group;
    if (group[0] && list_holders(&facts->pci, group, patient->igd->address, holders,
                                 sizeof(holders))) {
        failed(finding,
               "the GPU shares IOMMU group %s with devices in the host's hands: "
               "%s",
               group, holders);
        finding->symptom = guest_said(patient, QEMU_NOT_VIABLE) != NULL;
    } else if (group[0] && guest_said(patient, QEMU_NOT_VIABLE) &&
               (group_not_viable(patient) == atoi(group))) {
        failed(finding, "QEMU found IOMMU group %s, the GPU's, not viable", group);
        finding->symptom = true;
    } else {
        ok(finding, "the host holds no other device of IOMMU group %s", group);
    }
}

/*
 * "0x... 0x... direct": a range that must stay mapped one to one. Kernels of 5.3 on
 * call the GPU's "direct-relaxable", which is no hindrance; older ones know no such
 * word.
 */
static bool keeps_memory(const struct patient *patient)
{
    char line[LINE_SIZE];
    if (!host_kernel_at_least(&patient->facts->kernel, 5, 4) ||
        igd_driven_by(patient, "vfio-pci"))
        return false;
    for (const char *cursor = patient->facts->pci.reserved_regions;
         next_line(&cursor, line, sizeof(line));) {
        const char *kind = strrchr(line, ' ');
        if (kind && !strcmp(kind, " direct"))
            return true;
    }
    return false;
}

void check_reserved_memory(const struct patient *patient, enum doctor_mode mode,
                           struct finding *finding)
{
    const struct log_mark *mark = &patient->facts->log.marks[LOG_RESERVED_MEMORY];
    (void)mode;
    if (!mark->count && keeps_memory(patient)) {
        warned(finding,
               "the firmware reserves memory for the GPU's group in a way that "
               "may forbid to hand it over (\"direct\" in reserved_regions)");
        return;
    }
    if (!mark->count) {
        skipped(finding);
        return;
    }
    const struct host_pci_device *device =
        host_pci_find(&patient->facts->pci, mark->address);
    bool concerns = mark->of_igd || (device && patient->igd && device->group[0] &&
                                     !strcmp(device->group, patient->igd->group));
    if (!concerns) {
        ok(finding, "the firmware keeps memory of %s, which is not the GPU's group",
           mark->address[0] ? mark->address : "another device");
        return;
    }
    failed(finding,
           "the kernel refuses to hand %s over, for memory the firmware "
           "reserved: \"%.140s\"",
           mark->address, mark->last);
    finding->symptom = true;
}
