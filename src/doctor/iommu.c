/* iommu.c: checks of the IOMMU: is there one, and does the kernel use it for the GPU.
 */
#include "doctor/check.h"        /* the table */
#include "doctor/distribution.h" /* kernels of distributions */
#include "doctor/processor.h"    /* processors without VT-d */
#include "doctor/remedy.h"       /* remedies */

#include "base/bytes.h" /* ARRAY_SIZE */
#include "host/lines.h" /* words */
#include "host/root.h"  /* the ACPI tables' folder */

#include <stdio.h>  /* snprintf */
#include <string.h> /* names */

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
            /* The kernel looks at the beginning only, and at small letters. */
            if (!strncmp(part, "off", 3))
                told = FACT_NO;
            else if (!strncmp(part, "on", 2))
                told = FACT_YES;
        }
    }
    return told;
}

/* Will this kernel use the IOMMU: by its command line, else as it was built. */
static enum fact switched_on(const struct host_facts *facts)
{
    const struct host_kernel *kernel = &facts->kernel;
    enum fact told = told_by_command_line(kernel);
    if (told || !kernel->command_line)
        return told;
    if (host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON") == FACT_YES ||
        host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF") ==
            FACT_YES)
        return FACT_YES;
    enum fact built = host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON");
    if (built)
        return built;
    enum fact presumed = distribution_uses_iommu(facts);
    /* A log that has the table and not its use speaks of this kernel, not of others. */
    bool unused = host_log_has(&facts->log, LOG_START) &&
                  host_log_has(&facts->log, LOG_DMAR_TABLE) &&
                  !host_log_has(&facts->log, LOG_IOMMU_READY);
    return presumed == FACT_YES && unused ? FACT_UNKNOWN : presumed;
}

/* With acpi=off the kernel reads no table of the firmware's. */
static bool acpi_is_off(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    char value[16];
    return host_log_has(&facts->log, LOG_ACPI_OFF) ||
           (host_kernel_parameter(&facts->kernel, "acpi", value, sizeof(value)) &&
            !strcmp(value, "off"));
}

