/* gpu.c: checks of the GPU itself and what the firmware made of it. */
#include "doctor/check.h"  /* the table */
#include "doctor/remedy.h" /* remedies */

#include "base/bytes.h" /* loads, MIB */
#include "igd/ggc.h"    /* registers */

#include <stdio.h>  /* snprintf */
#include <string.h> /* names */

#define CLASS_VGA 0x0300

/* Windows drivers and macOS want so much stolen memory. */
#define WANTED_STOLEN (64 * MIB)

void check_mdev(const struct patient *patient, enum doctor_mode mode,
                struct finding *finding)
{
    (void)mode;
    if (patient->guest && patient->guest->mdev && !patient->guest->host_address[0]) {
        failed(finding,
               "the guest %.60s was given a mediated device (GVT-g), which has "
               "no outputs, no OpRegion of its own and no legacy mode",
               patient->guest->name);
        finding->symptom = true;
    } else if (patient->igd && patient->igd->mdevs) {
        failed(finding, "%u mediated device%s (GVT-g) of the GPU %s in use",
               patient->igd->mdevs, patient->igd->mdevs > 1 ? "s" : "",
               patient->igd->mdevs > 1 ? "are" : "is");
    } else if (patient->igd) {
        ok(finding, "no mediated device is made of it");
    } else {
        skipped(finding);
    }
}

void check_vf(const struct patient *patient, enum doctor_mode mode,
              struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    (void)mode;
    if (guest && guest->host_address[0] && guest->host_address[11] != '0') {
        failed(finding,
               "the guest %.60s was given %s, an SR-IOV virtual function: it has no "
               "outputs, no OpRegion and no VBIOS",
               guest->name, guest->host_address);
        finding->symptom = true;
    } else {
        ok(finding, "no virtual function is given to a guest");
    }
}

/* From Gen12 on what else is at 00:02 are virtual functions. */
static bool only_vfs_are_there(const struct patient *patient,
                               const struct host_pci_device *device)
{
    return patient->igd && patient->igd->vfs < 0 && patient->platform &&
           patient->platform->generation >= 120 && device->vendor == 0x8086;
}

void check_vfs(const struct patient *patient, enum doctor_mode mode,
               struct finding *finding)
{
    const struct host_pci *pci = &patient->facts->pci;
    int vfs = patient->igd ? patient->igd->vfs : -1;
    (void)mode;
    for (unsigned i = 0, seen = 0; i < pci->count; i++) {
        const struct host_pci_device *device = &pci->devices[i];
        if (strncmp(device->address, "0000:00:02.", 11) == 0 &&
            device->address[11] != '0' &&
            (device->is_vf || vfs > 0 || only_vfs_are_there(patient, device))) {
            seen++;
            vfs = vfs < (int)seen ? (int)seen : vfs;
        }
    }
    if (!patient->igd)
        skipped(finding);
    else if (vfs > 0)
        failed(finding, "%d SR-IOV virtual functions of the GPU are on", vfs);
    else
        ok(finding, "no virtual functions are on");
}

/*
 * QEMU got no OpRegion of a GPU for which this kernel would have one: the firmware made
 * none. Tells without root, which the register wants.
 */
static bool only_firmware_can_lack(const struct patient *patient)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    const struct host_guest *guest = patient->guest;
    const struct host_pci_device *igd = patient->igd;
    if (!guest_said(patient, QEMU_NO_OPREGION) || guest->mdev || igd->mdevs ||
        (guest->host_address[0] && guest->host_address[11] != '0'))
        return false;
    bool served = igd->class_known && (igd->class_code >> 8 == CLASS_VGA ||
                                       host_kernel_at_least(kernel, 6, 15));
    return served && host_kernel_at_least(kernel, 4, 6) &&
           host_kernel_config(kernel, "CONFIG_VFIO_PCI_IGD") == FACT_YES;
}

void check_opregion_address(const struct patient *patient, enum doctor_mode mode,
                            struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    const struct host_pci_device *igd = patient->igd;
    (void)mode;
    if (facts->vfio.opregion || facts->vfio.opregion_region == FACT_YES) {
        ok(finding, "vfio-pci offers the OpRegion");
        return;
    }
    if (!igd) {
        skipped(finding);
        return;
    }
    if (igd->config_size < 256 && !only_firmware_can_lack(patient)) {
        unknown(finding, "ASLS is not known (config space beyond 64 bytes needs root)");
        return;
    }
    if (igd->config_size < 256) {
        failed(finding, "QEMU found no OpRegion, though this kernel offers what the "
                        "firmware made: it made none");
    } else {
        uint32_t asls = load32(igd->config + IGD_REG_ASLS);
        if (asls && asls != UINT32_MAX) {
            ok(finding, "ASLS is 0x%08x", asls);
            return;
        }
        failed(finding, "ASLS is 0x%08x: the firmware made no OpRegion", asls);
    }
    finding->symptom = guest_said(patient, QEMU_NO_OPREGION) != NULL;
    advise_firmware(finding, facts,
                    "make the integrated graphics the primary display (\"Primary "
                    "Display\": IGFX) or enable it beside the card (\"IGD "
                    "Multi-Monitor\"), and update it; coreboot needs a VBT");
}

