/* kernel.c: checks of the kernel and of vfio-pci: what they offer of the GPU. */
#include "doctor/check.h"        /* the table */
#include "doctor/distribution.h" /* kernels of distributions */
#include "doctor/remedy.h"       /* remedies */

#include "host/root.h" /* parameters of modules */
#include "igd/ggc.h"   /* ASLS */

#include "base/bytes.h" /* loads */

#include <stdio.h>  /* snprintf */
#include <string.h> /* names */

#define CLASS_VGA 0x0300

static unsigned class_of(const struct patient *patient)
{
    return patient->igd && patient->igd->class_known ? patient->igd->class_code >> 8
                                                     : 0;
}

/* Is there a region of the device that was opened? */
static enum fact has_region(const struct patient *patient, enum fact region)
{
    return patient->facts->vfio.regions == FACT_YES ? region : FACT_UNKNOWN;
}

void check_vfio_built(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    static const char *const options[] = { "CONFIG_VFIO", "CONFIG_VFIO_PCI" };
    const struct host_kernel *kernel = &patient->facts->kernel;
    const char *none = guest_said(patient, QEMU_NO_IOMMU_MODEL);
    (void)mode;
    if (none) {
        failed(finding, "vfio has no driver for the IOMMU: \"%.160s\"", none);
        finding->symptom = true;
        advise(finding,
               "as root run: modprobe vfio_iommu_type1 (CONFIG_VFIO_IOMMU_TYPE1)");
        return;
    }
    if (igd_driven_by(patient, "vfio-pci")) {
        ok(finding, "vfio-pci is there");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        if (host_kernel_config(kernel, options[i]) != FACT_NO)
            continue;
        failed(finding, "%s: %s is not set", kernel->config_file, options[i]);
        advise_kernel_with(finding, patient->facts, options[i]);
        return;
    }
    if (host_kernel_config(kernel, "CONFIG_VFIO_IOMMU_TYPE1") == FACT_NO &&
        host_kernel_config(kernel, "CONFIG_IOMMUFD") == FACT_NO) {
        failed(finding, "%s: neither CONFIG_VFIO_IOMMU_TYPE1 nor CONFIG_IOMMUFD is set",
               kernel->config_file);
        advise_kernel_with(finding, patient->facts, "CONFIG_VFIO_IOMMU_TYPE1");
    } else if (host_kernel_config(kernel, "CONFIG_VFIO_PCI") == FACT_YES) {
        ok(finding, "the kernel has vfio-pci");
    } else {
        unknown(finding, "the kernel's configuration is not known");
    }
}

void check_kernel_age(const struct patient *patient, enum doctor_mode mode,
                      struct finding *finding)
{
    check_requirement(patient, DOCTOR_LEGACY, finding);
    (void)mode;
    if (finding->status == CHECK_FAILED)
        advise_newer_kernel(finding, patient->facts, 4, 6);
}

/* Everything vfio-pci needs for an OpRegion region is there, as far as is known: what
 * is absent then is CONFIG_VFIO_PCI_IGD. */
static bool only_option_can_lack(const struct patient *patient)
{
    const struct host_pci_device *igd = patient->igd;
    if (!igd || igd->config_size < 256 || igd->mdevs ||
        !host_kernel_at_least(&patient->facts->kernel, 4, 6) ||
        patient->facts->log.marks[LOG_REGIONS_FAILED].of_igd ||
        (patient->guest && patient->guest->mdev))
        return false;
    uint32_t asls = load32(igd->config + IGD_REG_ASLS);
    bool served = class_of(patient) == CLASS_VGA ||
                  host_kernel_at_least(&patient->facts->kernel, 6, 15);
    return asls && asls != UINT32_MAX && served;
}

