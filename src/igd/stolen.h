/* stolen.h: where guest RAM must lie so that stolen memory lands where the host has it.
 */
#ifndef IGD_STOLEN_H
#define IGD_STOLEN_H

#include "igd/plan.h" /* struct igd_stolen_plan, struct igd_request */

/*
 * SeaBIOS takes stolen memory from the top of its temporary zone, which is the highest
 * RAM range below 4 GiB without the zone for tables at its end (SeaBIOS 1.16 to 1.17,
 * src/malloc.c malloc_preinit, src/fw/pciinit.c intel_igd_setup).
 */
#define SEABIOS_HIGH_TABLES (16 * MIB) /* BUILD_MAX_HIGHTABLE of src/config.h */
/* It takes that much for tables only where the range has twice as much. */
#define SEABIOS_LEAST_RANGE (2 * SEABIOS_HIGH_TABLES)
/* Stolen memory's alignment; its relocated code, above, takes more than 0 and less. */
#define SEABIOS_STOLEN_ALIGNMENT (1 * MIB)

/* RAM the guest needs besides stolen memory. */
#define IGD_LEAST_GUEST_RAM (64 * MIB)
/* Below are the firmware, the VGA ranges and what ISA devices can reach. */
#define IGD_LEAST_STOLEN_BASE (16 * MIB)

/* Fill plan for stolen memory of `size` bytes that the host has at host_base. */
void igd_stolen_plan(const struct igd_request *request, uint64_t host_base,
                     uint64_t size, struct igd_stolen_plan *plan);

#endif
