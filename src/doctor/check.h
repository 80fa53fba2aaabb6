/* check.h: the table of checks: a row's shape, and what checks share. */
#ifndef DOCTOR_CHECK_H
#define DOCTOR_CHECK_H

#include "doctor/doctor.h" /* findings */

#include "igd/requirement.h" /* libigd's checks */

/* One host under examination. */
struct patient {
    const struct host_facts *facts;
    const struct host_pci_device *igd;   /* NULL: none, or not known */
    const struct igd_platform *platform; /* NULL: not in libigd's table */
    const struct host_guest *guest;      /* it was given to; NULL: none told */
    enum doctor_vmm vmm;
    struct igd_facts igd_facts;
    struct igd_request request;
    struct igd_examined examined;
    uint8_t config[256], host_config[64], lpc_config[64];
    unsigned requirement_count[2]; /* of legacy and UPT */
    struct igd_requirement requirements[2][IGD_MAX_REQUIREMENTS];
    enum fact in_group; /* the GPU */
};

typedef void check_function(const struct patient *patient, enum doctor_mode mode,
                            struct finding *finding);

#define LEGACY  (1u << DOCTOR_LEGACY)
#define UPT     (1u << DOCTOR_UPT)
#define UEFI    (1u << DOCTOR_UEFI)
#define ALL     (LEGACY | UPT | UEFI)
#define OUTPUTS (LEGACY | UEFI) /* modes that are nothing without a picture */

struct check {
    const char *id; /* stable: a section of igdvm-checks(7) */
    const char *title;
    unsigned modes;
    bool qemu_only; /* igdvm has not this trouble */
    check_function *run;
    enum doctor_verdict verdict; /* of a failure, unless the check says otherwise */
    const char *facts;           /* what is looked at */
    const char *why;             /* NULL: as libigd's requirement of this name says */
    const char *remedy;          /* in general, likewise */
    const char *cost;            /* what the remedy breaks; NULL: nothing */
};

/* Say what was found. `failed` takes the row's verdict. */
void ok(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void failed(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void warned(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void unknown(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void skipped(struct finding *finding);

/* Append to the remedy, which is then this host's and not the general one. */
void advise(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Run libigd's requirement of the row's name. */
void check_requirement(const struct patient *patient, enum doctor_mode mode,
                       struct finding *finding);

/* libigd's requirement of this name in a mode; NULL: it has none. */
const struct igd_requirement *patient_requirement(const struct patient *patient,
                                                  const char *id,
                                                  enum doctor_mode mode);

/* The GPU's driver is this one. */
bool igd_driven_by(const struct patient *patient, const char *driver);

/* Did the guest's QEMU say this? The line, or NULL. */
const char *guest_said(const struct patient *patient, enum qemu_sign sign);

/* Are guests run by who asks? Those of libvirt and Proxmox are run by others. */
bool user_runs_guests(const struct patient *patient);

/* machine.c */
check_function check_xen, check_present, check_discrete, check_dead, check_kvm,
    check_kvm_access, check_bridges, check_lockdown, check_other_gpu;
/* iommu.c */
check_function check_vtd, check_dmar_broken, check_iommu_built, check_iommu_off,
    check_igfx_off, check_host_iommu, check_iommu_failed;
enum fact
iommu_has_dmar(const struct patient *patient); /* does the firmware tell of one */
enum fact
iommu_is_off(const struct patient *patient); /* does the kernel leave it off */
/* group.c */
check_function check_no_group, check_group_shared, check_reserved_memory;
/* remapping.c */
enum fact interrupts_remapped(const struct patient *patient);
check_function check_remapping, check_iommu_width;
/* faults.c */
check_function check_faults;
/* kernel.c */
check_function check_vfio_built, check_vfio_igd, check_vfio_vga, check_disable_vga,
    check_kernel_0380, check_vfio_access, check_memlock, check_kernel_age;
/* gpu.c */
check_function check_mdev, check_vf, check_vfs, check_opregion_address, check_opregion,
    check_class, check_ivd, check_vbios, check_stolen_size, check_generation,
    check_listed, check_uefi_rom, check_vbios_region, check_panel, check_headless;
/* holder.c */
check_function check_driver, check_unbound, check_framebuffer, check_vgacon,
    check_stuck, check_crashed, check_override, check_audio, check_busy;
/* guest.c */
check_function check_guest_machine, check_guest_address, check_guest_lpc, check_rom_bar,
    check_guest_video, check_hot_plug, check_opregion_off, check_guest_rom_file,
    check_qemu_version, check_guest_only, check_guest_firmware;
/* settings.c */
check_function check_settings;

#endif