void check_vfio_igd(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    enum fact region = has_region(patient, facts->vfio.opregion_region);
    enum fact built = host_kernel_config(&facts->kernel, "CONFIG_VFIO_PCI_IGD");
    bool said = guest_said(patient, QEMU_NO_OPREGION) ||
                guest_said(patient, QEMU_NO_BRIDGE_REGIONS);
    (void)mode;
    if (region == FACT_YES) {
        ok(finding, "vfio-pci offers the OpRegion");
    } else if (built == FACT_NO) {
        failed(finding, "%s: CONFIG_VFIO_PCI_IGD is not set",
               facts->kernel.config_file);
        finding->symptom = said || region == FACT_NO;
    } else if (built == FACT_UNKNOWN && (region == FACT_NO || said) &&
               (only_option_can_lack(patient) || distribution_lacks_vfio_igd(facts))) {
        failed(finding,
               "vfio-pci offers no OpRegion%s this kernel is built without "
               "CONFIG_VFIO_PCI_IGD",
               only_option_can_lack(patient) ? " though the GPU has one, so"
                                             : ", and like all of Red Hat's");
        finding->symptom = true;
    } else if (built == FACT_YES) {
        ok(finding, "CONFIG_VFIO_PCI_IGD is set");
    } else {
        unknown(finding, "the kernel's configuration is not known");
    }
    if (finding->status == CHECK_FAILED)
        advise_kernel_with(finding, facts, "CONFIG_VFIO_PCI_IGD");
}

void check_kernel_0380(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    unsigned class_code = class_of(patient);
    (void)mode;
    if (!patient->igd) {
        skipped(finding);
    } else if (has_region(patient, facts->vfio.opregion_region) == FACT_YES) {
        ok(finding, "vfio-pci offers the OpRegion");
    } else if (!class_code) {
        unknown(finding, "the device's class is not known");
    } else if (class_code == CLASS_VGA) {
        ok(finding, "class 0300 is served by every kernel");
    } else if (host_kernel_older(&facts->kernel, 6, 15)) {
        failed(
            finding,
            "the GPU has class %04x, for which Linux before 6.15 offers no OpRegion; "
            "this is Linux %u.%u",
            class_code, facts->kernel.major, facts->kernel.minor);
        finding->symptom = guest_said(patient, QEMU_NO_OPREGION) != NULL;
        advise_newer_kernel(finding, facts, 6, 15);
        advise(finding, "; or ");
        advise_firmware(finding, facts,
                        "make the integrated graphics the primary display (\"Primary "
                        "Display\": IGFX), which gives it class 0300");
    } else if (facts->kernel.major) {
        ok(finding, "class %04x, served since Linux 6.15", class_code);
    } else {
        unknown(finding, "the kernel's version is not known");
    }
}

static bool truthy(const char *value)
{
    return value[0] && strchr("1yYtT", value[0]);
}

/* Is vfio-pci's disable_vga set, and where? */
static bool vga_disabled(const struct host_facts *facts, char *where, size_t size)
{
    char value[32], loaded[32] = "";
    bool known = host_kernel_module_value(facts->root, "vfio_pci", "disable_vga",
                                          loaded, sizeof(loaded));
    bool told = host_kernel_module_option(&facts->kernel, "vfio_pci", "disable_vga",
                                          value, sizeof(value), where, size);
    if (!told)
        snprintf(where, size, "/sys/module/vfio_pci/parameters/disable_vga");
    /* What the module was loaded with counts. */
    return known ? truthy(loaded) : told && (truthy(value) || !value[0]);
}

/* Would disable_vga have been seen, had it been set? */
static bool vga_setting_known(const struct host_facts *facts)
{
    char value[32];
    return host_kernel_module_value(facts->root, "vfio_pci", "disable_vga", value,
                                    sizeof(value));
}

void check_disable_vga(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    char where[128];
    (void)mode;
    if (has_region(patient, facts->vfio.vga_region) == FACT_YES) {
        ok(finding, "vfio-pci offers the VGA ranges");
    } else if (!vga_disabled(facts, where, sizeof(where))) {
        ok(finding, "disable_vga is not set");
    } else {
        failed(finding, "vfio-pci has disable_vga=1 (%s)", where);
        finding->symptom =
            guest_said(patient, QEMU_NO_VGA) != NULL || facts->vfio.regions == FACT_YES;
        if (!strcmp(where, "the kernel command line")) {
            advise_remove_parameter(finding, facts, "vfio-pci.disable_vga=1");
        } else {
            advise(finding, "take disable_vga=1 out of %s; ",
                   where[1] == 'e' ? where : "the files in /etc/modprobe.d");
            advise_rebuild_initramfs(finding, facts);
        }
    }
}