void check_opregion(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_log *log = &patient->facts->log;
    const char *line = guest_said(patient, QEMU_NO_OPREGION);
    bool not_opened =
        log->marks[LOG_REGIONS_FAILED].of_igd || guest_said(patient, QEMU_NOT_OPENED);
    if (mode == DOCTOR_UPT && !not_opened) {
        skipped(finding); /* which does without, as long as the device opens */
        return;
    }
    check_requirement(patient, DOCTOR_LEGACY, finding);
    if (finding->status == CHECK_SKIPPED || finding->status == CHECK_OK)
        return;
    if (patient->facts->vfio.opregion_region == FACT_YES &&
        !patient->facts->vfio.opregion) {
        ok(finding, "vfio-pci offers it");
        return;
    }
    if (log->marks[LOG_REGIONS_FAILED].of_igd) {
        failed(finding, "vfio-pci could not read it: \"%.160s\"",
               log->marks[LOG_REGIONS_FAILED].last);
        finding->symptom = true;
    } else if (line && strstr(line, "getting device from group") &&
               patient->igd->bound == FACT_YES &&
               strncmp(patient->igd->driver, "vfio", 4) != 0) {
        /* There was no device in the group for vfio to open: the host's driver has it.
         */
        unknown(finding, "QEMU ran while %s had the GPU", patient->igd->driver);
    } else if (line && !(patient->guest && patient->guest->mdev)) {
        failed(finding, "QEMU found none: \"%.160s\"", line);
        finding->symptom = true;
    } else if (guest_said(patient, QEMU_NOT_OPENED)) {
        /* The kernel's answer to one without a signature or a size. */
        failed(finding,
               "vfio-pci does not open the GPU, as with a damaged OpRegion: "
               "\"%.160s\"",
               guest_said(patient, QEMU_NOT_OPENED));
        finding->symptom = true;
    }
}

/* The graphics card whose being primary makes the GPU a second one. */
static void advise_primary(const struct patient *patient, struct finding *finding)
{
    advise_firmware(
        finding, patient->facts,
        "make the integrated graphics the primary display (\"Primary "
        "Display\" or \"Init Display First\": IGFX, CPU Graphics) and connect "
        "a monitor to the board");
}

void check_class(const struct patient *patient, enum doctor_mode mode,
                 struct finding *finding)
{
    check_requirement(patient, mode, finding);
    if (patient->igd && !patient->igd->class_known)
        unknown(finding, "the device's class is not known");
    if (finding->status == CHECK_FAILED) {
        finding->symptom = guest_said(patient, QEMU_NO_VGA) != NULL;
        advise_primary(patient, finding);
    }
}

void check_ivd(const struct patient *patient, enum doctor_mode mode,
               struct finding *finding)
{
    check_requirement(patient, mode, finding);
    if (finding->status == CHECK_FAILED)
        advise_primary(patient, finding);
}

void check_generation(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_NO_LEGACY_GENERATION);
    check_requirement(patient, mode, finding);
    if (finding->status != CHECK_FAILED)
        return;
    finding->symptom = line || (patient->guest && patient->guest->legacy_asked);
}

void check_listed(const struct patient *patient, enum doctor_mode mode,
                  struct finding *finding)
{
    check_requirement(patient, mode, finding);
}

/* Has the legacy mode's VBIOS: from the guest's file, the kernel's shadow, or none. */
static void conclude_vbios(const struct patient *patient, struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    const struct log_mark *bad = &facts->log.marks[LOG_BAD_ROM];
    bool asked = patient->guest && patient->guest->legacy_asked;
    const char *line = guest_said(patient, QEMU_NO_ROM);
    line = line ? line : guest_said(patient, QEMU_ROM_EMPTY);
    if (facts->vfio.rom_region == FACT_YES) {
        ok(finding, "vfio-pci offers a ROM of %llu KiB",
           (unsigned long long)facts->vfio.rom_size / 1024);
    } else if ((facts->vfio.regions == FACT_YES &&
                facts->vfio.rom_region != FACT_YES) ||
               bad->of_igd || line) {
        failed(finding, "the GPU has no ROM to offer%s%.140s%s%s", line ? ": \"" : "",
               line ? line : "", line ? "\"" : "",
               facts->platform.efi == FACT_YES
                   ? "; the host was booted by UEFI, which runs no VBIOS"
                   : "");
        /* A host booted by UEFI has none; that is in the way of those who want it. */
        finding->symptom = line || asked;
        finding->weak = !finding->symptom && facts->platform.efi == FACT_YES;
    } else if (facts->platform.efi == FACT_YES) {
        failed(finding,
               "the host was booted by UEFI, which runs no VBIOS that could be "
               "passed on");
        finding->weak = true;
    } else if (patient->igd->boot_vga == FACT_NO) {
        failed(finding,
               "another card is the primary display, and the VBIOS in memory is "
               "that card's");
        finding->weak = true;
    } else if (facts->platform.efi == FACT_NO) {
        ok(finding, "the host was booted by a BIOS, whose VBIOS is in memory");
    } else {
        unknown(finding, "how the host was booted is not known");
    }
}

