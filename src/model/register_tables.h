/* register_tables.h: the modules' tables by name, each defined in the file it names. */
#ifndef MODEL_REGISTER_TABLES_H
#define MODEL_REGISTER_TABLES_H

#include "model/registers.h" /* struct register_table */

extern const struct register_table mirror_registers;         /* mirrors.c */
extern const struct register_table interrupt_registers;      /* interrupts.c */
extern const struct register_table interrupt_gt11_registers; /* interrupts_gt11.c */
extern const struct register_table power_registers;          /* power.c */
extern const struct register_table pipe_registers;           /* pipes.c */

#endif
