/* remedy.h: how this host's distribution changes a setting. */
#ifndef DOCTOR_REMEDY_H
#define DOCTOR_REMEDY_H

#include "doctor/doctor.h" /* findings */

/* Is the distribution this one, like it, or this variant of one: "debian",
 * "silverblue". For tables of remedies. */
bool remedy_is_for(const struct host_platform *platform, const char *id);

/* Add to the remedy: how to put a parameter on the kernel command line, or take it off.
 */
void advise_add_parameter(struct finding *finding, const struct host_facts *facts,
                          const char *parameter);
void advise_remove_parameter(struct finding *finding, const struct host_facts *facts,
                             const char *parameter);

/* Add to the remedy: how to rebuild what modprobe.d is copied to. */
void advise_rebuild_initramfs(struct finding *finding, const struct host_facts *facts);

/* Add to the remedy: how a module's option is set, "vfio-pci", "disable_idle_d3=1": in
 * modprobe.d, or on the command line when the kernel has it built in. */
void advise_module_option(struct finding *finding, const struct host_facts *facts,
                          const char *module, const char *option);

/* Add to the remedy: how vfio-pci comes before a driver at every boot. */
void advise_vfio_first(struct finding *finding, const struct host_facts *facts,
                       const char *driver);

/* Add to the remedy: where a kernel with this option comes from. */
void advise_kernel_with(struct finding *finding, const struct host_facts *facts,
                        const char *option);

/* Add to the remedy: how to get a kernel this new. */
void advise_newer_kernel(struct finding *finding, const struct host_facts *facts,
                         unsigned major, unsigned minor);

/* Where firmware settings are found on this computer: "the setup of ASUS PRIME Z370-A".
 */
void advise_firmware(struct finding *finding, const struct host_facts *facts,
                     const char *what);

#endif
