/* holder.c: checks of who holds the GPU on the host. */
#include "doctor/check.h"  /* the table */
#include "doctor/remedy.h" /* remedies */

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "host/group_rules.h" /* who keeps a group */
#include "host/root.h"        /* parameters */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* atoi */
#include <string.h> /* names */

#define CLASS_VGA 0x0300

/* Drivers that keep a device for programs, and draw on none. */
static bool is_parked(const char *driver)
{
    static const char *const parkers[] = { "pci-stub", "uio_pci_generic", "igb_uio",
                                           "pciback", "xen-pciback" };
    for (unsigned i = 0; i < ARRAY_SIZE(parkers); i++) {
        if (!strcmp(driver, parkers[i]))
            return true;
    }
    return false;
}

/* Was vfio-pci told of this device's identifier, at boot? */
static bool told_vfio_at_boot(const struct patient *patient)
{
    char ids[256] = "", where[128], id[16];
    if (!host_kernel_module_option(&patient->facts->kernel, "vfio_pci", "ids", ids,
                                   sizeof(ids), where, sizeof(where)))
        return false;
    snprintf(id, sizeof(id), "8086:%04x", patient->igd->device);
    return strcasestr(ids, id) != NULL;
}

/* Was it told in modprobe.d, which what is built in does not read? */
static bool told_in_vain(const struct patient *patient)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    char id[16];
    snprintf(id, sizeof(id), "8086:%04x", patient->igd->device);
    for (unsigned i = 0; i < kernel->modprobe_count; i++) {
        const struct modprobe_line *line = &kernel->modprobe[i];
        if (line->kind == MODPROBE_OPTIONS && !strcmp(line->module, "vfio_pci") &&
            strcasestr(line->rest, id))
            return host_kernel_built_in(kernel, "vfio_pci");
    }
    return false;
}

void check_driver(const struct patient *patient, enum doctor_mode mode,
                  struct finding *finding)
{
    const struct host_pci_device *igd = patient->igd;
    (void)mode;
    if (!igd) {
        skipped(finding);
    } else if (igd->bound == FACT_UNKNOWN) {
        unknown(finding, "whether a driver is bound is not known");
        finding->verdict = DOCTOR_BINDABLE; /* at best */
    } else if (igd->bound == FACT_NO || is_parked(igd->driver)) {
        skipped(finding);
    } else if (!strncmp(igd->driver, "vfio", 4)) {
        ok(finding, "it is bound to %s", igd->driver);
    } else {
        bool late = told_vfio_at_boot(patient), unread = told_in_vain(patient);
        failed(finding, "it is bound to the host's driver %s%s", igd->driver,
               late ? ", which came before vfio-pci, though vfio-pci.ids names the GPU"
               : unread
                   ? ": vfio-pci is built into this kernel and reads no options of "
                     "/etc/modprobe.d"
                   : "");
        char manager[64];
        if (host_root_link(patient->facts->root, manager, sizeof(manager),
                           "etc/systemd/system/display-manager.service"))
            advise(finding, "%s draws on it and is to end first (systemctl stop %s); ",
                   manager, manager);
        advise(finding, "as root run: igdvm bind");
        if (late || unread) {
            advise(finding, "; for every boot ");
            advise_vfio_first(finding, patient->facts, igd->driver);
        }
    }
}

void check_unbound(const struct patient *patient, enum doctor_mode mode,
                   struct finding *finding)
{
    const struct host_pci_device *igd = patient->igd;
    (void)mode;
    if (!igd || igd->bound == FACT_UNKNOWN)
        skipped(finding);
    else if (igd->bound == FACT_NO)
        failed(finding, "no driver is bound to it");
    else if (is_parked(igd->driver))
        failed(finding, "it is bound to %s, which only parks it", igd->driver);
    else
        ok(finding, "a driver is bound");
}

void check_override(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_pci_device *igd = patient->igd;
    (void)mode;
    if (!igd || !igd->override[0])
        skipped(finding);
    else if (!strncmp(igd->override, "vfio", 4))
        ok(finding, "driver_override is %s", igd->override);
    else
        warned(finding,
               "driver_override is \"%s\": vfio-pci cannot be bound until "
               "igdvm bind writes it anew",
               igd->override);
}

