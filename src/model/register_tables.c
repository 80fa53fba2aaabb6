/* register_tables.c: every module's table of registers; a new module adds a line. */
#include "model/register_tables.h"

/* A line a module. */
/* clang-format off */
const struct register_table *const register_tables[] = {
    &mirror_registers,
    &interrupt_registers,
    &interrupt_gt11_registers,
    &fence_registers,
    &power_registers,
    &engine_registers,
    &gt_registers,
    &clock_registers,
    &pcode_registers,
    &ddi_registers,
    &fdi_registers,
    &aux_registers,
    &gmbus_registers,
    &hotplug_registers,
    &pipe_registers,
    &scanout_registers,
    &colour_registers,
    &dsb_registers,
    &crc_registers,
    NULL,
};
/* clang-format on */
