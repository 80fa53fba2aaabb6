/*
 * igd_opregion.c: the OpRegion of a guest whose firmware puts it nowhere.
 *
 * SeaBIOS does so for VGA devices alone, UEFI firmware for none. For others the copy is
 * in guest RAM that the memory map reserves, and ASLS leads there from the start.
 */
#include "base/bytes.h"               /* rounding */
#include "base/error.h"               /* error_set */
#include "base/log.h"                 /* where it is */
#include "devices/guest_memory.h"     /* guest_memory_write */
#include "machine/machine_internal.h" /* struct machine */

#define PAGE 4096u

int machine_reserve_opregion(struct machine *machine, struct error *err)
{
    struct igd_plan *plan = machine->plan;

    if (!plan || !plan->opregion || plan->opregion_by_firmware)
        return 0;
    uint64_t size = round_up(plan->opregion_size, PAGE);
    uint64_t top = memory_low_end(&machine->memory);
    if (top < size + 16 * MIB)
        return error_set(err, ERROR_INPUT, -ENOSPC,
                         "no room for the OpRegion of %llu bytes in guest RAM",
                         (unsigned long long)size);
    machine->opregion = (struct e820_range){ .address = top - size,
                                             .size = size,
                                             .type = E820_RESERVED };
    igd_plan_place_opregion(plan, (uint32_t)machine->opregion.address);
    log_info(vfio_device_name(machine->vfio), "OpRegion at 0x%llx, put there by igdvm",
             (unsigned long long)machine->opregion.address);
    machine_fill_opregion(machine);
    return 0;
}

/* At a reset, too: the guest may have written to it. */
void machine_fill_opregion(struct machine *machine)
{
    if (machine->opregion.size)
        guest_memory_write(&machine->memory.ram, machine->opregion.address,
                           machine->plan->opregion, machine->plan->opregion_size);
}
