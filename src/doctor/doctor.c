/* doctor.c: runs the table over a host: each mode's verdict, and the first cause. */
#include "doctor/doctor.h"

#include "doctor/check.h" /* the table */

#include "base/bytes.h" /* stores */
#include "pci/regs.h"   /* config registers */

#include <stdlib.h> /* memory */
#include <string.h> /* names */

#define CLASS_VGA 0x0300

static const char *const mode_names[] = { "legacy", "upt", "uefi" };
static const char *const verdict_names[] = { "ready", "bindable", "fixable",
                                             "impossible" };
static const char *const status_names[] = { "ok", "failed", "warning", "unknown",
                                            "skipped" };

const char *doctor_mode_name(enum doctor_mode mode)
{
    return mode_names[mode];
}

const char *doctor_verdict_name(enum doctor_verdict verdict)
{
    return verdict_names[verdict];
}

const char *check_status_name(enum check_status status)
{
    return status_names[status];
}

/* Config space as libigd wants it: all of it, or made of what sysfs says without root.
 */
static void gather_config(struct patient *patient)
{
    const struct host_pci_device *igd = patient->igd;
    if (!igd->identified)
        return;
    bool answers = igd->config_size >= 64 && load16(igd->config) != 0xffff;
    if (answers)
        memcpy(patient->config, igd->config, igd->config_size);
    if (!answers) {
        store16(patient->config + PCI_VENDOR_ID, igd->vendor);
        store16(patient->config + PCI_DEVICE_ID, igd->device);
    }
    /* Not known is no reason to call it another device: check_class tells. */
    if (!answers)
        store16(patient->config + PCI_SUBCLASS,
                igd->class_known ? (uint16_t)(igd->class_code >> 8) : CLASS_VGA);
    patient->igd_facts.gpu_config = patient->config;
    patient->igd_facts.gpu_header_only =
        !answers || igd->config_size < sizeof(igd->config);
}

/* A bridge's config space, when vfio-pci offers it. */
static const uint8_t *gather_bridge(const struct host_facts *facts, const char *address,
                                    enum fact region, uint8_t config[64])
{
    const struct host_pci_device *bridge = host_pci_find(&facts->pci, address);
    if (region != FACT_YES)
        return NULL;
    /* vfio-pci offers no others than Intel's. */
    store16(config + PCI_VENDOR_ID, PCI_VENDOR_INTEL);
    if (bridge && bridge->identified) {
        memcpy(config, bridge->config,
               bridge->config_size < 64 ? bridge->config_size : 64);
        store16(config + PCI_VENDOR_ID, bridge->vendor);
        store16(config + PCI_DEVICE_ID, bridge->device);
    }
    return config;
}

static void gather_facts(struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    const struct host_vfio *vfio = &facts->vfio;
    struct igd_facts *known = &patient->igd_facts;
    known->address = HOST_IGD_ADDRESS;
    if (patient->igd)
        gather_config(patient);
    known->host_config =
        gather_bridge(facts, "0000:00:00.0", vfio->host_region, patient->host_config);
    known->lpc_config =
        gather_bridge(facts, "0000:00:1f.0", vfio->lpc_region, patient->lpc_config);
    known->opregion = (const uint8_t *)vfio->opregion;
    known->opregion_size = vfio->opregion_size;
    known->rom = (const uint8_t *)vfio->rom;
    known->rom_size = vfio->rom_bytes;
    known->has_vga_region = vfio->vga_region == FACT_YES;
    known->regions_unknown = vfio->regions != FACT_YES;
    known->kernel_major = facts->kernel.major;
    known->kernel_minor = facts->kernel.minor;
    for (unsigned i = 0; i < 6 && patient->igd; i++)
        known->bar_sizes[i] = patient->igd->bar_size[i];
}

/* igdvm's own guests, or what was asked of QEMU. */
static void gather_request(struct patient *patient)
{
    const struct host_guest *guest =
        patient->vmm == DOCTOR_QEMU ? patient->guest : NULL;
    struct igd_request *request = &patient->request;
    *request = (struct igd_request){ .mode = IGD_MODE_AUTO,
                                     .guest_devfn = PCI_DEVFN(2, 0),
                                     .upt_devfn = PCI_DEVFN(2, 0),
                                     .machine_is_i440fx = true,
                                     .lpc_place_free = true,
                                     .rom_bar = true };
    if (!guest)
        return;
    if (guest->slot_known) {
        request->guest_bus = (uint8_t)guest->bus;
        request->guest_devfn = request->upt_devfn =
            (uint8_t)PCI_DEVFN(guest->slot & 0x1f, guest->function & 7);
    }
    request->machine_is_i440fx =
        guest->machine != MACHINE_Q35 && guest->machine != MACHINE_OTHER;
    request->lpc_place_free = !guest->messages[QEMU_LPC_TAKEN][0];
    request->rom_bar = !guest->rom_bar_off;
    request->ram_size = guest->ram_size;
}