/* Is the firmware's framebuffer on the GPU, as far as is known? */
static enum fact on_gpu(const struct patient *patient)
{
    const struct host_pci *pci = &patient->facts->pci;
    const struct host_console *console = &patient->facts->console;
    for (unsigned i = 0; i < console->claim_count; i++) {
        const struct host_claim *claim = &console->claims[i];
        for (unsigned bar = 0; bar < 6 && claim->end; bar++) {
            uint64_t start = patient->igd->bar_start[bar];
            if (start && claim->start >= start &&
                claim->start - start < patient->igd->bar_size[bar])
                return FACT_YES;
        }
    }
    if (patient->igd->boot_vga == FACT_YES)
        return FACT_YES;
    if (patient->igd->boot_vga == FACT_NO)
        return FACT_NO;
    unsigned displays = 0;
    for (unsigned i = 0; i < pci->count; i++)
        displays += host_pci_is_display(&pci->devices[i]) && !pci->devices[i].is_vf;
    return displays == 1 ? FACT_YES : FACT_UNKNOWN;
}

/* How its owner is kept away for good: what works for one does nothing for another. */
static const struct {
    const char *owner, *parameter, *not_this;
} keepers[] = {
    { "efifb", "video=efifb:off", NULL },
    { "efi-framebuffer", "video=efifb:off", NULL },
    { "vesafb", "video=vesafb:off", NULL },
    { "vesa-framebuffer", "video=vesafb:off", NULL },
    { "simplefb", "initcall_blacklist=sysfb_init", "video=efifb:off" },
    { "simpledrm", "initcall_blacklist=sysfb_init", "video=efifb:off" },
    { "simple-framebuffer", "initcall_blacklist=sysfb_init", "video=efifb:off" },
    { "efidrm", "initcall_blacklist=sysfb_init", "video=efifb:off" },
    { "vesadrm", "initcall_blacklist=sysfb_init", "video=vesafb:off" },
    { "BOOTFB", "initcall_blacklist=sysfb_init", "video=efifb:off" },
};

static void advise_framebuffer(const struct patient *patient, const char *owner,
                               struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    advise(finding, "as root run: igdvm bind, which releases it; for every boot: ");
    for (unsigned i = 0; i < ARRAY_SIZE(keepers); i++) {
        if (strcmp(owner ? owner : "BOOTFB", keepers[i].owner) != 0)
            continue;
        advise_add_parameter(finding, facts, keepers[i].parameter);
        advise(finding, "; the host then has no screen before its driver starts");
        if (keepers[i].not_this)
            advise(finding, "; %s does nothing here", keepers[i].not_this);
        return;
    }
}

/*
 * Before 5.18 Linux marks the memory of a simple-framebuffer as busy itself, and no
 * unbinding frees it (drivers/firmware/sysfb_simplefb.c).
 */
static bool stays_busy(const struct patient *patient, const char *owner)
{
    return owner && (!strncmp(owner, "simple", 6) || !strcmp(owner, "BOOTFB")) &&
           host_kernel_older(&patient->facts->kernel, 5, 18);
}

void check_framebuffer(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    const char *owner = host_console_firmware_fb(&facts->console);
    const struct log_mark *refused = &facts->log.marks[LOG_CANNOT_RESERVE];
    bool said = refused->of_igd || guest_said(patient, QEMU_MMAP_FAILED);
    (void)mode;
    if (!patient->igd) {
        skipped(finding);
        return;
    }
    bool host_drives = patient->igd->bound == FACT_YES &&
                       strncmp(patient->igd->driver, "vfio", 4) != 0 &&
                       !is_parked(patient->igd->driver);
    if (host_drives) {
        ok(finding, "the host's driver took the screen over");
    } else if (!said && owner && !strcmp(owner, "BOOTFB") &&
               host_kernel_at_least(&facts->kernel, 5, 18)) {
        ok(finding, "only the note of the firmware's framebuffer is left, which holds "
                    "nothing");
    } else if (said || (owner && on_gpu(patient) == FACT_YES)) {
        failed(finding,
               "the firmware's framebuffer%s%s%s holds the GPU's memory%s%.120s%s",
               owner ? " (" : "", owner ? owner : "", owner ? ")" : "",
               refused->of_igd ? ": \"" : "", refused->of_igd ? refused->last : "",
               refused->of_igd ? "\"" : "");
        finding->symptom = said;
        if (stays_busy(patient, owner))
            finding->verdict = DOCTOR_FIXABLE;
        advise_framebuffer(patient, owner, finding);
    } else if (owner) {
        ok(finding, "the firmware's framebuffer (%s) is on another card", owner);
    } else if (facts->console.fbs_known || facts->console.firmware_known ||
               facts->console.memory) {
        ok(finding, "no firmware framebuffer holds it");
    } else {
        unknown(finding, "framebuffers are not known");
    }
}

