/* machine.c: checks of the computer: is there an integrated GPU, can it virtualise. */
#include "doctor/check.h"     /* the table */
#include "doctor/processor.h" /* processors without graphics */
#include "doctor/remedy.h"    /* remedies */

#include "base/bytes.h" /* ARRAY_SIZE */
#include "host/root.h"  /* kinds of paths */

#include <stdio.h>  /* snprintf */
#include <string.h> /* names */

void check_xen(const struct patient *patient, enum doctor_mode mode,
               struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    char hypervisor[16] = "";
    (void)mode;
    host_root_line(facts->root, hypervisor, sizeof(hypervisor), "sys/hypervisor/type");
    /* What has the GPU and Xen below it is dom0, not one of Xen's guests. */
    if (host_log_has(&facts->log, LOG_XEN) ||
        host_root_kind(facts->root, "proc/xen") != HOST_PATH_ABSENT ||
        (patient->igd && !strcmp(hypervisor, "xen"))) {
        failed(finding, "this kernel runs on Xen, which keeps the IOMMU and KVM's "
                        "processor extensions to itself");
        finding->symptom = true;
    } else if (facts->log.text || facts->platform.cpu_name[0]) {
        ok(finding, "no Xen below the kernel");
    } else {
        unknown(finding, "no kernel log");
    }
}

/* Another Intel display device than the integrated GPU: a graphics card. */
static const struct host_pci_device *intel_card(const struct host_pci *pci)
{
    for (unsigned i = 0; i < pci->count; i++) {
        const struct host_pci_device *device = &pci->devices[i];
        if (device->vendor == 0x8086 && host_pci_is_display(device) &&
            strncmp(device->address, "0000:00:02.", 11) != 0)
            return device;
    }
    return NULL;
}

void check_discrete(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_pci *pci = &patient->facts->pci;
    const struct host_pci_device *card = intel_card(pci);
    const struct host_pci_device *there = host_pci_find(pci, HOST_IGD_ADDRESS);
    (void)mode;
    if (!pci->count || (there && !there->identified)) {
        unknown(finding, "no list of PCI devices");
    } else if (patient->igd || !card) {
        ok(finding, "%s",
           card ? "beside it there is an Intel graphics card, which is "
                  "another matter"
                : "no Intel graphics card");
    } else {
        failed(finding,
               "the only Intel display device is %s (8086:%04x), a graphics card: it "
               "has no OpRegion and no stolen memory",
               card->address, card->device);
    }
}

#define VIRTUAL "this is itself a virtual machine: run igdvm on the computer below"

/* Where Intel's clients have their graphics, what servers and virtual machines have. */
static const struct {
    unsigned base_class; /* 06: bridge */
    uint16_t vendor;
    const char *advice;
} instead[] = {
    { 0x06, 0x8086,
      "this platform has no integrated graphics, but a bridge in their place: use "
      "another computer" },
    { 0x03, 0x1234, VIRTUAL }, /* QEMU */
    { 0x03, 0x1af4, VIRTUAL }, /* virtio */
    { 0x03, 0x1b36, VIRTUAL }, /* QXL */
    { 0x03, 0x15ad, VIRTUAL }, /* VMware */
    { 0x03, 0x80ee, VIRTUAL }, /* VirtualBox */
};

/* What the device in the GPU's place means; NULL: nothing is known to. */
static const char *advice_for(const struct host_pci_device *there)
{
    for (unsigned i = 0; there && i < ARRAY_SIZE(instead); i++) {
        if (there->class_known && there->class_code >> 16 == instead[i].base_class &&
            there->vendor == instead[i].vendor)
            return instead[i].advice;
    }
    return NULL;
}

static void check_absent(const struct patient *patient, struct finding *finding)
{
    const struct host_platform *platform = &patient->facts->platform;
    const struct host_pci_device *there =
        host_pci_find(&patient->facts->pci, HOST_IGD_ADDRESS);
    failed(finding, "%s%s%s",
           there ? "00:02.0 is no Intel display device"
                 : "there is no device at 00:02.0",
           platform->cpu_name[0] ? "; the processor is " : "", platform->cpu_name);
    if (platform->cpu_vendor[0] && strcmp(platform->cpu_vendor, "GenuineIntel") != 0) {
        finding->verdict = DOCTOR_IMPOSSIBLE;
        advise(finding, "use a computer with an Intel processor");
    } else if (platform->hypervisor == FACT_YES) {
        finding->verdict = DOCTOR_IMPOSSIBLE;
        advise(finding, "this is itself a virtual machine, without an Intel GPU: run "
                        "igdvm on the computer below");
    } else if (advice_for(there)) {
        finding->verdict = DOCTOR_IMPOSSIBLE;
        advise(finding, "%s", advice_for(there));
    } else if (processor_has_no_graphics(platform->cpu_name)) {
        finding->verdict = DOCTOR_IMPOSSIBLE;
        advise(finding, "this processor has no graphics: use one that has");
    } else {
        advise_firmware(finding, patient->facts,
                        "turn the integrated graphics on (\"Internal Graphics\", \"IGD "
                        "Multi-Monitor\": Enabled; with a graphics card plugged in "
                        "\"Auto\" turns it off)");
    }
}