void check_vfio_vga(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    enum fact region = has_region(patient, facts->vfio.vga_region);
    enum fact built = host_kernel_config(&facts->kernel, "CONFIG_VFIO_PCI_VGA");
    char where[128];
    (void)mode;
    if (region == FACT_YES) {
        ok(finding, "vfio-pci offers the VGA ranges");
    } else if (built == FACT_NO) {
        failed(finding, "%s: CONFIG_VFIO_PCI_VGA is not set",
               facts->kernel.config_file);
        finding->symptom = guest_said(patient, QEMU_NO_VGA) || region == FACT_NO;
    } else if (built == FACT_UNKNOWN && class_of(patient) == CLASS_VGA &&
               (region == FACT_NO || guest_said(patient, QEMU_NO_VGA)) &&
               !(patient->guest && patient->guest->mdev) && vga_setting_known(facts) &&
               !vga_disabled(facts, where, sizeof(where))) {
        failed(finding, "vfio-pci offers no VGA ranges of a VGA device, so this kernel "
                        "is built without CONFIG_VFIO_PCI_VGA");
        finding->symptom = true;
    } else if (built == FACT_YES) {
        ok(finding, "CONFIG_VFIO_PCI_VGA is set");
    } else {
        unknown(finding, "the kernel's configuration is not known");
    }
    if (finding->status == CHECK_FAILED)
        advise_kernel_with(finding, facts, "CONFIG_VFIO_PCI_VGA");
}

void check_vfio_access(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding)
{
    const char *line = guest_said(patient, QEMU_NO_ACCESS);
    (void)mode;
    if (line) {
        failed(finding, "QEMU may not open the group's device node: \"%.160s\"", line);
        finding->symptom = true;
        if (strstr(line, "not permitted"))
            advise(
                finding,
                "libvirt's device control group keeps QEMU from it: give the device "
                "as <hostdev> rather than in <qemu:commandline>, or add "
                "\"/dev/vfio/vfio\" and the group's node to cgroup_device_acl in "
                "/etc/libvirt/qemu.conf, then as root run: systemctl restart libvirtd");
    } else if (patient->facts->user.vfio == NODE_DENIED) {
        /* Before the GPU is with vfio-pci root has more to do than that. */
        if (igd_driven_by(patient, "vfio-pci") && user_runs_guests(patient))
            failed(finding, "this user may not open /dev/vfio/vfio");
        else
            warned(finding, "this user may not open /dev/vfio/vfio");
    } else if (patient->facts->user.vfio == NODE_USABLE) {
        ok(finding, "/dev/vfio/vfio may be opened");
    } else {
        skipped(finding);
    }
}

/* What a guest needs locked at least: less is a limit nobody chose for guests. */
#define LEAST_LOCKED (256ull << 20)

void check_memlock(const struct patient *patient, enum doctor_mode mode,
                   struct finding *finding)
{
    const struct host_facts *facts = patient->facts;
    const struct host_user *user = &facts->user;
    bool refused = host_log_has(&facts->log, LOG_MEMORY_LOCKED) ||
                   guest_said(patient, QEMU_MAP_MEMORY);
    (void)mode;
    if (refused) {
        failed(finding, "the guest's memory could not be locked: \"%.160s\"",
               host_log_has(&facts->log, LOG_MEMORY_LOCKED)
                   ? facts->log.marks[LOG_MEMORY_LOCKED].last
                   : guest_said(patient, QEMU_MAP_MEMORY));
        finding->symptom = true;
    } else if (!user->memlock_known) {
        skipped(finding);
    } else if (user->root == FACT_NO && user->memlock < LEAST_LOCKED) {
        warned(finding, "this user may lock %llu KiB of memory only",
               (unsigned long long)user->memlock / 1024);
    } else {
        ok(finding, "enough memory may be locked");
    }
}