void check_vgacon(const struct patient *patient, enum doctor_mode mode,
                  struct finding *finding)
{
    const struct host_console *console = &patient->facts->console;
    (void)mode;
    for (unsigned i = 0; i < console->vt_count; i++) {
        if (!strstr(console->vts[i].name, "VGA") || console->vts[i].bound != FACT_YES)
            continue;
        if (patient->igd && patient->igd->boot_vga == FACT_NO) {
            ok(finding, "the text console is on another card");
            return;
        }
        failed(finding, "the host's text console draws through the VGA ranges (%s)",
               console->vts[i].name);
        return;
    }
    if (console->vt_count)
        ok(finding, "no text console uses the VGA ranges");
    else
        skipped(finding);
}

void check_stuck(const struct patient *patient, enum doctor_mode mode,
                 struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    const struct log_mark *mark = &facts->log.marks[LOG_STUCK];
    const char *told = guest_said(patient, QEMU_STUCK);
    char value[16], where[96];
    (void)mode;
    if (!patient->igd || (!mark->of_igd && !told)) {
        skipped(finding);
        return;
    }
    failed(finding, "the GPU did not come back from a reset or from sleep: \"%.160s\"",
           mark->of_igd ? mark->last : told);
    finding->symptom = true;
    if (host_kernel_module_option(&facts->kernel, "vfio_pci", "disable_idle_d3", value,
                                  sizeof(value), where, sizeof(where))) {
        advise_firmware(
            finding, facts,
            "update it; disable_idle_d3 is set already. Switch the computer "
            "off and on to get the GPU back");
        return;
    }
    advise(finding, "keep an idle GPU awake: ");
    advise_module_option(finding, facts, "vfio-pci", "disable_idle_d3=1");
    advise(finding, " by switching the computer off and on");
}

/* i915 or xe crashed: when it gave the GPU away, or took it back. */
void check_crashed(const struct patient *patient, enum doctor_mode mode,
                   struct finding *finding)
{
    const struct log_mark *mark = &patient->facts->log.marks[LOG_CRASHED];
    (void)mode;
    if (!patient->igd || !mark->count) {
        skipped(finding);
    } else if (igd_driven_by(patient, "vfio-pci")) {
        warned(finding,
               "the host's graphics driver crashed or hung since boot: \"%.160s\"",
               mark->last);
    } else {
        failed(finding, "the host's graphics driver crashed or hangs: \"%.160s\"",
               mark->last);
        finding->symptom = true;
    }
}

/* The sound device that was given along, when its group is the host's too. */
void check_audio(const struct patient *patient, enum doctor_mode mode,
                 struct finding *finding)
{
    const struct host_pci *pci = &patient->facts->pci;
    const char *line = guest_said(patient, QEMU_NOT_VIABLE);
    const char *address =
        patient->guest && patient->guest->gives_audio ? patient->guest->audio : NULL;
    (void)mode;
    const struct host_pci_device *audio = address ? host_pci_find(pci, address) : NULL;
    if (!address) {
        skipped(finding);
        return;
    }
    const char *keeper = NULL;
    for (unsigned i = 0; audio && audio->group[0] && i < pci->count; i++) {
        const struct host_pci_device *other = &pci->devices[i];
        if (other != audio && !strcmp(other->group, audio->group) &&
            other != patient->igd && other->bound == FACT_YES &&
            host_driver_keeps_group(other->driver))
            keeper = other->address;
    }
    const char *number = line ? strstr(line, "group ") : NULL;
    bool of_audio =
        number && audio && audio->group[0] && atoi(number + 6) == atoi(audio->group);
    if (!keeper && !of_audio) {
        ok(finding, "the sound device %s is alone in its group", address);
        return;
    }
    failed(finding,
           "the guest is given the sound device %s, too, which shares an IOMMU "
           "group with %s of the chipset",
           address, keeper ? keeper : "other functions");
    finding->symptom = line != NULL;
    advise(finding,
           "take %s out of the guest: HDMI sound then stays with the host, or "
           "give the guest a USB sound device",
           address);
}

void check_busy(const struct patient *patient, enum doctor_mode mode,
                struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_BUSY);
    (void)mode;
    if (!line) {
        skipped(finding);
        return;
    }
    failed(finding, "another guest has it: \"%.160s\"", line);
    finding->symptom = true;
}
