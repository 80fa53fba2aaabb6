/* group.c: checks of the GPU's IOMMU group: without one no device can be assigned. */
#include "doctor/check.h"        /* the table */
#include "doctor/distribution.h" /* kernels of distributions */
#include "doctor/remedy.h"       /* remedies */

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "host/group_rules.h" /* who keeps a group */
#include "host/lines.h"       /* lines */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* atoi */
#include <string.h> /* names */

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

/* A capture that has the groups of so many devices has the GPU's, if it is in one. */
#define OTHERS_WITH_GROUPS 2

static unsigned count_grouped(const struct host_pci *pci)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pci->count; i++)
        count += pci->devices[i].grouped == FACT_YES;
    return count;
}

void check_no_group(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    bool told = guest_said(patient, QEMU_NO_GROUP) ||
                facts->log.marks[LOG_VFIO_NOT_BOUND].of_igd;
    bool others = count_grouped(&facts->pci) >= OTHERS_WITH_GROUPS;
    (void)mode;
    if (!patient->igd) {
        skipped(finding);
    } else if (patient->in_group == FACT_YES) {
        ok(finding, "the GPU is in IOMMU group %s", patient->igd->group);
    } else if (group_is_explained(patient)) {
        skipped(finding);
    } else if (told || (patient->in_group == FACT_NO &&
                        (facts->pci.any_group == FACT_NO || facts->pci.groups_in_log ||
                         others || facts->user.complete))) {
        failed(finding, "the GPU is in no IOMMU group%s",
               facts->pci.any_group == FACT_YES ? ", though other devices are" : "");
        finding->symptom = told;
        if (facts->pci.any_group == FACT_YES &&
            distribution_spares_graphics(facts, patient->platform))
            advise(finding, "look for \"Disabling IOMMU for graphics\" in the kernel "
                            "log: kernels of Ubuntu, and those made of them, do so to "
                            "Skylake and later since 6.8, and others do not; else ");
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
               (group_not_viable(patient) == atoi(group)) &&
               !(patient->igd->bound == FACT_YES &&
                 host_driver_keeps_group(patient->igd->driver))) {
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
    const struct host_pci_device *device =
        mark->count ? host_pci_find(&patient->facts->pci, mark->address) : NULL;
    bool concerns = mark->of_igd || (device && patient->igd && device->group[0] &&
                                     !strcmp(device->group, patient->igd->group));
    const char *line = guest_said(patient, QEMU_NO_REMAPPING);
    (void)mode;
    if (concerns) {
        failed(finding,
               "the kernel refuses to hand %s over, for memory the firmware "
               "reserved: \"%.140s\"",
               mark->of_igd ? "the GPU" : mark->address, mark->last);
        finding->symptom = true;
    } else if (line && strstr(line, "Operation not permitted") &&
               interrupts_remapped(patient) == FACT_YES) {
        /* This refusal has two reasons (vfio_iommu_type1.c), and it is not the other.
         */
        failed(finding,
               "the kernel refuses to hand the GPU over, though interrupts are "
               "remapped, as it does for memory the firmware reserved: \"%.120s\"",
               line);
        finding->symptom = true;
    } else if (mark->count) {
        ok(finding, "the firmware keeps memory of %s, which is not the GPU's group",
           mark->address[0] ? mark->address : "another device");
    } else if (keeps_memory(patient)) {
        warned(finding,
               "the firmware reserves memory for the GPU's group in a way that "
               "may forbid to hand it over (\"direct\" in reserved_regions)");
    } else {
        skipped(finding);
    }
}