void check_present(const struct patient *patient, enum doctor_mode mode,
                   struct finding *finding)
{
    (void)mode;
    if (patient->igd) {
        ok(finding, "%s (8086:%04x) at 00:02.0",
           patient->platform ? patient->platform->title : "an Intel GPU",
           patient->igd->device);
        return;
    }
    const struct host_pci_device *there =
        host_pci_find(&patient->facts->pci, HOST_IGD_ADDRESS);
    const char *vendor = patient->facts->platform.cpu_vendor;
    if (vendor[0] && strcmp(vendor, "GenuineIntel") != 0)
        check_absent(patient, finding);
    else if (!patient->facts->pci.count || (there && !there->identified))
        unknown(finding, "no list of PCI devices");
    else if (intel_card(&patient->facts->pci))
        skipped(finding); /* told as a graphics card */
    else
        check_absent(patient, finding);
}

void check_dead(const struct patient *patient, enum doctor_mode mode,
                struct finding *finding)
{
    const struct host_pci_device *igd =
        host_pci_find(&patient->facts->pci, HOST_IGD_ADDRESS);
    (void)mode;
    const struct log_mark *silent = &patient->facts->log.marks[LOG_NO_REGISTERS];
    if (igd && silent->of_igd) {
        failed(finding, "its registers read as all ones: \"%.160s\"", silent->last);
        finding->symptom = true;
        return;
    }
    if (!igd || igd->config_size < 64) {
        unknown(finding, "the device's config space is not known");
        return;
    }
    for (unsigned i = 0; i < 64; i++) {
        if (igd->config[i] != 0xff) {
            ok(finding, "it answers");
            return;
        }
    }
    failed(finding, "its config space reads as all ones: it does not answer");
    finding->symptom = true;
}

/* Is there a device with this class (16 bits) and of Intel's? */
static bool is_intel(const struct host_pci_device *device, unsigned class_code)
{
    return device->vendor == 0x8086 &&
           (!device->class_known || device->class_code >> 8 == class_code);
}

void check_bridges(const struct patient *patient, enum doctor_mode mode,
                   struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    const struct host_pci_device *host = host_pci_find(&facts->pci, "0000:00:00.0");
    const struct host_pci_device *lpc = host_pci_find(&facts->pci, "0000:00:1f.0");
    (void)mode;
    if (!patient->igd) {
        skipped(finding);
    } else if ((host && host->identified && !is_intel(host, 0x0600)) ||
               (lpc && lpc->identified && !is_intel(lpc, 0x0601))) {
        failed(finding,
               "%s is %04x:%04x of class %04x: vfio-pci wants an Intel host bridge at "
               "00:00.0 and an Intel ISA bridge at 00:1f.0, or does not open the GPU",
               host && host->identified && !is_intel(host, 0x0600) ? "00:00.0"
                                                                   : "00:1f.0",
               host && !is_intel(host, 0x0600) ? host->vendor : lpc->vendor,
               host && !is_intel(host, 0x0600) ? host->device : lpc->device,
               (host && !is_intel(host, 0x0600) ? host->class_code : lpc->class_code) >>
                   8);
    } else if (!host || !lpc) {
        unknown(finding, "00:00.0 or 00:1f.0 is not known");
    } else {
        ok(finding, "%04x:%04x and %04x:%04x", host->vendor, host->device, lpc->vendor,
           lpc->device);
    }
}

