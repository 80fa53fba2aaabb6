/* guest.c: checks of a guest that libvirt, QEMU or Proxmox was told to give the GPU. */
#include "doctor/check.h" /* the table */

#include <stdio.h>  /* snprintf */
#include <string.h> /* names */

/* Did the user want legacy mode, as far as the guest's configuration tells? */
static bool wants_legacy(const struct host_guest *guest)
{
    return guest->legacy_asked || guest->messages[QEMU_LEGACY_REFUSED][0] ||
           guest->messages[QEMU_LEGACY_DISABLED][0] ||
           guest->messages[QEMU_LPC_TAKEN][0];
}

void check_guest_machine(const struct patient *patient, enum doctor_mode mode,
                         struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    check_requirement(patient, mode, finding);
    if (!guest || guest->machine == MACHINE_UNKNOWN) {
        skipped(finding);
    } else if (finding->status == CHECK_FAILED) {
        failed(finding, "the guest %.60s is a %s machine", guest->name,
               guest->machine == MACHINE_Q35 ? "q35"
                                             : "machine of another kind, no i440FX");
        finding->symptom = wants_legacy(guest);
    }
}

void check_guest_address(const struct patient *patient, enum doctor_mode mode,
                         struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    check_requirement(patient, DOCTOR_LEGACY, finding);
    (void)mode;
    if (!guest || !guest->slot_known) {
        skipped(finding);
    } else if (guest->slot != 2 || guest->function || guest->bus) {
        failed(finding, "the guest %.60s has the GPU at bus %u, %02x.%u", guest->name,
               guest->bus, guest->slot, guest->function);
        finding->symptom = wants_legacy(guest);
    }
}

void check_guest_lpc(const struct patient *patient, enum doctor_mode mode,
                     struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_LPC_TAKEN);
    check_requirement(patient, mode, finding);
    if (!patient->guest || patient->guest->machine == MACHINE_Q35) {
        skipped(finding); /* told as the machine */
    } else if (line) {
        failed(finding, "something is at 00:1f.0 of the guest: \"%.160s\"", line);
        finding->symptom = true;
    }
}

void check_rom_bar(const struct patient *patient, enum doctor_mode mode,
                   struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    check_requirement(patient, mode, finding);
    if (guest && finding->status == CHECK_FAILED) {
        failed(finding, "the guest %.60s has the ROM BAR turned off", guest->name);
        finding->symptom = wants_legacy(guest);
    }
}

/* The option asks for what the VBIOS does, and only SeaBIOS runs a VBIOS. */
void check_guest_firmware(const struct patient *patient, enum doctor_mode mode,
                          struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    check_guest_only(patient, mode, finding);
    if (guest && guest->legacy_asked && guest->uefi == FACT_YES) {
        failed(finding,
               "the guest %.60s asks for legacy mode, but is run by OVMF, which runs "
               "no VBIOS",
               guest->name);
        finding->symptom = true;
        advise(finding, "use SeaBIOS, or take x-igd-legacy-mode=on out and use UEFI "
                        "mode, whose picture comes from a UEFI ROM");
    }
}

void check_guest_video(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    const char *taken = guest_said(patient, QEMU_SLOT_TAKEN);
    (void)mode;
    if (taken) {
        failed(finding, "slot 2 of the guest is taken: \"%.200s\"", taken);
        finding->symptom = true;
    } else if (!guest || guest->emulated_video == FACT_UNKNOWN) {
        skipped(finding);
    } else if (guest->emulated_video == FACT_YES &&
               !guest_said(patient, QEMU_LPC_TAKEN)) {
        failed(finding,
               "the guest %.60s has an emulated display beside the GPU, which is "
               "then not its primary one",
               guest->name);
        finding->symptom = wants_legacy(guest);
        finding->weak = !finding->symptom;
    } else {
        ok(finding, "the guest has no emulated display");
    }
}

void check_hot_plug(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_HOT_PLUGGED);
    check_requirement(patient, mode, finding);
    if (!line) {
        skipped(finding);
        return;
    }
    failed(finding, "the GPU was plugged into a running guest: \"%.160s\"", line);
    finding->symptom = true;
}

/* Since when QEMU knows a generation (hw/vfio/igd.c over its releases). */
struct qemu_release {
    unsigned major, minor;
};

