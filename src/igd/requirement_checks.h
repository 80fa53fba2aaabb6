/* requirement_checks.h: the checks that the rows of the requirements' table name. */
#ifndef IGD_REQUIREMENT_CHECKS_H
#define IGD_REQUIREMENT_CHECKS_H

#include "igd/requirement.h"

/* Record in the requirement what was found, and give the verdict; a remedy that fits
 * better than the row's is put in its place. */
typedef enum igd_verdict igd_check_function(const struct igd_examined *examined,
                                            struct igd_requirement *requirement);

/* In the table's order. */
igd_check_function igd_check_display, igd_check_cold_plugged, igd_check_host_iommu,
    igd_check_listed, igd_check_generation, igd_check_vga_class, igd_check_ivd,
    igd_check_ggc, igd_check_bdsm, igd_check_kernel, igd_check_kernel_display,
    igd_check_opregion, igd_check_host_bridge, igd_check_lpc_bridge,
    igd_check_vga_region, igd_check_rom, igd_check_rom_bar, igd_check_firmware,
    igd_check_root_bus, igd_check_guest_address, igd_check_machine, igd_check_lpc_place,
    igd_check_guest_video, igd_check_guest_ram;

#endif
