/* vbt_report.h: tells what a VBT says of the outputs. */
#ifndef CMD_VBT_REPORT_H
#define CMD_VBT_REPORT_H

#include "igd/vbt.h" /* the table */

struct json_object;

/* The object for JSON: version, checksum, outputs, panel. */
struct json_object *vbt_report_json(const uint8_t *vbt, const struct igd_vbt *info);

/* The same as text. */
void vbt_report_print(const uint8_t *vbt, const struct igd_vbt *info);

#endif