static const struct {
    unsigned generation; /* of libigd's table */
    struct qemu_release since;
} needed[] = {
    { 200, { 10, 1 } },
    { 127, { 10, 1 } },
    { 110, { 9, 2 } },
    { 0, { 2, 7 } },
};

static const struct qemu_release second_class_since = { 10, 2 };
static const struct qemu_release opregion_default_since = { 10, 1 };

static bool older(unsigned major, unsigned minor, struct qemu_release release)
{
    return major < release.major || (major == release.major && minor < release.minor);
}

static bool of_second_class(const struct patient *patient)
{
    return patient->igd->class_known && patient->igd->class_code >> 8 == 0x0380;
}

/* The first release that knows the host's GPU. */
static struct qemu_release release_for(const struct patient *patient)
{
    unsigned generation = patient->platform ? patient->platform->generation : 200;
    unsigned i = 0;
    while (generation < needed[i].generation)
        i++;
    struct qemu_release since = needed[i].since;
    if (of_second_class(patient) && older(since.major, since.minor, second_class_since))
        return second_class_since;
    return since;
}

/* Does the guest's QEMU leave the OpRegion out unless told otherwise, and was not told?
 */
static bool opregion_left_out(const struct patient *patient, enum doctor_mode mode)
{
    const struct host_guest *guest = patient->guest;
    if (mode != DOCTOR_UEFI || guest->uefi != FACT_YES || !patient->igd ||
        guest->opregion_on || guest->mdev || !guest->qemu_major)
        return false;
    /* Of a QEMU that does not know the GPU that is told. */
    return older(guest->qemu_major, guest->qemu_minor, opregion_default_since) &&
           !older(guest->qemu_major, guest->qemu_minor, release_for(patient));
}

void check_opregion_off(const struct patient *patient, enum doctor_mode mode,
                        struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    if (!guest) {
        skipped(finding);
    } else if (guest->opregion_off) {
        failed(finding, "the guest %.60s has x-igd-opregion=off", guest->name);
        finding->symptom = true;
    } else if (opregion_left_out(patient, mode)) {
        failed(finding,
               "the guest %.60s runs on QEMU %u.%u, which gives no OpRegion unless "
               "x-igd-opregion=on is set",
               guest->name, guest->qemu_major, guest->qemu_minor);
        finding->weak = true;
        advise(finding,
               "set x-igd-opregion=on, use QEMU %u.%u or later, whose default "
               "it is, or igdvm",
               opregion_default_since.major, opregion_default_since.minor);
    } else {
        ok(finding, "the OpRegion is not turned off");
    }
}

void check_guest_rom_file(const struct patient *patient, enum doctor_mode mode,
                          struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_ROM_FILE);
    (void)mode;
    if (!line) {
        skipped(finding);
        return;
    }
    failed(finding, "QEMU could not read the ROM file: \"%.200s\"", line);
    finding->symptom = true;
}

void check_qemu_version(const struct patient *patient, enum doctor_mode mode,
                        struct finding *finding)
{
    const struct host_guest *guest = patient->guest;
    const char *line = guest_said(patient, QEMU_OPTION_UNKNOWN);
    if (line) {
        failed(finding, "QEMU does not know an option that it was given: \"%.160s\"",
               line);
        finding->symptom = true;
        advise(finding, "take the option out of the guest, or use QEMU %u.%u or later",
               opregion_default_since.major, opregion_default_since.minor);
        return;
    }
    if (!guest || !guest->qemu_major || !patient->igd || mode == DOCTOR_UPT) {
        skipped(finding); /* UPT mode's guests do without what QEMU puts in place */
        return;
    }
    struct qemu_release since = release_for(patient);
    if (older(guest->qemu_major, guest->qemu_minor, since)) {
        failed(finding,
               "QEMU %u.%u knows nothing of this GPU%s; %u.%u is the first that "
               "does",
               guest->qemu_major, guest->qemu_minor,
               of_second_class(patient) ? " in class 0380" : "", since.major,
               since.minor);
        finding->weak = true;
        advise(finding, "use QEMU %u.%u or later, or igdvm", since.major, since.minor);
    } else {
        ok(finding, "QEMU %u.%u knows this GPU", guest->qemu_major, guest->qemu_minor);
    }
}

/* What only a guest's configuration can tell: not worth a word when it does not. */
void check_guest_only(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    check_requirement(patient, mode, finding);
    if (!patient->guest || finding->status == CHECK_UNKNOWN)
        skipped(finding);
}
