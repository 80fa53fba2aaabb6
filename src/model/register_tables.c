/* register_tables.c: every module's table of registers; a new module adds a line. */
#include "model/register_tables.h"

const struct register_table *const register_tables[] = {
    &mirror_registers, &interrupt_registers, &interrupt_gt11_registers,
    &power_registers,  &pipe_registers,      NULL,
};