/* A mediated device, where another device is the one that has some. */
static bool has_share_of_another(const struct host_guest *guest,
                                 const struct host_pci *pci)
{
    const struct host_pci_device *igd = host_pci_igd(pci);
    bool others = false;
    for (unsigned i = 0; i < pci->count; i++)
        others |= &pci->devices[i] != igd && pci->devices[i].mdevs;
    return guest->mdev && !guest->host_address[0] && others && !(igd && igd->mdevs);
}

/* The guest that tells most: one whose QEMU complained, else the last. */
static const struct host_guest *choose_guest(const struct host_guests *guests,
                                             const struct host_pci *pci)
{
    const struct host_guest *chosen = NULL;
    unsigned most = 0;
    for (unsigned i = 0; i < guests->count; i++) {
        if (has_share_of_another(&guests->guests[i], pci))
            continue;
        unsigned said = 1;
        for (unsigned sign = 0; sign < QEMU_SIGNS; sign++)
            said += guests->guests[i].messages[sign][0] != '\0';
        if (said >= most) {
            most = said;
            chosen = &guests->guests[i];
        }
    }
    return chosen;
}

static void gather(struct patient *patient, const struct host_facts *facts,
                   const struct doctor_options *options)
{
    patient->facts = facts;
    patient->igd = host_pci_igd(&facts->pci);
    patient->guest = choose_guest(&facts->guests, &facts->pci);
    patient->vmm = options->vmm_given ? options->vmm
                   : patient->guest   ? DOCTOR_QEMU
                                      : DOCTOR_IGDVM;
    gather_facts(patient);
    gather_request(patient);
    igd_examine(&patient->igd_facts, &patient->request, &patient->examined);
    patient->platform = patient->examined.platform;
    patient->requirement_count[0] = igd_check_requirements(
        &patient->examined, IGD_MODE_LEGACY, patient->requirements[0]);
    patient->requirement_count[1] = igd_check_requirements(
        &patient->examined, IGD_MODE_UPT, patient->requirements[1]);
    patient->in_group = patient->igd ? patient->igd->grouped : FACT_UNKNOWN;
    /* vfio-pci takes no device without a group. */
    if (igd_driven_by(patient, "vfio-pci"))
        patient->in_group = FACT_YES;
}

/* Where a finding stands among a mode's: what is worse goes first, then the table. */
static unsigned place_of(const struct finding *finding)
{
    switch (finding->status) {
    case CHECK_FAILED:
        return (finding->verdict == DOCTOR_BINDABLE ? 3 : 0) + finding->weak * 2 +
               (finding->verdict == DOCTOR_IMPOSSIBLE ? 0 : 1);
    case CHECK_WARNING:
        return 10;
    case CHECK_UNKNOWN:
        return 11;
    default:
        return 12;
    }
}

static void sort_findings(struct finding *findings, unsigned count)
{
    static struct finding sorted[DOCTOR_MAX_FINDINGS];
    unsigned kept = 0;
    for (unsigned place = 0; place <= 12; place++) {
        for (unsigned i = 0; i < count; i++) {
            if (place_of(&findings[i]) == place)
                sorted[kept++] = findings[i];
        }
    }
    memcpy(findings, sorted, kept * sizeof(*findings));
}

/* How far a mode is with this finding. What has to be known and is not is not fine. */
static enum doctor_verdict verdict_of(const struct finding *finding)
{
    if (finding->status == CHECK_FAILED ||
        (finding->status == CHECK_UNKNOWN && finding->verdict))
        return finding->verdict;
    return DOCTOR_READY;
}

static void run_mode(struct doctor_report *report, const struct patient *patient,
                     enum doctor_mode mode)
{
    struct finding *list = report->findings[mode];
    unsigned count = 0;
    for (unsigned i = 0; check_at(i); i++) {
        const struct check *check = check_at(i);
        if (!(check->modes & 1u << mode) ||
            (check->qemu_only && patient->vmm != DOCTOR_QEMU))
            continue;
        struct finding *finding = &list[count];
        *finding = (struct finding){ .check = check };
        check->run(patient, mode, finding);
        if (finding->status == CHECK_SKIPPED)
            continue;
        count++;
        enum doctor_verdict verdict = verdict_of(finding);
        if (verdict > report->verdict[mode])
            report->verdict[mode] = verdict;
    }
    sort_findings(list, count);
    report->count[mode] = count;
}