/* A region that only the VBIOS wants: of no matter where there never was one. */
void check_vbios_region(const struct patient *patient, enum doctor_mode mode,
                        struct finding *finding)
{
    const struct igd_requirement *generation =
        patient_requirement(patient, "vbios-generation", mode);
    check_requirement(patient, mode, finding);
    if ((generation && generation->verdict == IGD_FAILED) ||
        finding->status == CHECK_UNKNOWN)
        skipped(finding); /* other checks tell what is to be expected */
}

void check_vbios(const struct patient *patient, enum doctor_mode mode,
                 struct finding *finding)
{
    const struct igd_requirement *generation =
        patient_requirement(patient, "vbios-generation", mode);
    check_requirement(patient, mode, finding);
    if (!patient->igd || (generation && generation->verdict == IGD_FAILED)) {
        skipped(finding); /* there never was a VBIOS for it */
        return;
    }
    if (patient->facts->vfio.rom) {
        finding->symptom = finding->status == CHECK_FAILED;
        return;
    }
    if (patient->guest && patient->guest->rom_file[0] &&
        !guest_said(patient, QEMU_ROM_FILE)) {
        ok(finding, "the guest's configuration names a ROM file");
        return;
    }
    conclude_vbios(patient, finding);
}

void check_stolen_size(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct igd_examined *examined = &patient->examined;
    const char *refused = guest_said(patient, QEMU_GMS_REFUSED);
    const struct igd_requirement *requirement =
        patient_requirement(patient, "ggc", DOCTOR_LEGACY);
    if (!patient->igd || !requirement) {
        skipped(finding);
        return;
    }
    if (refused) {
        failed(finding, "QEMU refuses the x-igd-gms it was given: \"%.160s\"", refused);
        finding->symptom = true;
        advise(finding, "take x-igd-gms out of the guest: it then has as much stolen "
                        "memory as the host");
        return;
    }
    if (requirement->verdict == IGD_UNKNOWN) {
        unknown(finding, "GGC is not known%s",
                patient->igd->config_size == 64
                    ? " (config space beyond 64 bytes needs root)"
                    : "");
        return;
    }
    if (requirement->verdict == IGD_FAILED && mode != DOCTOR_UPT) {
        failed(finding, "%s", requirement->found);
    } else if (requirement->verdict == IGD_FAILED) {
        warned(finding, "%s: a Windows driver stops with Code 43", requirement->found);
    } else if (examined->ggc.stolen_size < WANTED_STOLEN) {
        warned(finding, "%s: some drivers want 64 MiB", requirement->found);
    } else {
        ok(finding, "%s", requirement->found);
        return;
    }
    advise_firmware(finding, patient->facts,
                    "set \"DVMT Pre-Allocated\" (graphics memory) to 64 MB or more");
}

void check_uefi_rom(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    (void)mode;
    if (!patient->igd)
        skipped(finding);
    else if (guest && guest->rom_file[0])
        ok(finding, "the guest's configuration names a ROM file");
    else
        warned(finding, "a picture before the guest's driver starts needs a UEFI ROM "
                        "with the GOP of this computer's firmware, and for QEMU an "
                        "assignment driver");
}

static bool is_panel(const char *name)
{
    return strstr(name, "eDP") || strstr(name, "LVDS") || strstr(name, "DSI");
}

/* Connectors of the integrated GPU: those of the first card that has any. */
static unsigned count_connected(const struct host_console *console, bool panels)
{
    unsigned count = 0;
    for (unsigned i = 0; i < console->connector_count; i++)
        count += !strcmp(console->connectors[i].status, "connected") &&
                 (!panels || is_panel(console->connectors[i].name));
    return count;
}

void check_panel(const struct patient *patient, enum doctor_mode mode,
                 struct finding *finding)
{
    const struct host_console *console = &patient->facts->console;
    (void)mode;
    if (!patient->igd ||
        (!igd_driven_by(patient, "i915") && !igd_driven_by(patient, "xe")))
        skipped(finding);
    else if (count_connected(console, true))
        warned(finding,
               "a laptop's panel is connected to the GPU: its backlight and lid "
               "are the host's ACPI firmware's business, which a guest has not");
    else
        ok(finding, "no panel is connected");
}

void check_headless(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_console *console = &patient->facts->console;
    (void)mode;
    if (!patient->igd || !console->connector_count ||
        (!igd_driven_by(patient, "i915") && !igd_driven_by(patient, "xe")))
        skipped(finding);
    else if (count_connected(console, false))
        ok(finding, "%u outputs have a monitor", count_connected(console, false));
    else
        warned(finding, "no monitor is connected: with an OpRegion a guest without "
                        "monitor behaves worse than one that knows of no outputs");
}
