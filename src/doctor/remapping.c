/* remapping.c: checks of what the IOMMU can: remap interrupts, translate enough bits.
 */
#include "doctor/check.h"  /* the table */
#include "doctor/remedy.h" /* remedies */

#include <string.h> /* names */

#define ECAP_REMAPPING (1u << 3) /* VT-d specification 11.4.3: IR */

static bool truthy(const char *value)
{
    return strchr("1yYtT", value[0]) && value[0];
}

/* Does the user let devices be assigned without interrupt remapping? */
static bool unsafe_allowed(const struct host_facts *facts)
{
    char value[32] = "", where[96];
    if (host_kernel_module_value(facts->root, "vfio_iommu_type1",
                                 "allow_unsafe_interrupts", value, sizeof(value)))
        return truthy(value);
    return host_kernel_module_option(&facts->kernel, "vfio_iommu_type1",
                                     "allow_unsafe_interrupts", value, sizeof(value),
                                     where, sizeof(where)) &&
           truthy(value);
}

enum fact interrupts_remapped(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    const struct host_log *log = &facts->log;
    if (host_log_has(log, LOG_REMAPPING_READY))
        return FACT_YES;
    if (host_log_has(log, LOG_REMAPPING_ABSENT) ||
        host_log_has(log, LOG_REMAPPING_OPTED_OUT) ||
        guest_said(patient, QEMU_NO_REMAPPING))
        return FACT_NO;
    if (host_kernel_parameter(&facts->kernel, "nointremap", NULL, 0) ||
        host_kernel_parameter_has(&facts->kernel, "intremap", "off") ||
        host_kernel_config(&facts->kernel, "CONFIG_IRQ_REMAP") == FACT_NO)
        return FACT_NO;
    for (unsigned i = 0; i < facts->pci.unit_count; i++) {
        if (facts->pci.units[i].ecap_known &&
            !(facts->pci.units[i].ecap & ECAP_REMAPPING))
            return FACT_NO;
    }
    return facts->pci.unit_count && facts->pci.units[0].ecap_known ? FACT_YES
                                                                   : FACT_UNKNOWN;
}

static bool hardware_cannot_remap(const struct host_pci *pci)
{
    for (unsigned i = 0; i < pci->unit_count; i++) {
        if (!pci->units[i].ecap_known || pci->units[i].ecap & ECAP_REMAPPING)
            return false;
    }
    return pci->unit_count > 0;
}

static void advise_remapping(const struct patient *patient, struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    if (host_kernel_config(&facts->kernel, "CONFIG_IRQ_REMAP") == FACT_NO) {
        advise_kernel_with(finding, facts, "CONFIG_IRQ_REMAP");
    } else if (host_kernel_parameter(&facts->kernel, "nointremap", NULL, 0)) {
        advise_remove_parameter(finding, facts, "nointremap");
    } else if (host_kernel_parameter_has(&facts->kernel, "intremap", "off")) {
        advise_remove_parameter(finding, facts, "intremap=off");
    } else if (hardware_cannot_remap(&facts->pci)) {
        advise(finding, "this computer's IOMMU cannot remap interrupts, so here it is "
                        "needed: ");
        advise_module_option(finding, facts, "vfio_iommu_type1",
                             "allow_unsafe_interrupts=1");
        advise(finding, "; it lets a hostile guest send the host interrupts");
    } else {
        advise_firmware(finding, facts,
                        "update it, and turn on \"Interrupt Remapping\" and x2APIC "
                        "where they are");
        advise(finding, "; only if that does not help: ");
        advise_module_option(finding, facts, "vfio_iommu_type1",
                             "allow_unsafe_interrupts=1");
        advise(finding, "; it lets a hostile guest send the host interrupts");
    }
}

void check_remapping(const struct patient *patient, enum doctor_mode mode,
                     struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    (void)mode;
    switch (interrupts_remapped(patient)) {
    case FACT_YES:
        ok(finding, "interrupts are remapped");
        return;
    case FACT_UNKNOWN:
        unknown(finding, "neither the kernel log nor an IOMMU unit tells");
        return;
    default:
        break;
    }
    if (iommu_is_off(patient) == FACT_YES || iommu_has_dmar(patient) == FACT_NO) {
        skipped(finding); /* comes with the IOMMU */
        return;
    }
    if (unsafe_allowed(facts) && !host_log_has(&facts->log, LOG_REMAPPING_ABSENT)) {
        ok(finding, "interrupts are not remapped, and allow_unsafe_interrupts is set");
        return;
    }
    failed(finding, "interrupts are not remapped%s",
           host_log_has(&facts->log, LOG_REMAPPING_ABSENT) ||
                   guest_said(patient, QEMU_NO_REMAPPING)
               ? ", and vfio refused for it"
               : "");
    finding->symptom = host_log_has(&facts->log, LOG_REMAPPING_ABSENT) ||
                       guest_said(patient, QEMU_NO_REMAPPING);
    advise_remapping(patient, finding);
}

void check_iommu_width(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    unsigned width = host_pci_iommu_width(&facts->pci);
    unsigned bits = facts->platform.physical_bits;
    const char *line = guest_said(patient, QEMU_MAP_FAILED);
    (void)mode;
    if (line) {
        failed(finding, "QEMU could not map an address for DMA (%s%.0u%s): \"%.140s\"",
               width ? "the IOMMU has " : "the IOMMU is too narrow", width,
               width ? " bits" : "", line);
        finding->symptom = true;
        advise(finding,
               "give the guest %u address bits at most: <cpu mode='host-passthrough'>"
               "<maxphysaddr mode='passthrough' limit='%u'/></cpu> in libvirt, "
               "host-phys-bits-limit=%u with -cpu host; igdvm does so by itself",
               width ? width : 39, width ? width : 39, width ? width : 39);
    } else if (!width || !bits) {
        skipped(finding);
    } else if (width < bits && patient->guest && !patient->guest->address_limit) {
        warned(finding,
               "the IOMMU translates %u address bits, the processor has %u: a guest "
               "with a large 64-bit BAR may not start",
               width, bits);
    } else {
        ok(finding, "the IOMMU translates %u address bits, the processor has %u", width,
           bits);
    }
}