void check_kvm(const struct patient *patient, enum doctor_mode mode,
               struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    (void)mode;
    if (host_log_has(&facts->log, LOG_VMX_OFF)) {
        failed(finding, "the firmware locked VT-x off (kernel log: \"%.120s\")",
               facts->log.marks[LOG_VMX_OFF].last);
        finding->symptom = true;
        advise_firmware(finding, facts,
                        "set \"Intel Virtualization Technology\" (VT-x, VMX) to "
                        "Enabled, then switch the computer off and on");
    } else if (facts->platform.vmx == FACT_NO &&
               facts->platform.hypervisor == FACT_YES) {
        failed(finding, "this is itself a virtual machine, whose processor offers no "
                        "VMX");
        advise(finding, "turn on nested virtualisation for it on the computer below");
    } else if (facts->platform.vmx == FACT_NO ||
               (host_log_has(&facts->log, LOG_VMX_ABSENT) &&
                !strstr(facts->log.marks[LOG_VMX_ABSENT].last, "kvm_amd") &&
                facts->platform.vmx != FACT_YES)) {
        failed(finding, "the processor offers no VMX");
        advise_firmware(finding, facts,
                        "set \"Intel Virtualization Technology\" (VT-x, VMX) to "
                        "Enabled, then switch the computer off and on");
    } else if (host_kernel_config(&facts->kernel, "CONFIG_KVM") == FACT_NO ||
               host_kernel_config(&facts->kernel, "CONFIG_KVM_INTEL") == FACT_NO) {
        failed(finding, "the kernel is built without KVM for Intel processors");
        advise_kernel_with(finding, facts, "CONFIG_KVM_INTEL");
    } else if (guest_said(patient, QEMU_KVM_BUSY)) {
        failed(finding, "another hypervisor has VT-x: \"%.160s\"",
               guest_said(patient, QEMU_KVM_BUSY));
        finding->symptom = true;
        advise(finding, "end VirtualBox, VMware or what else runs virtual machines");
    } else if (facts->user.kvm == NODE_ABSENT ||
               (guest_said(patient, QEMU_NO_KVM) &&
                !guest_said(patient, QEMU_KVM_DENIED))) {
        failed(finding, "there is no /dev/kvm");
        advise(finding, "as root run: modprobe kvm_intel; what hinders it stands in "
                        "the kernel log");
    } else if (facts->platform.vmx == FACT_YES || facts->user.kvm == NODE_USABLE) {
        ok(finding, "the processor has VT-x");
    } else {
        unknown(finding, "no list of the processor's flags");
    }
}

void check_kvm_access(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_KVM_DENIED);
    (void)mode;
    if (line) {
        failed(finding, "QEMU may not open /dev/kvm: \"%.160s\"", line);
        finding->symptom = true;
    } else if (patient->facts->user.kvm == NODE_DENIED && user_runs_guests(patient))
        failed(finding, "this user may not open /dev/kvm");
    else if (patient->facts->user.kvm == NODE_DENIED)
        warned(finding, "this user may not open /dev/kvm, which the guest's QEMU, run "
                        "by another, need not mind");
    else if (patient->facts->user.kvm == NODE_USABLE)
        ok(finding, "/dev/kvm may be opened");
    else
        skipped(finding);
}

void check_lockdown(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const char *lockdown = patient->facts->kernel.lockdown;
    (void)mode;
    if (!lockdown[0])
        skipped(finding);
    else if (!strcmp(lockdown, "none"))
        ok(finding, "the kernel is not locked down");
    else
        ok(finding,
           "the kernel is locked down (%s): KVM and VFIO work all the same; /dev/mem, "
           "setpci and unsigned modules do not",
           lockdown);
}

/* The display device the firmware started with, when that is not the GPU. */
static const struct host_pci_device *other_primary(const struct patient *patient)
{
    const struct host_pci *pci = &patient->facts->pci;
    for (unsigned i = 0; i < pci->count; i++) {
        if (&pci->devices[i] != patient->igd && pci->devices[i].boot_vga == FACT_YES)
            return &pci->devices[i];
    }
    return NULL;
}

void check_other_gpu(const struct patient *patient, enum doctor_mode mode,
                     struct finding *finding)
{
    const struct host_pci *pci = &patient->facts->pci;
    unsigned displays = 0;
    (void)mode;
    for (unsigned i = 0; i < pci->count; i++)
        displays += host_pci_is_display(&pci->devices[i]) && !pci->devices[i].is_vf &&
                    strncmp(pci->devices[i].address, "0000:00:02.", 11) != 0;
    const struct host_pci_device *primary = other_primary(patient);
    if (!patient->igd)
        skipped(finding);
    else if (primary)
        ok(finding, "%s (%04x:%04x) is the primary display, the integrated GPU is not",
           primary->address, primary->vendor, primary->device);
    else if (displays)
        ok(finding, "there are %u other display devices; the integrated GPU is primary",
           displays);
    else if (pci->count > 1)
        warned(finding, "it is the only display device: once it is bound the host has "
                        "no screen, reach it over the network or a serial port");
    else
        skipped(finding);
}