/* The mode this host is for: what was tried, else the best the hardware is made for. */
static enum doctor_mode target_mode(const struct patient *patient)
{
    const struct host_guest *guest = patient->guest;
    if (guest && (guest->legacy_asked || guest->messages[QEMU_LEGACY_REFUSED][0] ||
                  guest->messages[QEMU_LEGACY_DISABLED][0] ||
                  guest->messages[QEMU_NO_LEGACY_GENERATION][0]))
        return DOCTOR_LEGACY;
    if (guest && guest->emulated_video == FACT_YES && guest->slot_known &&
        guest->slot != 2)
        return DOCTOR_UPT;
    if (guest && guest->uefi == FACT_YES)
        return DOCTOR_UEFI;
    if (guest && guest->machine == MACHINE_Q35)
        return DOCTOR_UPT;
    if (patient->facts->platform.efi != FACT_YES && patient->platform &&
        patient->platform->has_vbios)
        return DOCTOR_LEGACY;
    return DOCTOR_UEFI;
}

static bool blocks(const struct finding *finding)
{
    return finding->status == CHECK_FAILED && finding->verdict >= DOCTOR_FIXABLE;
}

/* Does what a check found stop UPT mode, which asks for least, and so every mode? */
static bool stops_every_mode(const struct doctor_report *report,
                             const struct check *check)
{
    for (unsigned i = 0; i < report->count[DOCTOR_UPT]; i++) {
        const struct finding *finding = &report->findings[DOCTOR_UPT][i];
        if (finding->check == check)
            return finding->status == CHECK_FAILED;
    }
    return false;
}

/*
 * How much a finding deserves to be called the first cause; lower is better. What stops
 * every mode, then what was seen to fail, then what stops the mode this host is for,
 * then what binding cures, then conclusions from little, then other modes' troubles.
 */
static unsigned rank_of(const struct finding *finding, enum doctor_mode mode,
                        enum doctor_mode target, bool uefi_guest,
                        enum doctor_verdict verdict, bool everywhere)
{
    if (finding->status != CHECK_FAILED)
        return 100;
    if (!everywhere && verdict == DOCTOR_IMPOSSIBLE) {
        /* A mode that cannot be had and nobody asked for is in nobody's way. */
        if (mode != target)
            return 100;
        /* What else would have to be done for it is of no matter. */
        if (finding->verdict != DOCTOR_IMPOSSIBLE)
            return 50;
    }
    /* Nothing is worth mending where something else cannot be. */
    if (blocks(finding) && everywhere && !finding->weak)
        return finding->verdict == DOCTOR_IMPOSSIBLE ? 0 : 1;
    if (blocks(finding) && finding->symptom)
        return mode == target ? 2 : 3;
    if (blocks(finding) && mode == target && !finding->weak)
        return finding->verdict == DOCTOR_IMPOSSIBLE ? 8 : 4;
    if (!blocks(finding))
        return finding->symptom ? 5 : 6;
    if (mode == target)
        return 7;
    /* A host without a VBIOS is not in the way of a guest that OVMF runs. */
    if (uefi_guest && finding->weak)
        return 100;
    /* A guest made for rendering beside an emulated display wants no more. */
    return target == DOCTOR_UPT ? 100 : 9;
}

/* The order of findings of one rank: the table's. */
static bool goes_before(const struct finding *left, const struct finding *right)
{
    return left->check < right->check;
}

static void find_first(struct doctor_report *report, const struct patient *patient,
                       const struct doctor_options *options)
{
    unsigned best = 100;
    enum doctor_mode target = options->one_mode ? options->mode : target_mode(patient);
    bool uefi_guest =
        target == DOCTOR_UEFI && patient->guest && patient->guest->uefi == FACT_YES;
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        for (unsigned i = 0; i < report->count[mode]; i++) {
            const struct finding *finding = &report->findings[mode][i];
            unsigned rank =
                rank_of(finding, mode, target, uefi_guest, report->verdict[mode],
                        stops_every_mode(report, finding->check));
            if (options->one_mode)
                rank = finding->status == CHECK_FAILED ? place_of(finding) : 100;
            if (rank < best ||
                (rank == best && rank < 100 && goes_before(finding, report->first))) {
                best = rank;
                report->first = finding;
                report->first_mode = mode;
            }
        }
    }
}

struct doctor_report *doctor_examine(const struct host_facts *facts,
                                     const struct doctor_options *options)
{
    struct doctor_report *report = calloc(1, sizeof(*report));
    struct patient *patient = calloc(1, sizeof(*patient));
    if (!report || !patient) {
        free(report);
        free(patient);
        return NULL;
    }
    gather(patient, facts, options);
    report->vmm = patient->vmm;
    report->device = patient->igd;
    report->facts = facts;
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        if (!options->one_mode || options->mode == mode)
            run_mode(report, patient, mode);
    }
    find_first(report, patient, options);
    free(patient);
    return report;
}

void doctor_report_free(struct doctor_report *report)
{
    free(report);
}
