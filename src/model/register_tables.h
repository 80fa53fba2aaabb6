/* register_tables.h: the modules' tables by name, each defined in the file it names. */
#ifndef MODEL_REGISTER_TABLES_H
#define MODEL_REGISTER_TABLES_H

#include "model/registers.h" /* struct register_table */

extern const struct register_table mirror_registers;         /* mirrors.c */
extern const struct register_table interrupt_registers;      /* interrupts.c */
extern const struct register_table interrupt_gt11_registers; /* interrupts_gt11.c */
extern const struct register_table fence_registers;          /* fences.c */
extern const struct register_table power_registers;          /* power.c */
extern const struct register_table engine_registers;         /* engine_registers.c */
extern const struct register_table gt_registers;             /* gt_registers.c */
extern const struct register_table colour_registers;         /* colour_registers.c */
extern const struct register_table clock_registers;          /* clocks.c */
extern const struct register_table pcode_registers;          /* pcode.c */
extern const struct register_table ddi_registers;            /* ddi.c */
extern const struct register_table dsb_registers;            /* dsb.c */
extern const struct register_table fdi_registers;            /* fdi.c */
extern const struct register_table crc_registers;            /* pipe_crc.c */
extern const struct register_table aux_registers;            /* aux.c */
extern const struct register_table gmbus_registers;          /* gmbus.c */
extern const struct register_table hotplug_registers;        /* hotplug.c */
extern const struct register_table scanout_registers;        /* scanout.c */
extern const struct register_table pipe_registers;           /* pipes.c */

#endif