/* A processor or a GPU of those that have no IOMMU at all. */
static bool hardware_has_no_iommu(const struct patient *patient)
{
    const struct host_platform *platform = &patient->facts->platform;
    return platform->hypervisor != FACT_YES &&
           (processor_has_no_vtd(platform->cpu_name) ||
            (patient->platform &&
             processor_of_gpu_has_no_vtd(patient->platform->name)));
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
    if (hardware_has_no_iommu(patient))
        return FACT_NO;
    if (acpi_is_off(patient))
        return FACT_UNKNOWN;
    if ((host_log_has(log, LOG_START) && host_log_has(log, LOG_TABLES)) ||
        host_root_kind(facts->root, "sys/firmware/acpi/tables/FACP") !=
            HOST_PATH_ABSENT)
        return FACT_NO;
    /* Told to use it, and neither a unit nor a word of one. */
    bool none = facts->pci.any_unit == FACT_NO || facts->pci.any_group == FACT_NO ||
                host_log_has(log, LOG_START) || host_log_has(log, LOG_IOMMU_ENABLED);
    if (none && switched_on(facts) == FACT_YES &&
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
    if (hardware_has_no_iommu(patient)) {
        finding->verdict = DOCTOR_IMPOSSIBLE;
        advise(finding, "%s has no VT-d: use another processor",
               facts->platform.cpu_name[0] ? facts->platform.cpu_name
                                           : patient->platform->title);
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
    const struct log_mark *mark = &patient->facts->log.marks[LOG_IOMMU_NOT_BUILT];
    if (built != FACT_YES && mark->count) {
        failed(finding, "to this kernel intel_iommu= is no parameter: \"%.120s\"",
               mark->last);
        finding->symptom = true;
        advise_kernel_with(finding, patient->facts, "CONFIG_INTEL_IOMMU");
    } else if (built == FACT_NO) {
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
    enum fact on = switched_on(facts);
    if (on == FACT_NO || acpi_is_off(patient) ||
        host_log_has(log, LOG_IOMMU_DISABLED_BY_USER))
        return FACT_YES;
    if (on == FACT_YES)
        return FACT_NO; /* told to be on: another cause */
    /* Not told, and it never came up. */
    bool never = host_log_has(log, LOG_START) && facts->kernel.command_line;
    bool groupless = facts->pci.any_group == FACT_NO ||
                     guest_said(patient, QEMU_NO_GROUP) ||
                     log->marks[LOG_VFIO_NOT_BOUND].of_igd;
    return never || (groupless && facts->kernel.command_line) ? FACT_YES : FACT_UNKNOWN;
}

static bool excluded_by_user(const struct host_kernel *kernel)
{
    return host_kernel_parameter_has(kernel, "intel_iommu", "igfx_off") ||
           host_kernel_parameter_has(kernel, "intel_iommu", "intgpu_off");
}

void check_iommu_off(const struct patient *patient, enum doctor_mode mode,
                     struct finding *finding)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    char value[48];
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
    if (acpi_is_off(patient)) {
        failed(finding, "ACPI is off, and with it the table that tells of the IOMMU");
        advise_remove_parameter(finding, patient->facts, "acpi=off");
        if (!host_kernel_parameter_has(kernel, "intel_iommu", "on"))
            advise(finding, "; and ");
    } else if (host_kernel_parameter_has(kernel, "iommu", "off")) {
        failed(finding, "the kernel command line has iommu=off");
        advise_remove_parameter(finding, patient->facts, "iommu=off");
        if (!host_kernel_parameter_has(kernel, "intel_iommu", "on"))
            advise(finding, "; and ");
    } else if (told_by_command_line(kernel) == FACT_NO) {
        failed(finding, "the kernel command line has intel_iommu=off");
        advise_remove_parameter(finding, patient->facts, "intel_iommu=off");
        advise(finding, "; and ");
    } else if (host_kernel_parameter(kernel, "intel_iommu", value, sizeof(value)) &&
               !excluded_by_user(kernel)) {
        failed(finding,
               "the kernel does not use the IOMMU: intel_iommu%s%s on its command line "
               "does not turn it on, which takes intel_iommu=on as it stands here",
               value[0] ? "=" : "", value);
    } else {
        failed(
            finding,
            "the kernel does not use the IOMMU: intel_iommu=on is not on its command "
            "line%s",
            switched_on(patient->facts) == FACT_NO
                ? ", and this kernel does not use it unasked"
                : "");
    }
    if (!host_kernel_parameter_has(kernel, "intel_iommu", "on"))
        advise_add_parameter(finding, patient->facts, "intel_iommu=on");
}

/*
 * Debian's kernels use the IOMMU unasked, save for the integrated GPU. Where the
 * configuration is not known, a name like "6.12.38-amd64" and other devices' groups
 * tell.
 */
static bool excluded_by_build(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    const struct host_kernel *kernel = &facts->kernel;
    enum fact built =
        host_kernel_config(kernel, "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF");
    bool debians = host_platform_is(&facts->platform, "debian") &&
                   strstr(kernel->release, "-amd64") && patient->in_group == FACT_NO &&
                   facts->pci.any_group == FACT_YES;
    return kernel->command_line && told_by_command_line(kernel) != FACT_YES &&
           (built == FACT_YES || (built == FACT_UNKNOWN && debians));
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
    } else if (patient->in_group != FACT_YES && excluded_by_build(patient) &&
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

#define OTHER_KERNEL                                                               \
    "boot another kernel: Linux itself does this to Broadwell and older chipsets " \
    "alone, Ubuntu's kernels since 6.8 to Skylake and later, too"

/* libigd's requirement of the same name, with what is known beside the device. */
void check_host_iommu(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    bool quirk_said = host_log_has(&facts->log, LOG_GRAPHICS_UNTRANSLATED);
    check_requirement(patient, mode, finding);
    bool by_all = finding->status == CHECK_FAILED || !patient->platform ||
                  chipset_has_quirk(patient);
    if (patient->in_group == FACT_YES) {
        ok(finding, "the GPU is in IOMMU group %s", patient->igd->group);
    } else if (quirk_said) {
        failed(finding, "the kernel switches the IOMMU off for this GPU: \"%.120s\"",
               facts->log.marks[LOG_GRAPHICS_UNTRANSLATED].first);
        finding->symptom = true;
        if (!by_all) {
            finding->verdict = DOCTOR_FIXABLE;
            advise(finding, "%s", OTHER_KERNEL);
        }
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
