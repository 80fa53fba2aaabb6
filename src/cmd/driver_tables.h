/* driver_tables.h: the firmware tables of a GPU that the host's own driver shows of it.
 */
#ifndef CMD_DRIVER_TABLES_H
#define CMD_DRIVER_TABLES_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

/* Has a driver the device that shows its tables, to root, in debugfs? Which: i915, xe.
 */
bool driver_tables_shown(const char *address, char *driver, size_t size);

/*
 * The VBT, or the OpRegion as the kernel's vfio region has it: a VBT that is elsewhere
 * in memory is appended. *bytes is malloc'ed, the caller's. 0; -ENOENT without err when
 * the files are not there; or another negative errno with err.
 */
int driver_tables_vbt(const char *address, uint8_t **bytes, size_t *size,
                      struct error *err);
int driver_tables_opregion(const char *address, uint8_t **bytes, size_t *size,
                           struct error *err);

#endif
